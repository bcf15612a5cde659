import { EmptyState } from '@jzse/ui';
import { IconCompass } from '@tabler/icons-react';
import { useEffect } from 'react';
import { usePlace } from '../edge/use-place.ts';
import { useWatchSpace } from '../edge/watch-space.ts';
import { usePageText } from '../text/page-text.ts';
import { useUploads } from '../uploads/uploads-context.tsx';
import { FolderView } from './folder-view.tsx';

/** The page of one folder; it follows the changes of its space for as long as it is open. */
export function FolderPage() {
  const { say } = usePageText();
  const place = usePlace();
  if (place === null) return <EmptyState icon={<IconCompass size={34} stroke={1.6} />} title={say('error.notFound')} hint="" />;
  return <OpenFolder space={place.space} path={place.path} />;
}

function OpenFolder({ space, path }: { readonly space: string; readonly path: string }) {
  const { openPlace } = useUploads();
  useWatchSpace(space);
  useEffect(() => {
    openPlace({ space, folder: path });
    return () => openPlace(null);
  }, [openPlace, space, path]);
  // A new folder starts with nothing selected and no dialog open.
  return <FolderView key={`${space}${path}`} space={space} path={path} />;
}
