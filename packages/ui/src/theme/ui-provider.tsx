import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './surface.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { theme } from './theme.ts';

const aboveFooter = { marginBottom: '2.25rem' };
const colorSchemeManager = localStorageColorSchemeManager({ key: 'jzse.color-scheme' });

/** Theme, colour scheme (as the system until the person chooses) and notifications, around everything of a page. */
export function UiProvider({ children }: { readonly children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemeManager}>
      <Notifications position="bottom-left" limit={4} styles={{ root: aboveFooter }} />
      {children}
    </MantineProvider>
  );
}
