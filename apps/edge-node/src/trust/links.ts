import { createHmac, hash } from 'node:crypto';
import { JzseError, type LinkState } from '@jzse/api';
import type { Ancestry, LinkUses, RegionStore } from '@jzse/db/region';
import { type Passwords, type SigningKey, secretHash, type UserPrincipal } from '@jzse/identity';
import type { Author, RegionId } from '@jzse/sync';
import type { DirectoryView } from './directory-view.ts';
import type { Attempts } from './limit-attempts.ts';
import type { SpaceAccess } from './space-access.ts';

/** A link as its address names it. */
export interface LinkAsked {
  readonly id: string;
  readonly secret: string;
  /** That its password was given here before. */
  readonly cookie: string | null;
}
/** A link that may be used now. */
export interface OpenLink {
  readonly link: LinkState;
  /** From the top of the space to where it leads. */
  readonly names: readonly string[];
  /** What is added by it is its maker's, told apart by the device. */
  readonly author: Author;
}

/** Share links: decided here alone, by this region's copy of the directory. */
export interface Links {
  /** Throws `unknown-path` for no such link, `link-ended`, and `wrong-credentials` where its password was not given yet. */
  open(asked: LinkAsked): Promise<OpenLink>;
  /** Value of the cookie that says that the password was given. Throws `wrong-credentials`, `too-many-requests`. */
  unlock(asked: LinkAsked, given: { readonly password: string; readonly address: string }): Promise<string>;
  /** One more use. Throws `link-ended`. */
  use(link: LinkState): Promise<void>;
}

export interface LinksDeps {
  readonly region: RegionId;
  readonly view: DirectoryView;
  readonly access: SpaceAccess;
  readonly store: Pick<RegionStore, 'listSpaces' | 'pathOf'> & { readonly ancestry: Ancestry };
  readonly linkUses: LinkUses;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly signingKey: SigningKey;
  readonly nowMs: () => number;
}

export function createLinks(deps: LinksDeps): Links {
  const cookieKey = hash('sha256', `cookies of links ${deps.signingKey.privateKey}`, 'buffer');
  /** Another password makes it another one. */
  const cookieOf = ({ id, passwordHash }: LinkState): string =>
    createHmac('sha256', cookieKey)
      .update(`${id} ${passwordHash ?? ''}`)
      .digest('base64url');
  return {
    open: async (asked) => {
      const link = findLink(deps, asked);
      if (link.passwordHash !== null && secretHash(asked.cookie ?? '') !== secretHash(cookieOf(link))) {
        throw new JzseError('wrong-credentials', 'this link needs its password: POST {"password": "…"} to it', {
          detail: { needs: 'password' },
        });
      }
      const names = await namesOf(deps, link);
      return { link, names, author: { user: link.createdBy, device: `link ${link.id}`, region: deps.region } };
    },
    unlock: async (asked, { password, address }) => {
      const link = findLink(deps, asked);
      const attempt = { user: `link ${link.id}`, address };
      deps.attempts.check(attempt);
      if (await deps.passwords.check(password, link.passwordHash)) return cookieOf(link);
      deps.attempts.failed(attempt);
      throw new JzseError('wrong-credentials', 'this is not the password of the link');
    },
    use: async ({ id, usesMax }) => {
      if (!(await deps.linkUses.add(id, usesMax))) throw ended('it was used as often as it may be');
    },
  };
}

function findLink(deps: LinksDeps, { id, secret }: LinkAsked): LinkState {
  const link = deps.view.find('link', id);
  // Compared by what is kept of the secret: how far a guess was right does not show.
  if (link === null || link.secretHash !== secretHash(secret) || !deps.access.isPlaced(link.space)) throw unknownLink();
  if (link.expiresMs !== null && link.expiresMs <= deps.nowMs()) throw ended('its time is over');
  if (link.usesMax !== null && deps.linkUses.count(id) >= link.usesMax) throw ended('it was used as often as it may be');
  if (!mayMaker(deps, link)) throw ended('who made it may not share this any more');
  return link;
}

/** A link can do no more than its maker can now. */
function mayMaker({ view, access, store }: LinksDeps, link: LinkState): boolean {
  const maker = view.find('user', link.createdBy);
  if (maker === null || maker.isDisabled) return false;
  const seen = access.view(asMaker(link.createdBy), link.space);
  return seen.decide(link.mode === 'drop' ? 'write' : 'read', store.ancestry.of(link.space, link.entryId)) === 'allowed';
}

const asMaker = (user: string): UserPrincipal => ({
  type: 'user',
  user,
  device: 'link',
  isAdmin: false,
  session: null,
  token: null,
  scopes: null,
  spaces: null,
  isRegional: false,
  issuedMs: 0,
});

async function namesOf({ store }: LinksDeps, { space, entryId }: LinkState): Promise<readonly string[]> {
  if (!(await store.listSpaces()).includes(space)) throw unknownLink();
  const names = await store.pathOf(space, entryId);
  if (names === null) throw ended('what it led to was deleted');
  return names;
}

const unknownLink = (): JzseError => new JzseError('unknown-path', 'there is no such link');
const ended = (why: string): JzseError => new JzseError('link-ended', `this link has ended: ${why}`);
