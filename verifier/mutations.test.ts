/** L1 data spoiled in every way that we could think of: each is found, and named by its field. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createExecutor, type Executor, readReproduction, replayBlock } from "../executor/index.ts";
import { ByteReader, ByteWriter, InvariantError, type SettlementHeader } from "../protocol/index.ts";
import { decodePosted } from "./derivation/decodePosted.ts";
import { deriveBatch } from "./derivation/deriveBatch.ts";
import { DifferenceError } from "./differenceError.ts";
import { createBlockKeeper } from "./execution/blockKeeper.ts";
import { fitStores, rewindStores, type Stores } from "./execution/fitStores.ts";
import { runBatch } from "./execution/runBatch.ts";
import { VerifierStore } from "./store/verifierStore.ts";
import { BLOCK_MUTATIONS } from "./testing/blockMutations.ts";
import { COMMITMENT_MUTATIONS } from "./testing/commitmentMutations.ts";
import { type BlockPlan, type Posted, PostedChain } from "./testing/postedChain.ts";
import { at, type Spoilable, withData } from "./testing/spoiling.ts";

const FIRST: BlockPlan[] = [
  { origin: 3, messages: 1, transfers: 2 },
  { messages: 0, transfers: 1 },
];
const SECOND: BlockPlan[] = [
  { messages: 1, transfers: 2 },
  { origin: 6, messages: 3, transfers: 3 },
  { messages: 2, transfers: 1 },
  { origin: 7, messages: 0, transfers: 2 },
];
const LAST_BLOCK = 6;

let chain: PostedChain;
let posted: Posted[];
let censored: SettlementHeader;
let executor: Executor;
let store: VerifierStore;
let stores: Stores;
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), "braid-mutations-"));
  folders.push(made);
  return made;
}

async function postedChain(second: BlockPlan[]): Promise<{ made: PostedChain; batches: Posted[] }> {
  const made = await PostedChain.create(folder());
  made.deposit(2, { to: made.forcer });
  made.deposit(3, { to: made.recipient });
  made.deposit(5, { to: made.recipient, mint: 5n });
  await made.force(5, 0);
  await made.force(6, 7);
  made.deposit(6, { to: made.recipient, mint: 9n });
  await made.force(6, 1);
  made.deposit(7, { to: made.recipient, mint: 11n });
  return { made, batches: [await made.post(FIRST), await made.post(second)] };
}

beforeAll(async () => {
  const censoring = await postedChain(SECOND.map((plan) => ({ ...plan, censors: true })));
  censored = second(censoring.batches).batch.header;
  await censoring.made.close();
  const honest = await postedChain(SECOND);
  chain = honest.made;
  posted = honest.batches;
  const dataDir = folder();
  const stateDir = path.join(dataDir, "state");
  executor = createExecutor({ dataDir: stateDir, lanes: 1, genesis: chain.genesis });
  await executor.start();
  store = VerifierStore.open(path.join(dataDir, "verifier"));
  stores = { executor, store, sink: undefined, stateDir };
  await fitStores(stores);
  const [first] = posted;
  if (first === undefined) throw new InvariantError("no batch");
  await verify(spoilable(first));
}, 60_000);
afterAll(async () => {
  await executor?.stop();
  await store?.close();
  await chain?.close();
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

function second(batches: readonly Posted[]): Posted {
  const found = batches[1];
  if (found === undefined) throw new InvariantError("no second batch");
  return found;
}

function spoilable({ batch, previous, data, blocks }: Posted): Spoilable {
  const copy = structuredClone({ batch, previous, blocks, messages: chain.messages });
  const headers = new Map([3, 6, 7, 8].map((number) => [number, chain.header(number)]));
  return {
    ...copy,
    chain,
    censored,
    header: copy.batch.header,
    headers,
    posted: { kind: "calldata", data: data.slice() },
  };
}

/** As a verifier does, from what it has read of L1 to the batch's end. */
async function verify({ batch, previous, posted, messages, headers }: Spoilable): Promise<void> {
  const { config } = chain.genesis;
  const l1 = {
    message: (index: number) => messages.find((one) => one.index === index),
    header: (number: number) => headers.get(number),
  };
  const { blocks } = decodePosted({ batch, previous, posted });
  const keeper = createBlockKeeper({ executor, store, sink: undefined, onBlock: () => undefined });
  try {
    await runBatch(batch, deriveBatch({ batch, previous }, blocks, l1, config), {
      ...{ executor, keeper, chain: config, l1, signal: undefined },
      reproductionDir: path.join(folder(), "reproductions"),
    });
  } finally {
    await keeper.done();
  }
}

const MUTATIONS = [...COMMITMENT_MUTATIONS, ...BLOCK_MUTATIONS];

test("there are at least 50, with names of their own", () => {
  expect(new Set(MUTATIONS.map(([name]) => name)).size).toBe(MUTATIONS.length);
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(50);
});

test.each(MUTATIONS)("%s: %s", async (_, field, spoil) => {
  const one = spoilable(second(posted));
  await spoil(one);
  const failure = await verify(one).then(
    () => undefined,
    (error: unknown) => error,
  );
  await rewindStores(stores, 2);
  expect(failure).toBeInstanceOf(DifferenceError);
  if (failure instanceof DifferenceError) {
    expect(failure.difference).toMatchObject({ field, batch: one.header.number });
    expect(failure.difference.claimed).not.toBe(failure.difference.found);
  }
});

test("the same batch unspoiled is verified", async () => {
  await verify(spoilable(second(posted)));
  expect(executor.head()?.number).toBe(LAST_BLOCK);
  expect(executor.head()?.hash).toEqual(second(posted).batch.header.lastBlockHash);
});

test("a forced transaction for which no room was left is found", async () => {
  chain.deposit(8, { gasLimit: 110_000_000n, data: "0xfe" });
  await chain.force(8, 2, 16_000_000n);
  const spoiled = await chain.post([{ origin: 8, messages: 3, transfers: 0 }]);
  await expect(verify(spoilable(spoiled))).rejects.toMatchObject({
    difference: { batch: 3, block: 7, transaction: 3, field: "forced transaction" },
  });
  await rewindStores(stores, LAST_BLOCK);
});

test("a difference in a block that ran leaves a reproduction", async () => {
  const one = spoilable(second(posted));
  await rewindStores(stores, 2);
  at(COMMITMENT_MUTATIONS, 6)[2](one);
  const failure = await verify(one).catch((error: unknown) => error);
  if (!(failure instanceof DifferenceError)) throw new InvariantError("no difference");
  const { reproduction = "" } = failure.difference;
  const input = readReproduction(reproduction);
  expect(input.transactions).toHaveLength(3);
  const { differences, runs } = await replayBlock(input, { lanes: 2, repeat: 1 });
  expect(differences).toEqual([]);
  const { header } = second(posted).batch;
  expect(failure.difference).toMatchObject({ batch: 2, block: header.lastBlock, field: "postStateRoot" });
  expect(runs[0]?.transactions.every(({ kind }) => kind === "done")).toBe(true);
});

/** The batch's columns as they are before compression, and the signatures. */
function opened(data: Uint8Array): { columns: Uint8Array; signatures: Uint8Array } {
  const reader = new ByteReader(data.subarray(1));
  const compressed = reader.view(reader.varint("length"), "columns");
  return { columns: brotliDecompressSync(compressed), signatures: reader.peek() };
}

test("whatever bytes are posted, they are a difference or the same batch", async () => {
  const { columns, signatures } = opened(second(posted).data);
  const changes = fc.array(
    fc.record({ at: fc.nat(columns.length + signatures.length - 1), xor: fc.integer({ min: 1, max: 255 }) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  await rewindStores(stores, 2);
  const fields = new Set<string>();
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      const bytes = Buffer.concat([columns, signatures]);
      for (const { at: place, xor } of list) bytes[place] = (bytes[place] ?? 0) ^ xor;
      const compressed = brotliCompressSync(bytes.subarray(0, columns.length));
      const out = new ByteWriter(bytes.length + 64);
      out.byte(2);
      out.prefixed(compressed);
      out.bytes(bytes.subarray(columns.length));
      const one = spoilable(second(posted));
      withData(one, new Uint8Array(out.finish()));
      const failure = await verify(one).catch((error: unknown) => error);
      await rewindStores(stores, 2);
      expect(failure === undefined || failure instanceof DifferenceError, String(failure)).toBe(true);
      if (failure instanceof DifferenceError) fields.add(failure.difference.field);
    }),
    { numRuns: 150 },
  );
  expect(fields.size).toBeGreaterThan(3);
}, 60_000);
