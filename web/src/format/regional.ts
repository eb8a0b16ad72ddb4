/** The reader's own form of a language, such as `en-GB` of `en`: by it numbers and times are written. Pure. */
export function regional(language: string, wished: readonly string[]): string {
  return wished.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;
}
