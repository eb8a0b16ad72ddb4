/** A long text by its ends, where there is no room for all of it. */
export function shorten(text: string, kept = 8): string {
  return text.length <= 2 * kept + 1 ? text : `${text.slice(0, kept)}…${text.slice(-kept)}`;
}
