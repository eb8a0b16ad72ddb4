/** What the judge has found: the promises that were not kept, in words. */
export class Findings {
  readonly all: string[] = [];

  /** Notes `what` unless it holds. */
  expect(holds: boolean, what: () => string): void {
    if (!holds) this.all.push(what());
  }

  /** Both must hold the same things; the first that does not is named. */
  expectSame(left: Iterable<string>, right: Iterable<string>, what: string): void {
    const [ours, theirs] = [new Set(left), new Set(right)];
    const missing = [...theirs].find((each) => !ours.has(each));
    const excess = [...ours].find((each) => !theirs.has(each));
    if (missing !== undefined) this.all.push(`${what}: ${missing} is missing`);
    if (excess !== undefined) this.all.push(`${what}: ${excess} should not be there`);
  }
}
