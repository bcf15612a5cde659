import { useTextsOf } from '@jzse/ui';
import { pageTextsEn } from './en.ts';

export const usePageText = () => useTextsOf('page', pageTextsEn);
