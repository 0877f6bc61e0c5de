import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { JSONRPCBlock } from "@ethereumjs/block";
import { hexToBytes } from "../../../../protocol/index.ts";
import type { BlockResult } from "../types.ts";

/** Address → account, as geth's prestateTracer answers it. */
export type Prestate = Record<
  string,
  { balance: string; nonce: number; code?: string; storage?: Record<string, string> }
>;

/** A real block, what it needs, and what it must give. */
export interface MainnetBlock {
  number: number;
  /** As `eth_getBlockByNumber` with full transactions answers it. */
  block: JSONRPCBlock;
  prestate: Prestate;
  /** Number → hash, of those that the block asks for. */
  blockHashes: Record<string, string>;
  expected: BlockResult;
}

interface ExpectedFile {
  gasUsed: number;
  receiptsRoot: string;
  partialPostStateRoot: string;
  txs: { status: number }[];
}

/** The folder of the blocks, or undefined where there is none. */
export function mainnetBlocksFolder(): string | undefined {
  const shared =
    process.env["BRAID_TEST_SHARED_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data");
  const folder = join(shared, "mainnet-blocks");
  return existsSync(folder) ? folder : undefined;
}

export function loadMainnetBlocks(folder: string): MainnetBlock[] {
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => {
      const read = (name: string): unknown =>
        JSON.parse(gunzipSync(readFileSync(join(folder, String(number), `${name}.json.gz`))).toString());
      const expected = read("expected") as ExpectedFile;
      return {
        number,
        block: read("block") as JSONRPCBlock,
        prestate: read("prestate") as Prestate,
        blockHashes: read("blockhashes") as Record<string, string>,
        expected: {
          stateRoot: hexToBytes(expected.partialPostStateRoot),
          receiptsRoot: hexToBytes(expected.receiptsRoot),
          gasUsed: BigInt(expected.gasUsed),
          reverts: expected.txs.filter(({ status }) => status === 0).length,
        },
      };
    });
}
