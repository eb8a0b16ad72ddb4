/**
 * Every consensus scenario once more, from outside: a chain of Bitcoin's regression test network, strangers' blocks and
 * transactions through the gateway, and the same refusals in the same words as the rules alone give.
 */
import { startTestStack, type TestStack } from '@pocket/testkit';
import { ChainLab, play, scenarios, submitBase, type Judge, type Verdict } from '@pocket/testkit/consensus';
import { beforeAll, describe, expect, it } from 'vitest';
import { NodeClient, type NodeAnswer, type Refusal } from './node-client.ts';

let stack: TestStack;
let node: NodeClient;
const lab = new ChainLab(Math.floor(Date.now() / 1000));

beforeAll(async () => {
  stack = await startTestStack({ settings: { POCKET_NETWORK: 'bitcoin-regtest' } });
  node = new NodeClient(stack.url);
  await submitBase(lab, judge);
  return () => stack.stop();
});

const judge: Judge = {
  submitBlock: async (hex) => {
    const answer = await node.submitBlock(hex);
    return answer.status === 202 ? { ok: true, waits: true } : verdictOf(answer);
  },
  submitTransaction: async (hex) => verdictOf(await node.submitTransaction(hex)),
  tip: async () => {
    const { height, blockHash } = await node.info();
    return { height, hash: blockHash };
  },
};

function verdictOf({ status, body }: NodeAnswer<Partial<Refusal>>): Verdict {
  if (status === 201) return { ok: true };
  expect(status, JSON.stringify(body)).toBe(422);
  return { ok: false, code: body.code ?? '', details: body.details };
}

describe('over HTTP', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    await play(scenario, lab, judge);
  });

  it('and after all of them the coins are what the subsidies were', async () => {
    const { totalAmount, unclaimed, subsidies } = await node.info();
    expect(BigInt(totalAmount) + BigInt(unclaimed)).toBe(BigInt(subsidies));
  });
});
