import { RLP } from "@ethereumjs/rlp";
import type { Block } from "./block.ts";
import { headerFields } from "./headerHash.ts";

/** What RLP nests: byte strings and lists of them. */
type Nested = Uint8Array | Nested[];

/** EIP-2718 transactions stand in a block as byte strings, legacy ones as the lists that they are. */
function bodyTransaction(raw: Uint8Array): Nested {
  const first = raw[0] ?? 0;
  return first >= 0xc0 ? RLP.decode(raw) : raw;
}

/** RLP of a whole block. Braid's own have no ommers and no withdrawals, but lists for both. */
export function encodeBlock(
  block: Pick<Block, "header" | "ethereum"> & { transactions: { raw: Uint8Array }[] },
): Uint8Array {
  if (block.ethereum !== undefined) return block.ethereum.raw;
  const transactions = block.transactions.map(({ raw }) => bodyTransaction(raw));
  return RLP.encode([headerFields(block.header), transactions, [], []]);
}
