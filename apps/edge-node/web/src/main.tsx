import { setUpLanguage } from '@jzse/ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createConnection } from './edge/connection.ts';
import { createQueryClient } from './edge/query-client.ts';
import { createPageRouter } from './routes.tsx';
import { startSession } from './session/start-session.ts';
import { pageTextsEn } from './text/en.ts';
import { pageTextsZh } from './text/zh.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

setUpLanguage({ page: { en: pageTextsEn, zh: pageTextsZh } });
const signedIn = startSession();
const connection = createConnection();
const queryClient = createQueryClient(connection);
const router = createPageRouter();
createRoot(root).render(
  <StrictMode>
    <App connection={connection} queryClient={queryClient} router={router} signedIn={signedIn} />
  </StrictMode>,
);
