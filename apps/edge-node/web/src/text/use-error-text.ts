import { useUiText } from '@jzse/ui';
import { useCallback } from 'react';
import type { PageError } from '../edge/page-error.ts';

/** Says an error in the person's language; `detail` is for whoever is asked for help. */
export function useErrorText(): (error: PageError) => { readonly text: string; readonly detail: string } {
  const { say } = useUiText();
  return useCallback(({ code, said }) => ({ text: say(`error.${code}`), detail: said === '' ? code : `${code} · ${said}` }), [say]);
}
