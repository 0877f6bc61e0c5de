import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesToHex, depositTransaction, hexToBytes } from "../../protocol/index.ts";
import { encodeReceipt } from "../engine/encodeReceipt.ts";
import { executeTransactions } from "../engine/executeTransactions.ts";
import { LaneVm } from "../engine/laneVm.ts";
import { noKnowledge, planOf } from "../engine/plan.ts";
import { trieRootOfList } from "../trie/trieRootOfList.ts";
import { AllocState } from "./allocState.ts";
import { openReplay } from "./openReplay.ts";
import { replayBlock } from "./replayBlock.ts";
import { type ReplayFiles, type ReplayInput, readReplayFiles } from "./replayInput.ts";
import { createReplayState } from "./replayState.ts";
import { readReproduction, writeReproduction } from "./reproduction.ts";
import { TouchedState } from "./touchedState.ts";

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.json`, import.meta.url));
const FILES: ReplayFiles = {
  block: fixture("block"),
  prestate: fixture("prestate"),
  footprints: fixture("footprints"),
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "braid-replay-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of the fixture, changed. */
function changed(name: string, change: (json: Record<string, unknown>) => unknown): string {
  const json = JSON.parse(readFileSync(fixture(name), "utf8"));
  const file = path.join(folder, `${name}-${Math.random().toString(36).slice(2)}.json`);
  writeFileSync(file, JSON.stringify(change(json) ?? json));
  return file;
}

/** What was read, without the time it took. */
function content({ recoveryMs: _, ...input }: ReplayInput): Omit<ReplayInput, "recoveryMs"> {
  return input;
}

describe("replay of a block", () => {
  it("gives what EthereumJS gives, in one lane and in two, from gzipped files too", async () => {
    const packed = path.join(folder, "block.json.gz");
    writeFileSync(packed, gzipSync(readFileSync(FILES.block)));
    const expected = JSON.parse(readFileSync(fixture("expected"), "utf8"));
    const { runs, differences, input } = await replayBlock(readReplayFiles({ ...FILES, block: packed }), {
      lanes: 2,
      repeat: 1,
    });
    expect(input.rules).toEqual({ chainId: 7357, hardfork: "osaka" });
    expect(differences).toEqual([]);
    expect(runs.map(({ lanes, usedLanes }) => [lanes, usedLanes])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    for (const run of runs) {
      expect(bytesToHex(run.partialPreStateRoot)).toBe(expected.partialPreStateRoot);
      expect(bytesToHex(run.partialPostStateRoot)).toBe(expected.partialPostStateRoot);
      expect(
        run.transactions.map((result) => (result.kind === "done" ? result.status : result.reason)),
      ).toEqual([1, 1, 1, 0, 1, 1, 1]);
    }
  });

  it("says what differs from the header", async () => {
    const block = changed("block", (json) => ({
      ...json,
      gasUsed: "0x1",
      receiptsRoot: `0x${"11".repeat(32)}`,
    }));
    const { differences } = await replayBlock(readReplayFiles({ ...FILES, block }), { lanes: 1, repeat: 2 });
    expect(differences).toHaveLength(2);
    expect(differences[0]).toMatch(/^one lane: gas used \d+, the header says 1$/);
    expect(differences[1]).toMatch(/^one lane: receipts root 0x[0-9a-f]{64}, the header says 0x1111/);
  });

  it("leaves out what cannot be in the block, and says why", async () => {
    const prestate = changed("prestate", (json) =>
      Object.fromEntries(
        Object.entries(json).filter(([, account]) => JSON.stringify(account).includes("code")),
      ),
    );
    const { runs, differences } = await replayBlock(readReplayFiles({ ...FILES, prestate }), {
      lanes: 2,
      repeat: 1,
    });
    expect(runs[0]?.transactions[2]).toMatchObject({
      kind: "skipped",
      reason: expect.stringContaining("nonce too high"),
    });
    expect(differences.filter((difference) => difference.includes("differ in"))).toEqual([]);
  });

  it("removes the store that it made", async () => {
    const input = readReplayFiles(FILES);
    const state = await createReplayState(input.alloc, input.environment);
    expect(existsSync(state.dataDir)).toBe(true);
    await state.close();
    expect(existsSync(state.dataDir)).toBe(false);
  });

  it("refuses more lanes than it was opened for", async () => {
    const replay = await openReplay(readReplayFiles(FILES), { maxLanes: 1 });
    await expect(replay.run({ lanes: 2 })).rejects.toMatchObject({ code: "REPLAY_LANES" });
    await replay.close();
  });
});

describe("files of a replay", () => {
  const refused = (files: Partial<ReplayFiles>) => {
    try {
      readReplayFiles({ ...FILES, ...files });
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const transaction = (index: number, change: Record<string, unknown>) =>
    changed("block", (json) => {
      const { transactions } = json;
      if (!Array.isArray(transactions)) throw new TypeError("the fixture has no transactions");
      const list = transactions.map((rpc, i) => (i === index ? { ...rpc, ...change } : rpc));
      return { ...json, transactions: list };
    });

  it("must be there, be JSON and have the shape", () => {
    const text = path.join(folder, "text.json");
    writeFileSync(text, "no json");
    expect(refused({ block: path.join(folder, "none.json") })).toMatchObject({
      message: expect.stringMatching(/cannot read .*none.json: ENOENT/),
    });
    expect(refused({ block: text })).toMatchObject({
      message: expect.stringMatching(/text.json is not JSON/),
    });
    expect(refused({ block: fixture("prestate") })).toMatchObject({
      message: expect.stringMatching(/prestate.json is not of the expected shape/),
      hint: expect.stringContaining("number: "),
    });
    expect(
      refused({ block: changed("block", (json) => ({ ...json, transactions: ["0xab"] })) }),
    ).toMatchObject({
      hint: expect.stringContaining("transactions[0]"),
    });
  });

  it("name what is wrong in an alloc", () => {
    const bad = (change: Record<string, unknown>) =>
      refused({ prestate: changed("prestate", (json) => ({ ...json, ...change })) });
    expect(bad({ nobody: { balance: "0x1" } })).toMatchObject({
      hint: expect.stringContaining("the key is not an address"),
    });
    const address = `0x${"aa".repeat(20)}`;
    expect(bad({ [address]: { balance: "12" } })).toMatchObject({
      hint: expect.stringContaining(`${address}.balance`),
    });
    expect(bad({ [address]: { nonce: -1 } })).toMatchObject({
      hint: expect.stringContaining(`${address}.nonce`),
    });
    expect(bad({ [address]: { storage: { x: "0x1" } } })).toMatchObject({
      hint: expect.stringContaining("not a word"),
    });
  });

  it("must hold the transactions that they say they hold", () => {
    expect(refused({ block: transaction(0, { value: "0x1" }) })).toMatchObject({
      message: expect.stringMatching(/transactions\[0\]: its fields hash to 0x/),
    });
    expect(refused({ block: transaction(2, { from: `0x${"aa".repeat(20)}` }) })).toMatchObject({
      message: expect.stringMatching(/transactions\[2\]: signed by 0x[0-9a-f]{40}, not by 0xaaaa/),
    });
    expect(refused({ block: transaction(1, { gasPrice: null }) })).toMatchObject({
      message: expect.stringMatching(/gasPrice is missing/),
    });
    expect(refused({ block: transaction(1, { v: "0x5" }) })).toMatchObject({
      message: expect.stringMatching(/invalid transaction v, r, s values/),
    });
  });

  it("must fit each other", () => {
    expect(refused({ footprints: changed("footprints", () => []) })).toMatchObject({
      message: expect.stringMatching(/0 footprints for 7 transactions/),
    });
    expect(refused({ hardfork: "shangri-la" })).toMatchObject({
      message: expect.stringMatching(/no hardfork "shangri-la"/),
      hint: expect.stringContaining("osaka"),
    });
    const early = changed("block", (json) => ({ ...json, number: "0x1", transactions: [] }));
    expect(refused({ block: early, footprints: undefined, chainId: 1 })).toMatchObject({
      message: "mainnet has no block 1 at time 1700000000",
    });
    const frontier = changed("block", (json) => ({
      ...json,
      number: "0x1",
      timestamp: "0x55ba4224",
      transactions: [],
    }));
    expect(refused({ block: frontier, footprints: undefined, chainId: 1 })).toMatchObject({
      message: expect.stringMatching(/block 1 of mainnet is under "chainstart"/),
    });
  });
});

describe("a reproduction", () => {
  it("brings back what it was written from", async () => {
    const input = readReplayFiles(FILES);
    for (const name of ["repro.json", "repro.json.gz"]) {
      const file = path.join(folder, "deep", name);
      const expectedPostStateRoot = hexToBytes(
        JSON.parse(readFileSync(fixture("expected"), "utf8")).partialPostStateRoot,
      );
      writeReproduction(file, { ...input, reason: "test", results: input.header, expectedPostStateRoot });
      const again = readReproduction(file);
      expect(content(again)).toEqual({ ...content(input), expectedPostStateRoot });
      expect((await replayBlock(again, { lanes: 1, repeat: 1 })).differences).toEqual([]);
    }
  });

  it("keeps that system calls open the block and that BLOCKHASH reads the state", () => {
    const { blockHashes: _, systemCalls: __, ...environment } = readReplayFiles(FILES).environment;
    const file = path.join(folder, "own.json");
    writeReproduction(file, { ...readReplayFiles(FILES), environment, reason: "test" });
    const again = readReproduction(file);
    expect(again.environment).toEqual({ ...environment, systemCalls: true });
    expect(again.header).toEqual({ gasUsed: undefined, receiptsRoot: undefined, logsBloom: undefined });
  });

  it("made of what a block touched runs as the block did on the whole state", async () => {
    const { rules, environment, transactions, alloc } = readReplayFiles(FILES);
    const bystander = {
      address: new Uint8Array(20).fill(9),
      nonce: 1n,
      balance: 1n,
      code: new Uint8Array(0),
      storage: [],
    };
    const touched = new TouchedState(new AllocState([...alloc, bystander]));
    const knowledge = noKnowledge();
    const plan = () => planOf(transactions.map(() => 0));
    const engine = { vm: await LaneVm.create(rules), carrier: undefined, knowledge, plan };
    const { assembly } = await executeTransactions(engine, touched, environment, transactions);
    const part = touched.alloc();
    expect(part.map(({ address }) => bytesToHex(address))).not.toContain(bytesToHex(bystander.address));
    const file = path.join(folder, "touched.json");
    writeReproduction(file, { reason: "test", rules, environment, transactions, alloc: part });
    const { runs } = await replayBlock(readReproduction(file), { lanes: 1, repeat: 1 });
    expect(runs[0]?.gasUsed).toBe(assembly.gasUsed);
    const expected = JSON.parse(readFileSync(fixture("expected"), "utf8"));
    expect(bytesToHex(runs[0]?.partialPostStateRoot ?? new Uint8Array(0))).toBe(
      expected.partialPostStateRoot,
    );
  });

  it("of a block with deposits gives the same receipts", async () => {
    const { rules, environment, transactions, alloc } = readReplayFiles(FILES);
    const [first] = transactions;
    const deposits = [first?.to, undefined].map((to, index) =>
      depositTransaction({
        sourceHash: new Uint8Array(32).fill(index),
        from: new Uint8Array(20).fill(7),
        to,
        mint: 10n,
        value: 4n,
        gasLimit: 100_000n,
        data: new Uint8Array(0),
      }),
    );
    const all = [...deposits, ...transactions];
    const knowledge = noKnowledge();
    const plan = () => planOf(all.map(() => 0));
    const engine = { vm: await LaneVm.create(rules), carrier: undefined, knowledge, plan };
    const { assembly } = await executeTransactions(engine, new AllocState(alloc), environment, all);
    expect(assembly.receipts.map(({ depositNonce }) => depositNonce).slice(0, 3)).toEqual([
      0n,
      1n,
      undefined,
    ]);
    const receiptsRoot = trieRootOfList(assembly.receipts.map(encodeReceipt));
    const results = { gasUsed: assembly.gasUsed, receiptsRoot };
    const file = path.join(folder, "deposits.json");
    writeReproduction(file, { reason: "test", rules, environment, transactions: all, alloc, results });
    const again = readReproduction(file);
    expect(again.transactions).toEqual(all);
    expect((await replayBlock(again, { lanes: 2, repeat: 1 })).differences).toEqual([]);
  });

  it("is refused when it is none", () => {
    expect(() => readReproduction(fixture("block"))).toThrow(/not of the expected shape/);
  });
});
