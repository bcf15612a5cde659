import { errorCodes } from '@jzse/api';
import { describe, expect, test } from 'vitest';
import { uiTextsEn } from '../src/text/en.ts';
import { uiTextsZh } from '../src/text/zh.ts';

const han = /\p{Script=Han}/u;

describe('texts', () => {
  test.each(Object.keys(errorCodes))('the error %s is explained in both languages', (code) => {
    const key = `error.${code}` as keyof typeof uiTextsZh;
    expect(uiTextsEn[key]).toMatch(/^[A-Z].*[.]$/);
    expect(uiTextsZh[key]).toMatch(han);
  });

  test('every Chinese text is Chinese', () => {
    expect(Object.entries(uiTextsZh).filter(([, text]) => !han.test(text))).toEqual([]);
  });

  test('a translation asks for the same values', () => {
    const values = (text: string | undefined) => (text?.match(/\{\{\w+\}\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(uiTextsZh))
      expect([key, values(text)]).toEqual([key, values(uiTextsEn[key as keyof typeof uiTextsEn])]);
  });
});
