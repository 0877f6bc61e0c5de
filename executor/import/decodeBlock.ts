import { type BlockBytes, createBlockFromBytesArray, type Block as VmBlock } from "@ethereumjs/block";
import { RLP } from "@ethereumjs/rlp";
import type { EthereumForks } from "./ethereumForks.ts";
import { BadBlockError, ImportError } from "./importError.ts";

/** A block under the rules of its time. Throws BadBlockError. */
export function decodeBlock(raw: Uint8Array, number: number, forks: EthereumForks): VmBlock {
  try {
    const values = RLP.decode(raw);
    if (!isBlockBytes(values)) throw new ImportError("a list of header, transactions and uncles is needed");
    return createBlockFromBytesArray(values, {
      common: forks.common(),
      setHardfork: true,
      skipConsensusFormatValidation: true,
    });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new BadBlockError({ number, hash: "not readable" }, "encoding", detail, cause);
  }
}

function isBlockBytes(values: unknown): values is BlockBytes {
  return (
    Array.isArray(values) && values.length >= 3 && values.slice(0, 3).every((part) => Array.isArray(part))
  );
}
