import { AppFrame, BrandMark, ColorSchemeMenu, LanguageMenu } from '@jzse/ui';
import { ActionIcon, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKeyboard, IconLogout } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { queryKeys } from './edge/query-keys.ts';
import { signOut } from './edge/session.ts';
import { useOpenHref } from './edge/use-place.ts';
import { useKeys } from './keys/use-keys.ts';
import { PageNotice } from './status/page-notice.tsx';
import { StatusFooter } from './status/status-footer.tsx';
import { useStatus } from './status/use-status.ts';
import { usePageText } from './text/page-text.ts';
import { UploadsCorner } from './uploads/uploads-corner.tsx';

const KeysDialog = lazy(() => import('./keys/keys-dialog.tsx').then(({ KeysDialog: Dialog }) => ({ default: Dialog })));

/** What stays while one goes from folder to folder: the head, notices, uploads, the state of the region. */
export function PageFrame() {
  const { say } = usePageText();
  const client = useQueryClient();
  const open = useOpenHref();
  const { data: status } = useStatus();
  const [isHelpOpen, help] = useDisclosure(false);
  useKeys({ '?': help.open });
  const leave = async () => {
    await signOut();
    await client.resetQueries({ queryKey: queryKeys.status });
  };
  return (
    <AppFrame
      brand={
        <a
          href="/"
          aria-label={say('error.toSpaces')}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey) return;
            event.preventDefault();
            open('/');
          }}
        >
          <BrandMark />
          <Text component="span" fw={700}>
            JzSE
          </Text>
          {status !== undefined && (
            <Text component="span" c="dimmed" size="sm" tt="capitalize" title={say('status.region')}>
              {status.region}
            </Text>
          )}
        </a>
      }
      tools={
        <>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            visibleFrom="sm"
            aria-label={say('help.title')}
            title={`${say('help.title')} (?)`}
            onClick={help.open}
          >
            <IconKeyboard size={19} />
          </ActionIcon>
          <LanguageMenu />
          <ColorSchemeMenu />
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={say('signIn.out')} title={say('signIn.out')} onClick={leave}>
            <IconLogout size={19} />
          </ActionIcon>
        </>
      }
      notice={<PageNotice />}
      footer={<StatusFooter />}
    >
      <Outlet />
      <UploadsCorner />
      <Suspense>{isHelpOpen && <KeysDialog onClose={help.close} />}</Suspense>
    </AppFrame>
  );
}
