import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createExecutor, type ExecutedBlock } from "../../executor/index.ts";
import { type BlockInput, keccak256 } from "../../protocol/index.ts";
import type { BlockPlace } from "../../verifier/types.ts";
import { testGenesis } from "./chainInputs.ts";
import { ACTORS, type BlockSpec, blockInput } from "./randomBlocks.ts";

/** Where a block stands on an L1 that a test made up. */
export function placeOf(number: number): BlockPlace {
  return {
    originNumber: Math.floor(number / 3),
    originHash: keccak256(Uint8Array.of(Math.floor(number / 3))),
    sequenceNumber: number % 3,
    messagesConsumed: number * 2,
    transactionsFromL1: number % 2,
    skipped: number % 5 === 4 ? [{ index: number, reason: "nonce too low" }] : [],
  };
}

/** Runs blocks of these on the genesis of the tests, and gives them with it; `spoil` may change the input. */
export async function executedChain(
  specs: readonly BlockSpec[],
  spoil: (input: BlockInput) => BlockInput = (input) => input,
): Promise<ExecutedBlock[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "braid-archive-chain-"));
  const executor = createExecutor({ dataDir, lanes: 1, genesis: testGenesis() });
  await executor.start();
  try {
    const genesis = await executor.initialize();
    await executor.commit(genesis);
    const chain = [genesis];
    for (const spec of specs) {
      const head = executor.head();
      const nonces = ACTORS.map(({ address }) => executor.state().account(address)?.nonce ?? 0n);
      const number = (head?.number ?? 0) + 1;
      const input = { ...blockInput(spec, nonces), number, parentHash: head?.hash ?? new Uint8Array(32) };
      const executed = await executor.execute(spoil(input));
      await executor.commit(executed);
      chain.push(executed);
    }
    return chain;
  } finally {
    await executor.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
