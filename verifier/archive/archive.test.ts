import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { open } from "lmdb";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ExecutedBlock } from "../../executor/index.ts";
import { bytesToHex, keccak256, type Log, matchesLog } from "../../protocol/index.ts";
import { searchAccount } from "../../sequencer/chain-store/addresses/searchAccount.ts";
import { executedChain, placeOf } from "../../test/support/executedChain.ts";
import { callSpec } from "../../test/support/provenChain.ts";
import { ACTORS, type BlockSpec, blockSpec, CONTRACTS } from "../../test/support/randomBlocks.ts";
import type { L1Batch, VerifiedChain } from "../types.ts";
import { type Archive, createArchive } from "./createArchive.ts";
import type { LogSearch } from "./types.ts";

const SEED = 11;
let chain: ExecutedBlock[];
beforeAll(async () => {
  const specs = fc.sample(blockSpec(12, 2), { numRuns: 24, seed: SEED });
  chain = await executedChain(specs.map(logging));
}, 120_000);

/** Transactions that surely log, before random ones. */
function logging(spec: BlockSpec, index: number): BlockSpec {
  const calls = [0, 1, 2].map((sender) => callSpec(sender, BigInt(index % 4), BigInt(sender + 1)));
  return { ...spec, gasLimit: 120_000_000n, transactions: [...calls, ...spec.transactions] };
}

let folder: string;
let archive: Archive;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "braid-archive-"));
  archive = createArchive(folder);
});
afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true, force: true });
});

async function fill(target: Archive, upTo = chain.length - 1): Promise<void> {
  for (const executed of chain.slice((target.headNow()?.number ?? -1) + 1, upTo + 1)) {
    await target.append(executed, placeOf(executed.block.header.number));
  }
}

const hash = (...parts: number[]) => keccak256(Uint8Array.from(parts));

function batch(number: number, firstBlock: number, lastBlock: number): L1Batch {
  return {
    header: {
      number,
      previousHash: hash(number, 1),
      firstBlock,
      lastBlock,
      postStateRoot: hash(number, 2),
      lastBlockHash: hash(number, 3),
      outputRoot: hash(number, 4),
      l1OriginNumber: number * 10,
      l1OriginHash: hash(number, 5),
      messagesConsumed: number * 7,
    },
    hash: hash(number, 6),
    dataHash: hash(number, 7),
    rollingHash: hash(number, 8),
    kind: number % 2 === 0 ? "blobs" : "calldata",
    blobHashes: number % 2 === 0 ? [hash(number, 9), hash(number, 10)] : [],
    transactionHash: hash(number, 11),
    l1Block: { number: number * 10 + 3, hash: hash(number, 12), timestamp: 1_700_000_000 + number },
  };
}

async function fillBatches(target: Archive): Promise<void> {
  await target.batchVerified(batch(1, 1, 8), Uint8Array.of(1, 2, 3));
  await target.batchVerified(batch(2, 9, 16), Uint8Array.of(4));
  await target.batchVerified(batch(3, 17, 22), Uint8Array.of(5, 6));
}

/** Every key and value of the files. */
async function dump(dataDir: string): Promise<string[]> {
  const root = open({ path: path.join(dataDir, "archive"), readOnly: true, maxDbs: 32 });
  const names = [...root.getKeys()].map(String);
  const lines = names.flatMap((name) => {
    const database = root.openDB<Uint8Array, Buffer>({ name, encoding: "binary", keyEncoding: "binary" });
    return [...database.getRange()].map(
      ({ key, value }) => `${name} ${key.toString("hex")} ${Buffer.from(value).toString("hex")}`,
    );
  });
  await root.close();
  return lines;
}

describe("the archive", () => {
  it("gives back every block as it was executed, by each of its names", async () => {
    await fill(archive);
    const kinds = new Set<number>();
    const last = new Map<string, string>();
    for (const { block, accessList } of chain) {
      const { number } = block.header;
      expect(archive.blockByNumber(number)).toEqual(block);
      expect(archive.blockByHash(block.hash)).toEqual(block);
      expect(archive.header(number)).toMatchObject({ header: block.header, hash: block.hash });
      expect(archive.place(number)).toEqual(placeOf(number));
      expect(archive.accessList(number)).toEqual(new Uint8Array(accessList));
      expect(archive.body(number)?.map(({ raw }) => raw)).toEqual(block.transactions.map(({ raw }) => raw));
      for (const transaction of block.transactions) {
        kinds.add(transaction.type);
        last.set(bytesToHex(transaction.hash), bytesToHex(block.hash));
      }
    }
    expect([...kinds].sort((a, b) => a - b)).toEqual([0, 1, 2, 4, 0x7e]);
    for (const { block } of chain) {
      let firstLogIndex = 0;
      for (const [index, transaction] of block.transactions.entries()) {
        const receipt = block.receipts[index];
        if (last.get(bytesToHex(transaction.hash)) === bytesToHex(block.hash)) {
          const { header } = block;
          expect(archive.transaction(transaction.hash)).toEqual({
            transaction,
            receipt,
            blockNumber: header.number,
            blockHash: block.hash,
            blockTimestamp: header.timestamp,
            baseFeePerGas: header.baseFeePerGas,
            index,
            firstLogIndex,
            ...(receipt?.depositNonce === undefined ? {} : { depositNonce: receipt.depositNonce }),
          });
        }
        firstLogIndex += receipt?.logs.length ?? 0;
      }
    }
    expect(archive.headNow()).toEqual({ number: 24, hash: chain[24]?.block.hash });
    expect(archive.blockByNumber(25)).toBeUndefined();
    expect(archive.blockByNumber(-1)).toBeUndefined();
    expect(archive.transaction(hash(1))).toBeUndefined();
    expect(archive.blockByHash(hash(1))).toBeUndefined();
    const genesis = archive.genesis();
    expect(genesis).toEqual({
      header: chain[0]?.block.header,
      hash: chain[0]?.block.hash,
      stateDiff: chain[0]?.stateDiff,
    });
  });

  it("finds exactly the logs that a look at every block finds", async () => {
    await fill(archive);
    const all = chain.flatMap(({ block }) => {
      let logIndex = 0;
      return block.receipts.flatMap(({ logs }, transactionIndex) =>
        logs.map((log) => ({
          log,
          blockNumber: block.header.number,
          blockHash: block.hash,
          blockTimestamp: block.header.timestamp,
          transactionHash: block.transactions[transactionIndex]?.hash,
          transactionIndex,
          logIndex: logIndex++,
        })),
      );
    });
    expect(all.length).toBeGreaterThan(30);
    const topics = (log: Log | undefined) => log?.topics ?? [];
    const someTopic = fc.constantFrom(...all.flatMap(({ log }) => topics(log)), hash(99));
    const search: fc.Arbitrary<LogSearch> = fc.record({
      fromBlock: fc.integer({ min: 0, max: 24 }),
      toBlock: fc.integer({ min: 0, max: 40 }),
      addresses: fc.oneof(
        fc.constant<Uint8Array[]>([]),
        fc.array(fc.constantFrom(...CONTRACTS, hash(98).slice(12))),
      ),
      topics: fc.array(
        fc.oneof(fc.constant<Uint8Array[]>([]), fc.array(someTopic, { minLength: 1, maxLength: 6 })),
        {
          maxLength: 4,
        },
      ),
      limit: fc.constantFrom(1, 5, 10_000),
    });
    let found = 0;
    await fc.assert(
      fc.asyncProperty(search, async (wanted) => {
        const expected = all.filter(
          ({ log, blockNumber }) =>
            blockNumber >= wanted.fromBlock && blockNumber <= wanted.toBlock && matchesLog(log, wanted),
        );
        const logs = await archive.logs(wanted);
        found += logs.length;
        expect(logs).toEqual(expected.slice(0, wanted.limit + 1));
      }),
      { numRuns: 300, seed: SEED },
    );
    expect(found).toBeGreaterThan(300);
  });

  it("finds exactly the transactions of an account that a look at every block finds", async () => {
    await fill(archive);
    const blocks = chain.map(({ block }) => block);
    const addresses = [...ACTORS.map(({ address }) => address), ...CONTRACTS, hash(97).slice(12)];
    let found = 0;
    fc.assert(
      fc.property(
        fc.record({
          address: fc.constantFrom(...addresses),
          direction: fc.constantFrom<"before" | "after">("before", "after"),
          block: fc.option(fc.integer({ min: 0, max: 26 }), { nil: undefined }),
          limit: fc.integer({ min: 0, max: 60 }),
        }),
        (search) => {
          const history = archive.accountBlocks(search);
          found += history.blocks.length;
          expect(history).toEqual(
            searchAccount(blocks, search, (number) => chain[number]?.report.transactions),
          );
        },
      ),
      { numRuns: 300, seed: SEED },
    );
    expect(found).toBeGreaterThan(300);
  });

  it("holds everything after it was closed and opened again, for a reader too", async () => {
    await fill(archive);
    await fillBatches(archive);
    await archive.settled({ proven: 16, finalized: 8 });
    await archive.close();
    const reader = createArchive(folder, { readOnly: true });
    expect(reader.blockByNumber(24)).toEqual(chain[24]?.block);
    expect(reader.batch(2)).toEqual({ batch: batch(2, 9, 16), size: 1 });
    expect(reader.settledHeads()).toEqual({ proven: 16, finalized: 8 });
    await reader.close();
    archive = createArchive(folder);
    await archive.append(chain[24] ?? fail(), placeOf(24));
    expect(archive.headNow()?.number).toBe(24);
  });

  it("takes the next block alone", async () => {
    await expect(archive.append(chain[1] ?? fail(), placeOf(1))).rejects.toThrow("does not follow an empty");
    await fill(archive, 3);
    await expect(archive.append(chain[5] ?? fail(), placeOf(5))).rejects.toThrow("head 3");
    await expect(archive.append(chain[2] ?? fail(), placeOf(2))).rejects.toThrow("head 3");
    const other = await executedChain(fc.sample(blockSpec(3), { numRuns: 4, seed: SEED + 1 }));
    await expect(archive.append(other[4] ?? fail(), placeOf(4))).rejects.toThrow("head 3");
    await expect(archive.batchVerified(batch(1, 1, 8), new Uint8Array(1))).rejects.toThrow("after the");
  });

  it("names the batch of a block", async () => {
    expect(archive.lastBatch()).toBeUndefined();
    await fill(archive);
    await fillBatches(archive);
    expect(archive.batchOfBlock(0)).toBeUndefined();
    expect([1, 8, 9, 16, 17, 22].map((block) => archive.batchOfBlock(block)?.batch.header.number)).toEqual([
      1, 1, 2, 2, 3, 3,
    ]);
    expect(archive.batchOfBlock(23)).toBeUndefined();
    expect(archive.lastBatch()).toEqual({ batch: batch(3, 17, 22), size: 2 });
    expect(archive.batchData(1)).toEqual(Uint8Array.of(1, 2, 3));
    expect(archive.batch(4)).toBeUndefined();
  });

  it("belongs to one chain", async () => {
    const verified: VerifiedChain = {
      config: {
        chainId: 7357,
        gasLimit: 120_000_000n,
        baseFeeFloor: 0n,
        baseFeeElasticity: 2n,
        baseFeeChangeDenominator: 960n,
        feeRecipient: hash(1).slice(12),
      },
      l1ChainId: 31337,
      rollup: hash(2).slice(12),
      deployedAtBlock: 5,
    };
    expect(archive.chain()).toBeUndefined();
    await archive.identify(verified);
    await archive.identify(verified);
    expect(archive.chain()).toEqual(verified);
    await expect(archive.identify({ ...verified, deployedAtBlock: 6 })).rejects.toMatchObject({
      code: "ARCHIVE_OTHER_CHAIN",
    });
  });
});

describe("an archive that goes back", () => {
  it.each([24, 23, 16, 15, 3, 0])("is the same as one that never was further than block %i", async (to) => {
    await fill(archive);
    await fillBatches(archive);
    await archive.rewind(to);
    await archive.close();
    const fresh = mkdtempSync(path.join(tmpdir(), "braid-archive-"));
    const shorter = createArchive(fresh);
    await fill(shorter, to);
    for (const [number, first, last] of [
      [1, 1, 8],
      [2, 9, 16],
      [3, 17, 22],
    ] as const) {
      const data = [Uint8Array.of(1, 2, 3), Uint8Array.of(4), Uint8Array.of(5, 6)][number - 1];
      if (last <= to) await shorter.batchVerified(batch(number, first, last), data ?? fail());
    }
    await shorter.close();
    const lines = await dump(folder);
    expect(lines.length).toBeGreaterThan(to);
    expect(lines).toEqual(await dump(fresh));
    rmSync(fresh, { recursive: true, force: true });
    archive = createArchive(folder);
    await fill(archive);
    expect(archive.headNow()?.number).toBe(24);
  });

  it("keeps the settled heads below its own", async () => {
    await fill(archive);
    await archive.settled({ proven: 20, finalized: 10 });
    await archive.rewind(12);
    expect(archive.settledHeads()).toEqual({ proven: 12, finalized: 10 });
    await archive.settled({ proven: 12, finalized: 4 });
    expect(archive.settledHeads()).toEqual({ proven: 12, finalized: 4 });
  });
});

it("a killed process leaves whole blocks, and all that it was told are kept", async () => {
  await archive.close();
  const small = await executedChain(fc.sample(blockSpec(3, 2), { numRuns: 24, seed: SEED }));
  const source = `
    import { blockSpec } from ${JSON.stringify(new URL("../../test/support/randomBlocks.ts", import.meta.url).href)};
    import { executedChain, placeOf } from ${JSON.stringify(new URL("../../test/support/executedChain.ts", import.meta.url).href)};
    import { createArchive } from ${JSON.stringify(new URL("./createArchive.ts", import.meta.url).href)};
    import fc from "fast-check";
    const chain = await executedChain(fc.sample(blockSpec(3, 2), { numRuns: 24, seed: ${SEED} }));
    const archive = createArchive(${JSON.stringify(folder)});
    for (let round = 0; ; round++) {
      for (const executed of chain.slice(((await archive.head())?.number ?? -1) + 1)) {
        await archive.append(executed, placeOf(executed.block.header.number));
        process.stdout.write(executed.block.header.number + "\\n");
      }
      await archive.rewind(3);
      process.stdout.write("3\\n");
    }`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  const enough = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      told += chunk.toString();
      if (told.split("\n").length > 40) resolve();
    });
  });
  await enough;
  child.kill("SIGKILL");
  await once(child, "close");
  archive = createArchive(folder);
  const last = Number(told.trim().split("\n").at(-1));
  const head = archive.headNow()?.number ?? -1;
  // It was killed while it wrote the next block, or while it went back from the last.
  if (last < 24) expect(head - last).toBeLessThanOrEqual(1);
  if (last < 24) expect(head).toBeGreaterThanOrEqual(last);
  for (let number = 0; number <= head; number++) {
    expect(archive.blockByNumber(number)).toEqual(small[number]?.block);
  }
  for (const executed of small.slice(head + 1)) await archive.append(executed, placeOf(0));
  expect(archive.blockByNumber(24)).toEqual(small[24]?.block);
}, 120_000);

function fail(): never {
  throw new TypeError("the test's chain is too short");
}
