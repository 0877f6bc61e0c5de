import { type Hex, keccak256, parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { braidRules, StateStore } from "../../executor/index.ts";
import {
  bytesToHex,
  commitmentHash,
  encodeBatch,
  genesisCommitment,
  hexToBytes,
} from "../../protocol/index.ts";
import { createProver } from "../../prover-stub/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { postingOf } from "../batch-poster/batchCommitments.ts";
import { createProofInputs } from "../batch-poster/proofInputs.ts";
import { batchBlockOf, type PlacedBlock, sealedBatch } from "../batch-poster/sealedBatch.ts";
import { deposit, FUNDED_KEY, l1, portal, signed, start, useL1Bench } from "./testing/l1Bench.ts";
import { USER, type WatchedChain } from "./testing/watchedChain.ts";

const PROVER_KEY: Hex = `0x${"42".repeat(32)}`;
const L1_BLOCK: Hex = "0x4200000000000000000000000000000000000015";

useL1Bench(() => startTestStack({ redis: true, postgres: true, anvil: true }));

test("a prover that re-executes with EthereumJS finds the blocks that these messages made", async () => {
  const chain = await start();
  await chain.l2.waitForTransactionReceipt({ hash: await deposit({ mint: parseEther("1"), value: 1n }) });
  await l1().control.setAutomine(false);
  const sender = privateKeyToAccount(FUNDED_KEY);
  const own = await sender.signTransaction({
    ...{ type: "eip1559", chainId: 7357, nonce: 0, gas: 21_000n, to: USER.address, value: 1n },
    ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1000n },
  });
  const last = await signed({ nonce: 2 });
  const messages = [
    await signed({ nonce: 1 }),
    "0x02c0",
    await signed({ nonce: 9 }),
    await signed({ nonce: 2, chainId: 1 }),
    await signed({ nonce: 2, gas: 20_000_000n }),
    await signed({ nonce: 2, gas: 16_000_000n }),
    last,
  ] as const;
  for (const raw of messages) {
    const request = { ...portal(), functionName: "forceTransaction", args: [raw], gas: 3_000_000n } as const;
    await l1().wallet.writeContract(request);
  }
  const values = { value: parseEther("5"), gas: 1_000_000n } as const;
  // Cannot pay its value on L2, and calls the contract of the attributes.
  const fails = [L1_BLOCK, parseEther("9"), 100_000n, false, "0x"] as const;
  await l1().wallet.writeContract({
    ...portal(),
    functionName: "depositTransaction",
    args: fails,
    ...values,
  });
  await l1().control.mine({ blocks: 1 });
  await l1().control.setAutomine(true);
  await chain.l2.sendRawTransaction({ serializedTransaction: own });
  await chain.l2.waitForTransactionReceipt({ hash: keccak256(own) });
  await expect.poll(() => consumed(chain), { timeout: 20_000 }).toBe(9);

  const { genesis, settlement } = l1();
  const store = StateStore.open(chain.dataDir, { readOnly: true });
  const placed = await placedBlocks(chain);
  const data = encodeBatch(placed.map(batchBlockOf));
  const passerRoot = chain.executor
    .state()
    .account(hexToBytes(L1_BLOCK.replace(/15$/, "16") as Hex))?.storageRoot;
  const sealed = await sealedBatch(
    { chain: chain.chain, messagePasserRoot: () => passerRoot ?? new Uint8Array(32) },
    { number: 0, lastBlock: 0 },
    placed,
    data,
  );
  await chain.chain.appendBatch(sealed);
  const genesisBlock = placed[0]?.block.header.parentHash ?? new Uint8Array();
  const { header } = (await chain.chain.headerByNumber(0)) ?? {};
  const before = genesisCommitment({ stateRoot: header?.stateRoot ?? genesisBlock, blockHash: genesisBlock });
  const record = await chain.chain.batchByNumber(1);
  if (record === undefined) throw new TypeError("no batch");
  await chain.chain.markBatchCommitted(1, postingOf(record, data, commitmentHash(before), undefined), {
    transactionHash: new Uint8Array(32),
    blockNumber: 1,
  });
  const posted = await chain.chain.batchByNumber(1);
  if (posted === undefined) throw new TypeError("no batch");
  const build = createProofInputs({
    ...{ chain: chain.chain, source: store, rules: braidRules(7357), chainId: 7357 },
  });
  const input = await build(posted, []);
  expect(input.batch.messages.map(({ kind }) => kind).filter((kind) => kind === "forced")).toHaveLength(7);
  const prover = createProver({
    chain: genesis.config,
    l1: { chainId: 31337, rollup: hexToBytes(settlement.rollup), verifier: hexToBytes(settlement.verifier) },
    key: PROVER_KEY,
  });
  const proof = await prover.prove(input.batch, input.witness);
  expect(proof.signatures).toHaveLength(1);
  expect(bytesToHex(proof.publicInputs)).toMatch(/^0x[0-9a-f]{64}$/);
  await store.close();
}, 60_000);

async function consumed(chain: WatchedChain): Promise<number> {
  const head = await chain.chain.head();
  return (await chain.chain.l1Position(head?.number ?? 0))?.messagesConsumed ?? 0;
}

async function placedBlocks(chain: WatchedChain): Promise<PlacedBlock[]> {
  const head = await chain.chain.head();
  const placed: PlacedBlock[] = [];
  let before = 0;
  for (let number = 1; number <= (head?.number ?? 0); number++) {
    const [block, position] = await Promise.all([
      chain.chain.blockByNumber(number),
      chain.chain.l1Position(number),
    ]);
    if (block === undefined || position === undefined) throw new TypeError(`no block ${number}`);
    placed.push({ block, position, messages: position.messagesConsumed - before });
    before = position.messagesConsumed;
  }
  return placed;
}
