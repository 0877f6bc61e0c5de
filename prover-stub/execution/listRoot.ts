import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { MapDB, ValueEncoding } from "@ethereumjs/util";
import { keccak256 } from "../../protocol/index.ts";

/** Root of the trie rlp(index) → value: a block's transactions or receipts. */
export async function listRoot(values: readonly Uint8Array[]): Promise<Uint8Array> {
  const trie = await createMPT({
    db: new MapDB(),
    valueEncoding: ValueEncoding.Bytes,
    useKeyHashingFunction: keccak256,
  });
  for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value);
  return trie.root();
}
