import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Texts of one part of a page, by key. A key that counts has two rows, `files_one` and `files_other`. */
export type Texts = Readonly<Record<string, string>>;
type PluralBase<Key extends string> = Key extends `${infer Base}_one` | `${infer Base}_other` ? Base : Key;
export type TextKey<Source extends Texts> = PluralBase<keyof Source & string>;
/** The same texts in a language that has no singular: a row is missing or left over only if the compiler says so. */
export type TranslationOf<Source extends Texts> = Readonly<
  Record<{ [Key in keyof Source & string]: Key extends `${string}_one` ? never : Key }[keyof Source & string], string>
>;
export type TextValues = Readonly<Record<string, string | number>>;
export type Say<Source extends Texts> = (key: TextKey<Source>, values?: TextValues) => string;

/** Says texts of `namespace` in the chosen language; a key that `source` does not have is a compile error. */
export function useTextsOf<Source extends Texts>(
  namespace: string,
  _source: Source,
): { readonly say: Say<Source>; readonly language: string } {
  const { t, i18n } = useTranslation(namespace);
  const translate = t as unknown as (key: string, values: TextValues) => string;
  return useMemo(() => ({ say: (key, values) => translate(key, values ?? {}), language: i18n.language }), [translate, i18n.language]);
}
