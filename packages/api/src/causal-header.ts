/** Of requests and answers: causal tokens, comma separated (SY12). Opaque to whoever passes them on. */
export const causalHeader = 'x-jzse-causal';
/** Characters of the header that are read; a client names the spaces it used last. */
export const causalHeaderCharactersMax = 4_096;
