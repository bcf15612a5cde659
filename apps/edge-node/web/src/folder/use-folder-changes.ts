import type { EntryInfo } from '@jzse/api/edge';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { edge } from '../edge/edge-client.ts';
import { toPageError } from '../edge/page-error.ts';
import { childOf, parentOf } from '../edge/paths.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';

/** Changes that the page makes. What was asked of several entries is done one after another; what fails is said by name. */
export function useFolderChanges({ space, path }: { readonly space: string; readonly path: string }) {
  const client = useQueryClient();
  const { say } = usePageText();
  const describe = useErrorText();
  const refresh = () => client.invalidateQueries({ queryKey: queryKeys.space(space) });
  const forEach = async (entries: readonly EntryInfo[], change: (entry: EntryInfo) => Promise<unknown>): Promise<readonly EntryInfo[]> => {
    const done: EntryInfo[] = [];
    for (const entry of entries) {
      try {
        await change(entry);
        done.push(entry);
      } catch (error) {
        const reason = describe(toPageError(error)).text;
        notifications.show({ color: 'red', message: say('failed.one', { name: entry.name, reason }), autoClose: 10_000 });
      }
    }
    await refresh();
    return done;
  };
  const tell = (done: readonly EntryInfo[], one: 'done.movedOne' | 'done.deletedOne', many: 'done.movedMany' | 'done.deletedMany') => {
    const [first] = done;
    if (first === undefined) return;
    const message = done.length === 1 ? say(one, { name: first.name }) : say(many, { count: done.length });
    notifications.show({ message });
  };
  return {
    makeFolder: async (name: string) => {
      await edge.makeFolder.mutate({ space, path: childOf(path, name) });
      await refresh();
    },
    rename: async (entry: EntryInfo, name: string) => {
      if (name === entry.name) return;
      await edge.move.mutate({ space, from: entry.path, to: childOf(parentOf(entry.path), name) });
      notifications.show({ message: say('done.renamed', { name }) });
      await refresh();
    },
    moveAll: async (entries: readonly EntryInfo[], folder: string) =>
      tell(
        await forEach(entries, ({ path: from, name }) => edge.move.mutate({ space, from, to: childOf(folder, name) })),
        'done.movedOne',
        'done.movedMany',
      ),
    removeAll: async (entries: readonly EntryInfo[]) =>
      tell(await forEach(entries, (entry) => edge.remove.mutate({ space, path: entry.path })), 'done.deletedOne', 'done.deletedMany'),
  };
}
