import { bigIntToBytes, padTo32 } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";

/** A static ABI value: bytes of up to 32 are padded on the left, as numbers and addresses are. */
export type AbiWord = Uint8Array | bigint | number;

/** `keccak256(abi.encode(...))` of static values. */
export function hashWords(words: readonly AbiWord[]): Uint8Array {
  const encoded = new Uint8Array(words.length * 32);
  for (const [index, word] of words.entries()) encoded.set(toWord(word), index * 32);
  return keccak256(encoded);
}

function toWord(word: AbiWord): Uint8Array {
  return padTo32(word instanceof Uint8Array ? word : bigIntToBytes(BigInt(word)));
}
