import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, DEPOSIT_RECEIPT_VERSION, type Receipt } from "../../../protocol/index.ts";

/** What RLP nests: byte strings and lists of them. */
type Nested = Uint8Array | Nested[];

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
