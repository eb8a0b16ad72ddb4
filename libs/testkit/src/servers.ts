/** What the global setup hands to the tests, typed for vitest's `provide` and `inject`. */
import type { ServerUrls } from '@pocket/stack';

export type TestServers = ServerUrls & {
  /** Which of them somebody else runs and keeps. */
  given: string[];
  /** Where every stack is one of containers with servers of its own: what the compose projects' names begin with. */
  project?: string;
  /** What these stacks are of: the checkout as it is, under a name that no other run has. */
  image?: string;
  /** A migrated database to copy. */
  template: string;
  /** The run's folder; all of it goes at the end. */
  dataDir: string;
};

declare module 'vitest' {
  export interface ProvidedContext {
    servers: TestServers;
  }
}
