import type { Author, RegionId } from '@jzse/sync';

/** Until there are accounts, whoever has the token is one and the same person. */
export const tokenAuthor = (region: RegionId): Author => ({ user: 'owner', device: 'token', region });
