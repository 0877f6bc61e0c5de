import { Registry } from "prom-client";
import { encodeFunctionData, keccak256, zeroHash } from "viem";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { optimismPortalAbi, PREDEPLOYS } from "../../contracts/index.ts";
import { createReaders } from "../../executor/index.ts";
import { bytesToHex, hexToBytes, InvariantError, proofQueueName } from "../../protocol/index.ts";
import { createProver } from "../../prover-stub/index.ts";
import { type ProofWorker, startProofWorker } from "../../prover-stub/worker/createProofWorker.ts";
import { RedisProofSource } from "../../prover-stub/worker/proofSource.ts";
import { createProverMetrics } from "../../prover-stub/worker/proverMetrics.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { findWithdrawals } from "../rpc/withdrawals/findWithdrawals.ts";
import { createPortalView } from "../rpc/withdrawals/portalView.ts";
import { withdrawalProgress } from "../rpc/withdrawals/withdrawalStatus.ts";
import { type ProvenBench, startProvenBench } from "./testing/provenBench.ts";
import { devAccount, devKey, ROLES } from "./testing/settlementBench.ts";

let bench: ProvenBench;
const provers: ProofWorker[] = [];
beforeAll(async () => {
  bench = await startProvenBench(await startTestStack({ redis: true, postgres: true, anvil: true }));
}, 60_000);
afterEach(async () => {
  for (const prover of provers.splice(0)) await prover.stop();
});
afterAll(() => bench?.stop());

const until = (condition: () => Promise<boolean> | boolean) =>
  vi.waitUntil(condition, { timeout: 40_000, interval: 50 });
const PROVERS = [ROLES.prover, ROLES.otherProver].map((role) => devAccount(role).address);

/** The prover's own process, in this one. */
async function startProver(role: number): Promise<void> {
  const { deployment, redis, config } = bench;
  const prover = createProver({
    chain: config,
    l1: { chainId: 31337, rollup: hexToBytes(deployment.rollup), verifier: hexToBytes(deployment.verifier) },
    key: devKey(role),
  });
  provers.push(
    await startProofWorker({
      prover,
      source: new RedisProofSource(redis),
      redis,
      queueName: proofQueueName(devAccount(role).address),
      log: bench.log,
      metrics: createProverMetrics(new Registry()),
    }),
  );
}

test("a batch is committed, proven by two of two provers, and final after the period", async () => {
  await bench.seal(3, 4);
  const finalized: number[] = [];
  const poster = await bench.startPoster({ provers: PROVERS });
  poster.onHeadsChanged((heads) => finalized.push(heads.finalized));
  await startProver(ROLES.prover);
  await until(async () => (await bench.chain.lastBatch())?.status === "committed");
  await startProver(ROLES.otherProver);
  await until(async () => (await bench.chain.lastBatch())?.status === "finalized");
  await until(() => finalized.at(-1) === 3);
  expect(await bench.l1.lastFinalized()).toBe(1);
  const batch = await bench.chain.lastBatch();
  const [proof, finality] = [batch?.proof, batch?.finality];
  expect(finality?.blockNumber).toBeGreaterThan(proof?.blockNumber ?? Number.POSITIVE_INFINITY);
  expect(bench.fatal).toEqual([]);
  await poster.stop();
});

const initiate = [
  {
    type: "function",
    name: "initiateWithdrawal",
    stateMutability: "payable",
    inputs: [
      { name: "target", type: "address" },
      { name: "gasLimit", type: "uint256" },
      { name: "data", type: "bytes" },
    ],
    outputs: [],
  },
] as const;

test("an old withdrawal is proven and finalized on L1, and its status says when each step is due", async () => {
  const { chain, deployment, l1 } = bench;
  const target = devAccount(ROLES.stranger).address;
  const data = encodeFunctionData({ abi: initiate, args: [target, 50_000n, "0x"] });
  const call = await bench.signed({ to: PREDEPLOYS.l2ToL1MessagePasser, value: 77n, data, gas: 300_000n });
  await bench.build([call]);
  const context = { chain, state: bench.stateAccess, heads: bench.heads } as const;
  const [sent] = await findWithdrawals(context, call.hash);
  if (sent === undefined) throw new TypeError("the withdrawal is not found");
  expect(await findWithdrawals(context, sent.withdrawalHash)).toEqual([sent]);
  expect(await findWithdrawals(context, new Uint8Array(32).fill(9))).toEqual([]);
  const portal = createPortalView({
    l1Url: bench.stack.l1Url,
    portal: deployment.portal,
    rollup: deployment.rollup,
  });
  const progress = async () =>
    withdrawalProgress(
      await chain.batchOfBlock(sent.blockNumber),
      await portal.withdrawal(sent.withdrawalHash, sent.value),
    );
  expect((await progress()).status).toBe("waiting-for-batch");

  await bench.seal(0, 0);
  const poster = await bench.startPoster({ provers: PROVERS });
  await until(async () => (await progress()).status === "waiting-to-prove");
  await startProver(ROLES.prover);
  await startProver(ROLES.otherProver);
  await until(async () => (await progress()).status === "ready-to-prove");
  // The chain goes on; what is shown to L1 is the state at the batch's end.
  for (let i = 0; i < 20; i++) await bench.appendBlock(3);

  const batch = await chain.batchOfBlock(sent.blockNumber);
  const last = await chain.headerByNumber(batch?.lastBlock ?? 0);
  if (batch === undefined || last === undefined) throw new TypeError("no batch");
  const readers = await createReaders({ stateDirectory: bench.dataDir, threads: 1, queueLimit: 4 });
  const slot = hexToBytes(
    keccak256(`${bytesToHex(sent.withdrawalHash)}${zeroHash.slice(2)}` as `0x${string}`),
  );
  const proof = await readers.run(
    "proof",
    {
      stateRoot: last.header.stateRoot,
      address: hexToBytes(PREDEPLOYS.l2ToL1MessagePasser),
      slots: [slot],
    },
    { timeoutMs: 10_000 },
  );
  await readers.close();
  const withdrawal = {
    nonce: sent.nonce,
    sender: sent.sender as `0x${string}`,
    target: sent.target as `0x${string}`,
    value: sent.value,
    gasLimit: sent.gasLimit,
    data: sent.data as `0x${string}`,
  };
  const user = devAccount(ROLES.stranger);
  const contract = { address: deployment.portal, abi: optimismPortalAbi, account: user } as const;
  await l1.control.setBalance({ address: deployment.portal, value: 1_000n });
  const proven = await l1.wallet.writeContract({
    ...contract,
    functionName: "proveWithdrawalTransaction",
    args: [
      withdrawal,
      BigInt(batch.number - 1),
      {
        version: zeroHash,
        stateRoot: bytesToHex(last.header.stateRoot),
        messagePasserStorageRoot: bytesToHex(proof.account?.storageRoot ?? new Uint8Array()),
        latestBlockhash: bytesToHex(last.hash),
      },
      proof.storage[0]?.nodes.map(bytesToHex) ?? [],
    ],
  });
  const receipt = await l1.reader.waitForTransactionReceipt({ hash: proven });
  expect(receipt.status).toBe("success");
  const { timestamp } = await l1.reader.getBlock({ blockNumber: receipt.blockNumber });
  expect((await progress()).earliest).toBe(Number(timestamp) + 2);
  await until(async () => (await progress()).status === "ready-to-finalize");
  const finalized = await l1.wallet.writeContract({
    ...contract,
    functionName: "finalizeWithdrawalTransaction",
    args: [withdrawal],
    gas: 500_000n,
  });
  expect((await l1.reader.waitForTransactionReceipt({ hash: finalized })).status).toBe("success");
  expect((await progress()).status).toBe("finalized");
  await poster.stop();
});

test("a batch that L1 loses while its proof's input is made stops nothing, and is proven when L1 has it again", async () => {
  await bench.seal(1, 1);
  const number = (await bench.chain.lastBatch())?.number ?? 0;
  let lost = 0;
  const poster = await bench.startPoster(
    { provers: PROVERS },
    {
      async buildProofInput(batch, also) {
        if (batch.number === number && lost++ === 0) {
          await bench.chain.markBatchesSealed(number);
          throw new InvariantError("its blocks are gone");
        }
        return bench.buildProofInput(batch, also);
      },
    },
  );
  await startProver(ROLES.prover);
  await startProver(ROLES.otherProver);
  await until(async () => (await bench.l1.lastProven()) === number);
  expect(lost).toBeGreaterThan(1);
  expect(bench.fatal).toEqual([]);
  await poster.stop();
});

test("a batch that the prover refuses is neither proven nor final, and neither is any after it", async () => {
  // One bit of the state, in the store that blocks are built on.
  await bench.build([], ({ stateDiff }) => {
    for (const { account } of stateDiff.accounts) if (account !== undefined) account.balance ^= 1n;
  });
  await bench.appendBlock(1);
  await bench.seal(1, 1);
  const poster = await bench.startPoster({ provers: PROVERS });
  await startProver(ROLES.prover);
  await startProver(ROLES.otherProver);
  await until(() => poster.status().refusal !== undefined);
  await bench.seal(1, 1);
  poster.batchSealed();
  await until(async () => (await bench.chain.countUnposted()) === 0);
  const last = (await bench.chain.lastBatch())?.number ?? 0;
  expect(await bench.l1.lastBatch()).toBe(last);
  expect(await bench.l1.lastProven()).toBe(last - 2);
  expect(poster.status().refusal).toMatchObject({ number: last - 1, refusal: { field: expect.any(String) } });
  expect(await poster.registry.metrics()).toMatch(/^braid_proof_refused 1$/m);
  expect(bench.log.lines.some((line) => line.startsWith("ALARM"))).toBe(true);
  expect(bench.fatal).toEqual([]);
});
