/*
 * What the browser's test runs in the page: every search that runs there, over the same question.
 */
import { createReferenceSearch, createSearch, createSimdSearch, createWasmSearch } from '@pocket/pow';

/** Plain data, since it is sent from one process to another. */
export interface Question {
  readonly header: readonly number[];
  readonly target: bigint;
  readonly from: number;
  readonly to: number;
}

/** What each search finds, by its name. */
export async function findings(questions: readonly Question[]): Promise<Record<string, (number | undefined)[]>> {
  const searches = [await createSimdSearch(), await createWasmSearch(), createReferenceSearch()];
  return Object.fromEntries(
    searches.map(({ name, search }) => [
      name,
      questions.map(({ header, target, from, to }) => search(Uint8Array.from(header), target, from, to)),
    ]),
  );
}

/** Which search this page would take, and that it works. */
export async function chosen({ header, target, from, to }: Question): Promise<[string, number | undefined]> {
  const { name, search } = await createSearch();
  return [name, search(Uint8Array.from(header), target, from, to)];
}
