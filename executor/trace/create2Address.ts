import { bigIntToBytes, keccak256, padTo32 } from "../../protocol/index.ts";

/** EIP-1014: where CREATE2 puts a contract. `salt`: the word on the stack. */
export function create2Address(creator: Uint8Array, salt: bigint, initcode: Uint8Array): Uint8Array {
  const seed = new Uint8Array(85);
  seed[0] = 0xff;
  seed.set(creator, 1);
  seed.set(padTo32(bigIntToBytes(salt)), 21);
  seed.set(keccak256(initcode), 53);
  return keccak256(seed).slice(12);
}
