import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ExecutedBlock, openChainImport, StateStore } from "../../executor/index.ts";
import { type BlockInput, bytesToHex, encodeBlock, keccak256 } from "../../protocol/index.ts";
import { testGenesis } from "../../test/support/chainInputs.ts";
import { executedChain, placeOf } from "../../test/support/executedChain.ts";
import { blockSpec } from "../../test/support/randomBlocks.ts";
import { replayExport } from "../../test/support/replayExport.ts";
import { type Archive, createArchive } from "../archive/index.ts";
import { archiveSource, exportBlocks, exportGenesis, rpcSource } from "./index.ts";

const { config } = testGenesis();
const SEED = 5;
const BLOCKS = 20;

/** What the protocol fixes of a block's environment. */
function prescribed(input: BlockInput): BlockInput {
  return {
    ...input,
    gasLimit: config.gasLimit,
    coinbase: config.feeRecipient,
    prevRandao: keccak256(input.parentHash),
    parentBeaconBlockRoot: new Uint8Array(32),
    // Consecutive blocks may share a second.
    timestamp: input.timestamp + Math.floor(input.number / 3),
  };
}

let folder: string;
let chain: ExecutedBlock[];
let archive: Archive;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "braid-export-"));
  chain = await executedChain(fc.sample(blockSpec(10, 2), { numRuns: BLOCKS, seed: SEED }), prescribed);
  archive = createArchive(folder);
  const rollup = new Uint8Array(20);
  await archive.identify({ config, l1ChainId: 1, rollup, deployedAtBlock: 1 });
  for (const executed of chain) await archive.append(executed, placeOf(executed.block.header.number));
}, 120_000);
afterAll(async () => {
  await archive.close();
  rmSync(folder, { recursive: true, force: true });
});

let out: string;
beforeEach(() => {
  out = mkdtempSync(path.join(folder, "out-"));
});
const rlp = () => path.join(out, "chain.rlp");
const json = () => path.join(out, "genesis.json");

describe("an export", () => {
  it("replays on stock EthereumJS: every header's roots and gas", async () => {
    const source = archiveSource(archive);
    const exported = await exportBlocks({ source, file: rlp() });
    await exportGenesis(await source.genesis(), json());
    const last = chain[BLOCKS]?.block;
    expect(exported).toMatchObject({ lastBlock: BLOCKS, lastHash: last?.hash });
    const replay = await replayExport(json(), rlp());
    expect(replay.blocks).toBe(BLOCKS);
    expect(replay.lastHash).toEqual(last?.hash);
    expect([...replay.transactions.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 4, 0x7e]);
    expect(readdirSync(out).sort()).toEqual(["chain.rlp", "genesis.json"]);
  }, 60_000);

  it("is found wrong by the replay when a state, a receipt or a deposit is another", async () => {
    const source = archiveSource(archive);
    await exportBlocks({ source, file: rlp() });
    const genesis = await source.genesis();
    const [first, ...others] = genesis.accounts;
    if (first === undefined) throw new TypeError("no account");
    const richer = { ...genesis, accounts: [{ ...first, balance: first.balance + 1n }, ...others] };
    await exportGenesis(richer, json());
    await expect(replayExport(json(), rlp())).rejects.toThrow(/block 1: stateRoot/);
  }, 60_000);

  it("has the genesis that other clients make of geth's format", async () => {
    const source = archiveSource(archive);
    await exportGenesis(await source.genesis(), json());
    writeFileSync(rlp(), "");
    const store = StateStore.open(path.join(out, "state"));
    for await (const block of openChainImport({ genesis: json(), chain: rlp() }, store).blocks()) {
      expect(bytesToHex(block.hash)).toBe(bytesToHex(chain[0]?.block.hash ?? new Uint8Array()));
    }
    expect(store.head()?.stateRoot).toEqual(chain[0]?.block.header.stateRoot);
    await store.close();
  });

  it("ends where it is told, tells how far it is, and refuses what is not there", async () => {
    const source = archiveSource(archive);
    const seen: number[] = [];
    const onProgress = ({ block }: { block: number }) => seen.push(block);
    const exported = await exportBlocks({ source, file: rlp(), toBlock: 7, onProgress });
    expect(exported).toEqual({
      lastBlock: 7,
      lastHash: chain[7]?.block.hash,
      bytes: readFileSync(rlp()).length,
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(readFileSync(rlp())).toEqual(
      Buffer.concat(chain.slice(1, 8).map(({ block }) => encodeBlock(block))),
    );
    const file = path.join(out, "none.rlp");
    await expect(exportBlocks({ source, file, toBlock: 99 })).rejects.toThrow("the last one is 20");
    expect(existsSync(file)).toBe(false);
    expect(await exportBlocks({ source, file, toBlock: 0 })).toMatchObject({ lastBlock: 0, bytes: 0 });
  });

  it("replaces a file only when forced, and leaves nothing of one that failed", async () => {
    const source = archiveSource(archive);
    writeFileSync(rlp(), "mine");
    await expect(exportBlocks({ source, file: rlp() })).rejects.toMatchObject({ code: "EXPORT_FILE_EXISTS" });
    const end = new AbortController();
    const aborted = exportBlocks({
      source,
      file: rlp(),
      force: true,
      signal: end.signal,
      onProgress: ({ block }) => {
        if (block === 3) end.abort();
      },
    });
    await expect(aborted).rejects.toThrow("aborted");
    expect(readFileSync(rlp(), "utf8")).toBe("mine");
    expect(readdirSync(out)).toEqual(["chain.rlp"]);
    await exportBlocks({ source, file: rlp(), force: true });
    expect(readFileSync(rlp()).length).toBeGreaterThan(1000);
  });

  it("ends when blocks do not follow each other", async () => {
    const source = {
      ...archiveSource(archive),
      async *blocks() {
        for (const number of [1, 2, 4]) yield encodeBlock(chain[number]?.block ?? fail());
      },
    };
    await expect(exportBlocks({ source, file: rlp() })).rejects.toMatchObject({
      code: "EXPORT_CHAIN_CHANGED",
      retryable: true,
    });
    expect(readdirSync(out)).toEqual([]);
  });
});

describe("an export over JSON-RPC", () => {
  let server: Server;
  let url: string;
  let answer: (number: number) => unknown;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        const { id, method, params } = JSON.parse(body);
        const result = method === "eth_blockNumber" ? "0x14" : answer(Number(params[0]));
        const error = { code: -32000, message: "block not found" };
        response.end(
          JSON.stringify({ jsonrpc: "2.0", id, ...(result === undefined ? { error } : { result }) }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    answer = (number) => bytesToHex(encodeBlock(chain[number]?.block ?? fail()));
  });

  it("is the same, byte by byte", async () => {
    await exportBlocks({ source: rpcSource({ url }), file: rlp() });
    expect(readFileSync(rlp())).toEqual(Buffer.concat(chain.slice(1).map(({ block }) => encodeBlock(block))));
  });

  it.each([
    ["an error", undefined, "block not found"],
    ["null", null, "the chain changed"],
    ["no hex", "0xzz", "no usable answer"],
    ["no block", "0xc0", "not the RLP of a block"],
    ["a list that is cut", "0xf90200", "not the RLP of a block"],
  ])("says so when the node answers %s, and leaves nothing", async (_, given, message) => {
    answer = (number) => (number === 5 ? given : bytesToHex(encodeBlock(chain[number]?.block ?? fail())));
    await expect(exportBlocks({ source: rpcSource({ url }), file: rlp() })).rejects.toThrow(message);
    expect(readdirSync(out)).toEqual([]);
  });

  it("cannot make a genesis of what a node tells", async () => {
    await expect(rpcSource({ url }).genesis()).rejects.toMatchObject({ code: "EXPORT_GENESIS_UNKNOWN" });
  });
});

function fail(): never {
  throw new TypeError("the test's chain is too short");
}
