import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFound } from './not-found.tsx';
import { PageFrame } from './page-frame.tsx';

const rootRoute = createRootRoute({ component: PageFrame, notFoundComponent: NotFound });
const spacesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./spaces/spaces-page.tsx'), 'SpacesPage'),
});
/** The folder itself is read from the address: names may hold anything that a file system takes. */
const folderRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/s/$',
  component: lazyRouteComponent(() => import('./folder/folder-page.tsx'), 'FolderPage'),
});

export const createPageRouter = () => createRouter({ routeTree: rootRoute.addChildren([spacesRoute, folderRoute]) });
export type PageRouter = ReturnType<typeof createPageRouter>;
