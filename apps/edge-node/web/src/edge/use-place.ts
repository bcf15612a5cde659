import { useRouter, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

export interface PlaceInAddress {
  readonly space: string;
  /** `/a/b`; `/` is the top of the space. */
  readonly path: string;
}

/** The space and folder of `/s/<space>/<path>`, decoded name by name; null elsewhere. */
export function usePlace(): PlaceInAddress | null {
  const pathname = useRouterState({ select: ({ location }) => location.publicHref.replace(/[?#].*$/, '') });
  return useMemo(() => placeIn(pathname), [pathname]);
}

/** Goes to an address of this page. */
export function useOpenHref(): (href: string) => void {
  const { history } = useRouter();
  return useCallback((href: string) => history.push(href), [history]);
}

function placeIn(pathname: string): PlaceInAddress | null {
  const [, first, ...encoded] = pathname.split('/');
  if (first !== 's') return null;
  const [space, ...names] = encoded.filter((name) => name !== '').map(decodeName);
  return space === undefined ? null : { space, path: `/${names.join('/')}` };
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
