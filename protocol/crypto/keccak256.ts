import { keccak_256 } from "@noble/hashes/sha3.js";
import { createKeccak } from "hash-wasm";

type Keccak256 = (bytes: Uint8Array) => Uint8Array;

async function createFastest(): Promise<{ name: string; hash: Keccak256 }> {
  try {
    const hasher = await createKeccak(256);
    return {
      name: "hash-wasm",
      hash: (bytes) => {
        hasher.init();
        hasher.update(bytes);
        return hasher.digest("binary");
      },
    };
  } catch {
    return { name: "noble", hash: keccak_256 };
  }
}

const backend = await createFastest();

/** Keccak-256, 32 bytes. One reused WebAssembly hasher where WebAssembly is to be had, pure JavaScript otherwise. */
export const keccak256: Keccak256 = backend.hash;

/** Which implementation {@link keccak256} is, for the line at start. */
export const keccakBackend: string = backend.name;
