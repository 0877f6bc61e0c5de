import { bytesEqual } from "../../protocol/index.ts";
import { chainChanged } from "./archiveSource.ts";
import { ExportError } from "./exportError.ts";
import type { ExportSource } from "./exportSource.ts";
import { createOutputFile } from "./outputFile.ts";
import { headerOf } from "./rlpHeader.ts";

export interface ExportBlocksOptions {
  source: ExportSource;
  file: string;
  /** Default: the last block. */
  toBlock?: number;
  /** Replaces a file that exists. */
  force?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: { block: number; lastBlock: number; bytes: number }) => void;
}

export interface ExportedBlocks {
  /** 0 when there is only a genesis. */
  lastBlock: number;
  lastHash: Uint8Array;
  bytes: number;
}

/**
 * Blocks 1 to the last, their RLP one after the other, as other clients import them. A block that does not follow the
 * one before ends it (EXPORT_CHAIN_CHANGED). Memory holds a megabyte of blocks, whatever the chain's length.
 */
export async function exportBlocks(options: ExportBlocksOptions): Promise<ExportedBlocks> {
  const { source, file, force = false, signal, onProgress } = options;
  const lastBlock = await lastOf(options);
  const output = await createOutputFile(file, force);
  try {
    let lastHash = await source.genesisHash();
    let number = 1;
    for await (const raw of source.blocks(1, lastBlock)) {
      signal?.throwIfAborted();
      const { hash, parentHash } = headerOf(raw);
      if (!bytesEqual(parentHash, lastHash)) throw chainChanged(number);
      await output.write(raw);
      onProgress?.({ block: number, lastBlock, bytes: output.bytes });
      lastHash = hash;
      number++;
    }
    await output.finish();
    return { lastBlock, lastHash, bytes: output.bytes };
  } finally {
    await output.discard();
  }
}

async function lastOf({ source, toBlock }: ExportBlocksOptions): Promise<number> {
  const head = await source.head();
  if (toBlock === undefined || toBlock <= head) return toBlock ?? head;
  throw new ExportError("EXPORT_BEYOND_HEAD", `block ${toBlock} is not there yet: the last one is ${head}`, {
    retryable: true,
    hint: "Name an earlier block with --to, or none for all.",
  });
}
