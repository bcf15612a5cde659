import { UiProvider } from '@jzse/ui';
import type { QueryClient } from '@tanstack/react-query';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Suspense } from 'react';
import type { Connection } from './edge/connection.ts';
import { ConnectionContext } from './edge/connection.ts';
import type { PageRouter } from './routes.tsx';
import { SessionGate } from './session/session-gate.tsx';
import type { SessionStart } from './session/start-session.ts';
import { UploadsProvider } from './uploads/uploads-context.tsx';

export interface AppProps {
  readonly connection: Connection;
  readonly queryClient: QueryClient;
  readonly router: PageRouter;
  readonly signedIn: Promise<SessionStart>;
}

/** The page: who is signed in sees the files, everybody else the sign-in form. */
export function App({ connection, queryClient, router, signedIn }: AppProps) {
  return (
    <UiProvider>
      <ConnectionContext value={connection}>
        <QueryClientProvider client={queryClient}>
          <Suspense>
            <SessionGate start={signedIn}>
              <UploadsProvider>
                <RouterProvider router={router} />
              </UploadsProvider>
            </SessionGate>
          </Suspense>
        </QueryClientProvider>
      </ConnectionContext>
    </UiProvider>
  );
}
