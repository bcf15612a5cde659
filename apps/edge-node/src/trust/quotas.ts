import { JzseError } from '@jzse/api';
import type { UsedBytes } from '@jzse/db/region';
import type { Author, Operation, SpaceId, TreeReader, Version } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { DirectoryView } from './directory-view.ts';

export interface Quotas {
  /** Before any byte is taken. `replaced`: bytes of what is at the path now. Throws `over-quota`. */
  checkRoom(wish: { readonly space: SpaceId; readonly author: Author; readonly bytes: number; readonly replaced: number }): void;
  /** Inside the transaction of a commit. Throws `over-quota`. */
  checkOperations(commit: {
    readonly space: SpaceId;
    readonly author: Author;
    readonly tree: TreeReader;
    readonly operations: readonly Operation[];
  }): void;
}

/** What is shown counts, of a space and of what a person wrote. What makes it less, or no more, is never refused. */
export function createQuotas(deps: { readonly view: Pick<DirectoryView, 'find'>; readonly usedBytes: UsedBytes }): Quotas {
  const { view, usedBytes } = deps;
  const check = (space: SpaceId, user: string, grows: { readonly space: number; readonly user: number }): void => {
    const ofSpace = view.find('quota', `space/${space}`)?.bytesMax;
    if (ofSpace !== undefined && grows.space > 0)
      refuse('space', { left: ofSpace - usedBytes.ofSpace(space), grows: grows.space, max: ofSpace });
    const ofUser = view.find('quota', `user/${user}`)?.bytesMax;
    if (ofUser !== undefined && grows.user > 0) refuse('user', { left: ofUser - usedBytes.ofUser(user), grows: grows.user, max: ofUser });
  };
  return {
    checkRoom: ({ space, author, bytes, replaced }) => check(space, author.user, { space: bytes - replaced, user: bytes - replaced }),
    checkOperations: ({ space, author, tree, operations }) => {
      const grows = { space: 0, user: 0 };
      for (const operation of operations) {
        if (!('content' in operation) || operation.content === null) continue;
        const replaced = replacedBy(operation, tree);
        grows.space += operation.content.size - sizeOf(replaced);
        grows.user += operation.content.size - sizeOf(replaced.filter((head) => head.author.user === author.user));
      }
      check(space, author.user, grows);
    },
  };
}

function replacedBy(operation: Operation, tree: TreeReader): readonly Version[] {
  if (operation.type !== 'write' && operation.type !== 'resolve') return [];
  const base = new Set(operation.base.map(dotKey));
  return tree.entry(operation.entryId)?.heads.filter((head) => base.has(dotKey(head.dot))) ?? [];
}

const sizeOf = (versions: readonly Version[]): number => versions.reduce((sum, { content }) => sum + content.size, 0);

interface Room {
  readonly left: number;
  readonly grows: number;
  readonly max: number;
}

function refuse(of: 'space' | 'user', { left, grows, max }: Room): void {
  if (grows <= left) return;
  const leftBytes = Math.max(0, left);
  const whose = of === 'space' ? 'this space has room for' : 'you have room for';
  throw new JzseError('over-quota', `${whose} ${leftBytes} more bytes: delete something, or ask for more`, {
    detail: { of, leftBytes, bytesMax: max },
  });
}
