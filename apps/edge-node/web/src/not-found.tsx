import { EmptyState } from '@jzse/ui';
import { Button } from '@mantine/core';
import { IconCompass } from '@tabler/icons-react';
import { useOpenHref } from './edge/use-place.ts';
import { usePageText } from './text/page-text.ts';

/** An address that leads nowhere. */
export function NotFound() {
  const { say } = usePageText();
  const open = useOpenHref();
  return (
    <EmptyState
      icon={<IconCompass size={34} stroke={1.6} />}
      title={say('error.notFound')}
      hint={location.pathname}
      action={
        <Button variant="light" onClick={() => open('/')}>
          {say('error.toSpaces')}
        </Button>
      }
    />
  );
}
