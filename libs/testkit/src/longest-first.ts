/** The order in which a run begins its files: what lasts longest first, for begun last it would go on alone at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A minute or more each, longest first; all others begin after them. */
const LONGEST = [
  'tests/containers/stack',
  'tests/containers/deaths',
  'tests/web/manners',
  'tests/integration/leaders',
  'tests/integration/two-of-everything',
  'tests/integration/miner',
  'tests/chaos.',
  'tests/integration/restart',
  'tests/containers/production',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const longest = LONGEST.flatMap((name) => others.filter(({ moduleId }) => moduleId.includes(name)));
    return [...longest, ...others.filter((file) => !longest.includes(file))];
  }
}
