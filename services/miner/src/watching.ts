/**
 * Watches, while a template is searched, whether it is still the one to search: a new tip at once, other transactions
 * and a later time not more often than once in an interval.
 */
import type { Answer } from '@pocket/service-kit';
import type { TipView } from '@pocket/contracts';
import type { Changes } from './changes.ts';
import { supersededBy } from './domain/superseding.ts';
import type { Template } from './templates.ts';

export interface TemplateWatch {
  readonly changes: Changes;
  readonly askTip: () => Promise<Answer<TipView>>;
  /** Makes the same order's template anew; undefined while that cannot be done. */
  readonly remake: () => Promise<Answer<Template | undefined>>;
}

/** A search that ends sooner need not be watched. */
const WATCH_AFTER_MS = 50;
/** A changed pool is worth a new template so often at most (as Bitcoin Core keeps it in getblocktemplate). */
const TEMPLATE_EVERY_MS = 5_000;
/** Every so many intervals it is made without word of a change: word may be lost, and time passes. */
const LOOK_EVERY = 6;

/** Calls `supersede` once, with the reason, when the template has become another. Returns how to end it. */
export function watchTemplate(template: Template, watch: TemplateWatch, supersede: (reason: string) => void) {
  const { previousBlockHash } = template.block.header;
  let poolChanged = false;
  const lookAtTip = looking(async () => {
    const tip = await watch.askTip();
    const moved =
      tip.ok && (tip.value.next.previousBlockHash !== previousBlockHash || tip.value.chainId !== template.chainId);
    if (moved) supersede('the tip has moved');
  });
  const lookAtAll = looking(async () => {
    const fresh = await watch.remake();
    if (fresh.ok && fresh.value === undefined) return;
    const reason = fresh.ok ? fresh.value && supersededBy(template.block, fresh.value.block) : fresh.problem.detail;
    if (reason !== undefined) supersede(reason);
  });
  const hear = (log: string) => {
    if (log === 'chainstate') lookAtTip();
    if (log === 'tx-pool') poolChanged = true;
  };
  let stop: () => void = () => undefined;
  const begin = () => {
    const stopListening = watch.changes.listen(hear);
    let intervals = 0;
    const timer = setInterval(() => {
      if (!poolChanged && ++intervals % LOOK_EVERY !== 0) return;
      poolChanged = false;
      lookAtAll();
    }, TEMPLATE_EVERY_MS);
    stop = () => {
      stopListening();
      clearInterval(timer);
    };
    lookAtTip();
  };
  const beginning = setTimeout(begin, WATCH_AFTER_MS);
  return () => {
    clearTimeout(beginning);
    stop();
  };
}

/** One look at a time, and one more where there was cause for it meanwhile. What fails is looked at again next time. */
function looking(look: () => Promise<void>): () => void {
  let wanted = false;
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    while (wanted) {
      wanted = false;
      await look().catch(() => undefined);
    }
    running = false;
  };
  return () => {
    wanted = true;
    if (!running) void run();
  };
}
