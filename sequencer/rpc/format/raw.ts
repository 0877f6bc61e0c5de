import { RLP } from "@ethereumjs/rlp";
import {
  type Block,
  bigIntToBytes,
  DEPOSIT_RECEIPT_VERSION,
  encodeHeader,
  type Receipt,
} from "../../../protocol/index.ts";

/** What RLP nests: byte strings and lists of them. */
type Nested = Uint8Array | Nested[];

/** EIP-2718 transactions stand in a block as byte strings, legacy ones as the lists that they are. */
function bodyTransaction(raw: Uint8Array): Nested {
  const first = raw[0] ?? 0;
  return first >= 0xc0 ? RLP.decode(raw) : raw;
}

/** RLP of a whole block. Braid's own have no ommers and no withdrawals, but lists for both. */
export function encodeBlock(block: Block): Uint8Array {
  if (block.ethereum !== undefined) return block.ethereum.raw;
  const transactions = block.transactions.map(({ raw }) => bodyTransaction(raw));
  return RLP.encode([RLP.decode(encodeHeader(block.header)), transactions, [], []]);
}

/** A deposit's receipt tells its sender's nonce too. */
function depositFields({ depositNonce }: Receipt): Nested[] {
  return depositNonce === undefined
    ? []
    : [bigIntToBytes(depositNonce), bigIntToBytes(DEPOSIT_RECEIPT_VERSION)];
}

/** A receipt as the receipts trie holds it: type byte (none for legacy), then RLP. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { type, status, stateRoot, cumulativeGasUsed, logsBloom, logs } = receipt;
  const body = RLP.encode([
    stateRoot ?? bigIntToBytes(BigInt(status)),
    bigIntToBytes(cumulativeGasUsed),
    logsBloom,
    logs.map(({ address, topics, data }) => [address, topics, data]),
    ...depositFields(receipt),
  ]);
  return type === 0 ? body : Uint8Array.of(type, ...body);
}
