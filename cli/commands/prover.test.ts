import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { createPublicClient, createTestClient, createWalletClient, http } from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  deploySettlement,
  developmentDeployment,
  encodeL2Deployment,
  rollupAbi,
} from "../../contracts/index.ts";
import { createRedis, DEV_MNEMONIC, freePort } from "../../infra/index.ts";
import {
  bytesToHex,
  decodeProofFailure,
  developmentGenesis,
  encodeProof,
  encodeProofInput,
  type Hex,
  hexToBytes,
  keccak256,
  type ProofInput,
  type ProofJobResult,
  proofInputKey,
  proofJobId,
  proofQueueName,
  type SettlementHeader,
} from "../../protocol/index.ts";
import { blockOf, callSpec, PROVER_KEY, ProvenChain } from "../../test/support/provenChain.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const sequencer = mnemonicToAccount(DEV_MNEMONIC);
const sequencerKey = bytesToHex(sequencer.getHdKey().privateKey ?? new Uint8Array());

let stack: TestStack;
let chain: ProvenChain;
let redis: Redis;
let rollup: Hex;
let port: number;
let prover: ChildProcess;
let output = "";

beforeAll(async () => {
  stack = await startTestStack({ redis: true, anvil: true });
  redis = await createRedis(stack.redisUrl, { blocking: true });
  chain = await ProvenChain.create(1, [], developmentGenesis().config);
  const control = createTestClient({ chain: foundry, transport: http(stack.l1Url), mode: "anvil" });
  await control.setIntervalMining({ interval: 0 });
  await control.setAutomine(true);
  const deployment = await deploySettlement({
    l1Url: stack.l1Url,
    deployerKey: sequencerKey,
    sequencer: sequencer.address,
    provers: [privateKeyToAccount(PROVER_KEY).address],
    genesis: chain.genesis,
    l2Deployment: encodeL2Deployment(
      developmentDeployment({
        l1StandardBridge: sequencer.address,
        feeVault: { recipient: sequencer.address, minWithdrawalAmount: 0n },
      }),
    ),
    finalizationPeriodSeconds: 60,
    submissionIntervalSeconds: 12,
    pollingIntervalMs: 20,
  });
  rollup = deployment.rollup;
  port = await freePort();
  prover = spawn(path.join(REPOSITORY, "braid"), ["prover", "--prover-metrics-port", String(port)], {
    env: {
      ...process.env,
      BRAID_DATA_DIR: stack.dataDir,
      BRAID_REDIS_URL: stack.redisUrl,
      BRAID_L1_URL: stack.l1Url,
      BRAID_ROLLUP_ADDRESS: rollup,
      BRAID_PROVER_KEY: PROVER_KEY,
      BRAID_LOG_FORMAT: "json",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [prover.stdout, prover.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
}, 180_000);
afterAll(async () => {
  prover?.kill("SIGKILL");
  await chain?.close();
  redis?.disconnect();
  await stack?.stop();
});

const reader = () => createPublicClient({ chain: foundry, transport: http(stack.l1Url), cacheTime: 0 });

const headerOf = ({
  number,
  firstBlock,
  lastBlock,
  l1OriginNumber,
  messagesConsumed,
  ...hashes
}: SettlementHeader) => ({
  number: BigInt(number),
  previousHash: bytesToHex(hashes.previousHash),
  firstBlock: BigInt(firstBlock),
  lastBlock: BigInt(lastBlock),
  postStateRoot: bytesToHex(hashes.postStateRoot),
  lastBlockHash: bytesToHex(hashes.lastBlockHash),
  outputRoot: bytesToHex(hashes.outputRoot),
  l1OriginNumber: BigInt(l1OriginNumber),
  l1OriginHash: bytesToHex(hashes.l1OriginHash),
  messagesConsumed: BigInt(messagesConsumed),
});

/** Sends to the rollup; throws unless it succeeds. */
async function sends(functionName: "commitBatch" | "proveBatch", args: readonly unknown[]): Promise<void> {
  const wallet = createWalletClient({ account: sequencer, chain: foundry, transport: http(stack.l1Url) });
  const call = { address: rollup, abi: rollupAbi, functionName, args };
  const hash = await wallet.writeContract(call as Parameters<typeof wallet.writeContract>[0]);
  const { status } = await reader().waitForTransactionReceipt({ hash });
  expect(status).toBe("success");
}

async function give(input: ProofInput) {
  const connection = redis;
  const queue = new Queue<unknown, ProofJobResult>(proofQueueName(), { connection });
  const events = new QueueEvents(queue.name, { connection: redis.duplicate() });
  await events.waitUntilReady();
  const bytes = encodeProofInput(input);
  const hash = bytesToHex(keccak256(bytes));
  const { number } = input.batch.commitment.header;
  const key = proofInputKey(number, hash);
  await redis.set(key, Buffer.from(bytes), "PX", 60_000);
  const data = { number, input: key, bytes: bytes.length, hash };
  const job = await queue.add("proof", data, { attempts: 3, jobId: proofJobId(number, hash) });
  try {
    return await job.waitUntilFinished(events);
  } catch (error) {
    return error instanceof Error ? decodeProofFailure(error.message) : undefined;
  } finally {
    await events.close();
    await queue.close();
  }
}

const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

test("braid prover signs what L1 takes as a proof, refuses one wrong bit, and ends in order", async () => {
  const ready = async () =>
    (await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined))?.status === 200;
  await vi.waitUntil(ready, { timeout: 60_000, interval: 100 }).catch(() => expect.unreachable(output));
  const { number, hash } = await reader().getBlock();
  await createTestClient({ chain: foundry, transport: http(stack.l1Url), mode: "anvil" }).mine({ blocks: 1 });
  const origin = { number: Number(number), hash: hexToBytes(hash) };
  const makers = [
    () => chain.inputOf(blockOf(callSpec(0, 1n, 1n))),
    () => chain.inputOf(blockOf(callSpec(1, 1n, 2n))),
  ];
  const { blocks } = await chain.build(makers, undefined, origin);
  const input = await chain.batch(blocks);
  const { commitment, data } = input.batch;
  const header = headerOf(commitment.header);
  await sends("commitBatch", [header, bytesToHex(data)]);

  const outputRoot = Uint8Array.from(commitment.header.outputRoot);
  outputRoot[0] = (outputRoot[0] ?? 0) ^ 0x80;
  const wrong = { ...commitment, header: { ...commitment.header, outputRoot } };
  expect(await give({ ...input, batch: { ...input.batch, commitment: wrong } })).toMatchObject({
    code: "PROOF_REFUSED",
    refusal: { field: "outputRoot" },
  });
  expect(await metrics()).toMatch(/braid_prover_refused_total\{.*field="outputRoot".*\} 1/);

  const result = await give(input);
  if (result === undefined || "code" in result) return expect.unreachable(JSON.stringify(result));
  const proof = encodeProof(
    result.signatures.map(({ signer, signature }) => ({
      signer: hexToBytes(signer),
      signature: hexToBytes(signature),
    })),
  );
  await sends("proveBatch", [header, bytesToHex(commitment.dataHash), bytesToHex(proof)]);
  const contract = { address: rollup, abi: rollupAbi } as const;
  expect(await reader().readContract({ ...contract, functionName: "latestBlockNumber" })).toBe(2n);

  expect(output).toContain("ALARM");
  expect(output).not.toContain(PROVER_KEY.slice(2));
  prover.kill("SIGTERM");
  expect(await once(prover, "exit")).toEqual([0, null]);
}, 180_000);
