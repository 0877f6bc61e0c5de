import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Job, type JobsOptions, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { Registry } from "prom-client";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createRedis } from "../../infra/index.ts";
import {
  bytesToHex,
  decodeProofFailure,
  encodeProofInput,
  keccak256,
  type ProofInput,
  type ProofJobResult,
  proofInputKey,
  proofJobId,
} from "../../protocol/index.ts";
import { blockOf, callSpec, ProvenChain } from "../../test/support/provenChain.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import type { Prover } from "../createProver.ts";
import { type ProofWorker, type ProofWorkerOptions, startProofWorker } from "./createProofWorker.ts";
import { RedisProofSource } from "./proofSource.ts";
import { createProverMetrics, type ProverMetrics } from "./proverMetrics.ts";

const LEASE_MS = 400;
const FIXTURE = fileURLToPath(new URL("./silentProver.fixture.ts", import.meta.url));

let stack: TestStack;
let redis: Redis;
let chain: ProvenChain;
let input: ProofInput;
let queue: Queue<unknown, ProofJobResult>;
let events: QueueEvents;
let registry: Registry;
let metrics: ProverMetrics;
let lines: { level: string; fields: object; message: string }[];
const workers: ProofWorker[] = [];
const children: ChildProcess[] = [];
let queues = 0;

beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  redis = await createRedis(stack.redisUrl, { blocking: true });
  chain = await ProvenChain.create();
  const { blocks } = await chain.build([
    () => chain.inputOf(blockOf(callSpec(0, 1n, 1n), callSpec(1, 2n, 0n))),
  ]);
  input = await chain.batch(blocks);
});
afterAll(async () => {
  await chain?.close();
  redis?.disconnect();
  await stack?.stop();
});

beforeEach(async () => {
  queues += 1;
  queue = new Queue(`proofs-${queues}`, { connection: redis });
  events = new QueueEvents(queue.name, { connection: redis.duplicate() });
  await events.waitUntilReady();
  registry = new Registry();
  metrics = createProverMetrics(registry);
  lines = [];
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const worker of workers.splice(0)) await worker.stop();
  await events.close();
  await queue.close();
});

const write = (level: string) => (fields: object, message: string) => {
  lines.push({ level, fields, message });
};

async function start(
  options: Partial<Pick<ProofWorkerOptions, "leaseMs" | "timeoutMs" | "prover">> = {},
): Promise<ProofWorker> {
  const log = { info: write("info"), warn: write("warn"), error: write("error") };
  const source = new RedisProofSource(redis);
  const shared = { redis, queueName: queue.name, log, metrics, source, leaseMs: LEASE_MS };
  const worker = await startProofWorker({ prover: chain.prover(), ...shared, ...options });
  workers.push(worker);
  return worker;
}

async function metric(name: string): Promise<number> {
  const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.reduce((sum, { value }) => sum + value, 0);
}

async function add(given: ProofInput, options: JobsOptions = {}, stored = true) {
  const bytes = encodeProofInput(given);
  const hash = bytesToHex(keccak256(bytes));
  const { number } = given.batch.commitment.header;
  const key = proofInputKey(number, hash);
  const put = () => redis.set(key, Buffer.from(bytes), "PX", 60_000);
  if (stored) await put();
  const data = { number, input: key, bytes: bytes.length, hash };
  const job = await queue.add("proof", data, { attempts: 5, jobId: proofJobId(number, hash), ...options });
  return { job, put, key };
}

async function failureOf(job: Job<unknown, ProofJobResult>) {
  await expect(job.waitUntilFinished(events)).rejects.toThrow();
  const after = await Job.fromId(queue, job.id ?? "");
  return { failure: decodeProofFailure(after?.failedReason ?? ""), attempts: after?.attemptsMade };
}

const silent: Prover = { prove: () => new Promise(() => undefined) };
const signer = () => bytesToHex(chain.prover().signer);

/** A process that has taken the job of this queue. */
async function silentProcess(): Promise<ChildProcess> {
  const args = [stack.redisUrl, queue.name, String(LEASE_MS)];
  const child = fork(FIXTURE, args, { execArgv: ["--import", "tsx"] });
  children.push(child);
  expect(await once(child, "message")).toContain("taken");
  return child;
}

test("a job comes back with the signature", async () => {
  await start();
  const { job } = await add(input);
  const result = await job.waitUntilFinished(events);
  expect(result).toMatchObject({ number: 1, signatures: [{ signer: signer() }] });
  expect(await metric("braid_prover_last_batch")).toBe(1);
});

test("a batch that is wrong is refused once and for all, with an alarm; the next job is served", async () => {
  await start();
  const { commitment } = input.batch;
  const postStateRoot = Uint8Array.from(commitment.header.postStateRoot);
  postStateRoot[31] = (postStateRoot[31] ?? 0) ^ 1;
  const wrong = { ...commitment, header: { ...commitment.header, postStateRoot } };
  const { job } = await add({ ...input, batch: { ...input.batch, commitment: wrong } });
  expect(await failureOf(job)).toEqual({
    attempts: 1,
    failure: {
      code: "PROOF_REFUSED",
      number: 1,
      refusal: {
        field: "postStateRoot",
        block: 1,
        claimed: bytesToHex(postStateRoot),
        found: bytesToHex(commitment.header.postStateRoot),
      },
    },
  });
  expect(await metric("braid_prover_refused_total")).toBe(1);
  expect(lines.filter(({ level }) => level === "error")).toEqual([
    expect.objectContaining({ message: expect.stringContaining("ALARM") }),
  ]);
  const next = await add(input);
  expect(await next.job.waitUntilFinished(events)).toMatchObject({ number: 1 });
});

test("what a witness does not show is named; no alarm", async () => {
  await start();
  const { nodes, codes } = input.witness;
  const { job } = await add({ ...input, witness: { nodes: nodes.slice(0, 1), codes } });
  const { failure, attempts } = await failureOf(job);
  expect(attempts).toBe(1);
  expect(failure).toMatchObject({
    code: "WITNESS_INCOMPLETE",
    number: 1,
    address: expect.stringMatching(/^0x[0-9a-f]{40}$/),
  });
  expect(await metric("braid_prover_refused_total")).toBe(0);
  expect(await metric("braid_prover_failed_total")).toBe(1);
});

test("bytes that are no input, and what is no job, end without a second try", async () => {
  await start();
  const bytes = Uint8Array.of(9, 9);
  const hash = bytesToHex(keccak256(bytes));
  await redis.set("rubbish", Buffer.from(bytes));
  const data = { number: 1, input: "rubbish", bytes: 2, hash };
  const job = await queue.add("proof", data, { attempts: 5 });
  expect(await failureOf(job)).toMatchObject({ attempts: 1, failure: { refusal: { field: "input" } } });
  const other = await queue.add("proof", { ...data, number: "one" }, { attempts: 5 });
  expect(await failureOf(other)).toEqual({ attempts: 1, failure: undefined });
});

test("an input that is not there, or another, is waited for", async () => {
  await start();
  const { job, put, key } = await add(
    input,
    { attempts: 1000, backoff: { type: "fixed", delay: 20 } },
    false,
  );
  await redis.set(key, "short");
  await vi.waitUntil(async () => (await metric("braid_prover_failed_total")) > 2, { timeout: 20_000 });
  await put();
  expect(await job.waitUntilFinished(events)).toMatchObject({ number: 1 });
});

test("a damaged input is taken away, so that whoever asked sees that it is missing", async () => {
  const { job, put, key } = await add(input, { attempts: 1000, backoff: { type: "fixed", delay: 20 } });
  await redis.setbit(key, 1000, 1 - (await redis.getbit(key, 1000)));
  await start();
  await vi.waitUntil(async () => (await redis.exists(key)) === 0, { timeout: 20_000 });
  await put();
  expect(await job.waitUntilFinished(events)).toMatchObject({ number: 1 });
});

test("a proof that takes too long is given up, and another try made", async () => {
  const prover = chain.prover();
  let tries = 0;
  await start({
    timeoutMs: 1_000,
    prover: {
      prove: (batch, witness, options) => {
        tries += 1;
        return tries === 1 ? silent.prove(batch, witness) : prover.prove(batch, witness, options);
      },
    },
  });
  const { job } = await add(input);
  expect(await job.waitUntilFinished(events)).toMatchObject({ number: 1 });
  expect(lines).toContainEqual(
    expect.objectContaining({
      fields: expect.objectContaining({ err: expect.objectContaining({ code: "PROOF_TIMEOUT" }) }),
    }),
  );
});

test("a prover that stops gives its job back at once", async () => {
  let taken = false;
  const worker = await start({
    leaseMs: 60_000,
    prover: {
      prove: () => {
        taken = true;
        return new Promise(() => undefined);
      },
    },
  });
  const { job } = await add(input, { attempts: 1 });
  await vi.waitUntil(() => taken);
  await worker.stop();
  await start({ leaseMs: 60_000 });
  expect(await job.waitUntilFinished(events)).toMatchObject({ number: 1 });
});

test("the job of a prover that was killed goes to another when its lease has run out", async () => {
  const { job } = await add(input, { attempts: 1 });
  const child = await silentProcess();
  await start();
  child.kill("SIGKILL");
  expect(await job.waitUntilFinished(events)).toMatchObject({
    number: 1,
    signatures: [{ signer: signer() }],
  });
}, 60_000);

test("the job of a prover that hangs goes to another; nothing happens when it comes back", async () => {
  const { job } = await add(input, { attempts: 1 });
  const child = await silentProcess();
  await start();
  child.kill("SIGSTOP");
  expect(await job.waitUntilFinished(events)).toMatchObject({ number: 1 });
  child.kill("SIGCONT");
  expect(await Job.fromId(queue, job.id ?? "")).toMatchObject({ returnvalue: { number: 1 } });
}, 60_000);

test("a long proof keeps its lease", async () => {
  const prover = chain.prover();
  let proofs = 0;
  const slow: Prover = {
    prove: async (batch, witness) => {
      proofs += 1;
      const until = performance.now() + 4 * LEASE_MS;
      await vi.waitUntil(() => performance.now() > until, { timeout: 10_000 });
      return prover.prove(batch, witness);
    },
  };
  await start({ prover: slow });
  const { job } = await add(input);
  await vi.waitUntil(() => proofs === 1);
  await start({ prover: slow });
  expect(await job.waitUntilFinished(events)).toMatchObject({ number: 1 });
  expect(proofs).toBe(1);
});
