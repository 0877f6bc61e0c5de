import { LRUCache } from "lru-cache";
import { type Block, bytesToHex } from "../../../protocol/index.ts";
import { RawJson } from "../json-rpc/rawJson.ts";
import { formatBlock } from "./block.ts";
import { formatReceipts } from "./receipts.ts";

/** Answers about whole blocks as JSON text, rendered once. */
export interface BlockTexts {
  /** `full`: whole transactions, not only their hashes. */
  block(block: Block, full: boolean): RawJson;
  receipts(block: Block): RawJson;
}

/**
 * Only of sealed blocks. A hash stands for all that is shown of its block, receipts included, so a rollback makes no
 * text wrong. The bound is on bytes; the texts are ASCII.
 */
export function createBlockTexts(maxBytes: number): BlockTexts {
  const texts = new LRUCache<string, RawJson>({
    maxSize: maxBytes,
    sizeCalculation: ({ text }) => text.length,
  });

  function rendered(kind: string, block: Block, format: () => unknown): RawJson {
    const key = kind + bytesToHex(block.hash);
    const known = texts.get(key);
    if (known !== undefined) return known;
    const made = new RawJson(JSON.stringify(format()));
    texts.set(key, made);
    return made;
  }

  return {
    block: (block, full) => rendered(full ? "whole" : "hashes", block, () => formatBlock(block, full)),
    receipts: (block) => rendered("receipts", block, () => formatReceipts(block)),
  };
}
