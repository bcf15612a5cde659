import { uiTextsEn } from './en.ts';
import { useTextsOf } from './use-text.ts';

/** Texts of the shared components. */
export const useUiText = () => useTextsOf('ui', uiTextsEn);
