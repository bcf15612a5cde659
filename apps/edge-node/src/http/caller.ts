import { type Action, JzseError, type Principal } from '@jzse/api';
import type { Guard } from '@jzse/gateway';
import type { Author, RegionId, SpaceId } from '@jzse/sync';
import type { FastifyRequest } from 'fastify';
import { parseFileUrl } from './file-path.ts';

/** The author that versions carry. Throws `unauthenticated`, `forbidden` for who is no person or program of one. */
export function authorOf(principal: Principal, region: RegionId): Author {
  if (principal.type === 'anonymous') throw new JzseError('unauthenticated', 'sign in, or send a token');
  if (principal.type !== 'user') throw new JzseError('forbidden', 'only people and their programs change something here');
  return { user: principal.user, device: principal.device, region };
}

/** For what a request is about only shows in its body. Throws what the guard throws. */
export type AllowAt = (
  request: FastifyRequest,
  action: Action,
  at: { readonly space: SpaceId; readonly path: string | null },
) => Promise<void>;

/** `path` null: the whole space. */
export const createAllowAt =
  (guard: Pick<Guard, 'allow'>): AllowAt =>
  (request, action, { space, path }) =>
    guard.allow(
      request.principal,
      { who: 'space', action, scope: path === null ? 'whole' : 'paths' },
      { space, region: null, paths: path === null ? [] : [path] },
    );

/** Whether another region may be asked in this one's place: it answers a region, and leaves nothing out that this caller must not know of. */
export const mayPassOn =
  (allowAt: AllowAt) =>
  async (request: FastifyRequest): Promise<boolean> => {
    const { space, path } = parseFileUrl(request.raw.url ?? '');
    return allowAt(request, 'read', { space, path }).then(
      () => true,
      () => false,
    );
  };
