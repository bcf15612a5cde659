import { JzseError, restorableKinds } from '@jzse/api';
import type { AccountServices, FleetServices, OfferedRecord } from '@jzse/api/hub';
import type { Directory } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';

const recordsPerPage = 500;
/** Groups can be large. */
const charactersPerPage = 4_000_000;

/**
 * A hub that lost its database knows nobody but its first admin. As long as that is so, the former directory decides, so that nobody is
 * locked out who was in it.
 */
export function knowsNobodyYet(directory: Pick<Directory, 'keys' | 'beside'>): boolean {
  const other = directory.beside();
  if (other === null) return false;
  const people = other.keys('user');
  return people.length <= 1 && other.keys('group').length === 0 && directory.keys('user').some((user) => !people.includes(user));
}

/** This region's copy of the former directory, page by page; `isLost` false: there is none, which is said too. Throws what the hub throws. */
export async function offerFormer({ region, directory, hub }: OfferDeps, { isLost }: { readonly isLost: boolean }): Promise<void> {
  const { life, revision } = directory.head();
  let records: OfferedRecord[] = [];
  let characters = 0;
  for (const kind of isLost ? restorableKinds : []) {
    for (const key of directory.keys(kind)) {
      const state = directory.state(kind, key);
      if (state === null) continue;
      if (records.length === recordsPerPage || characters > charactersPerPage) {
        await hub.offerDirectory({ region, life, revision, records, isLast: false });
        records = [];
        characters = 0;
      }
      records.push({ kind, state: JSON.parse(state) });
      characters += state.length;
    }
  }
  await hub.offerDirectory({ region, life, revision, records, isLast: true });
}
interface OfferDeps {
  readonly region: RegionId;
  readonly directory: Pick<Directory, 'head' | 'keys' | 'state'>;
  readonly hub: Pick<FleetServices, 'offerDirectory'>;
}

/** While the hub has forgotten its people it cannot say who they are: this region signs them in as when the hub is away. */
export function unlessForgotten<Hub extends Pick<AccountServices, 'signIn' | 'refresh'>>(
  hub: Hub,
  directory: Pick<Directory, 'beside'>,
): Hub {
  const asked = <Request, Answer>(ask: (request: Request) => Promise<Answer>) => {
    return async (request: Request): Promise<Answer> => {
      if (directory.beside() === null) return ask(request);
      throw new JzseError('hub-unreachable', 'the hub has lost its directory and knows nobody yet');
    };
  };
  return { ...hub, signIn: asked(hub.signIn), refresh: asked(hub.refresh) };
}
