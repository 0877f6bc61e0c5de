import { createRequire } from "node:module";
import { secp256k1 as noble } from "@noble/curves/secp256k1.js";

/** `(hash, r ‖ s, recovery id) → 64-byte public key`; throws when no key fits. */
type RecoverPublicKey = (hash: Uint8Array, signature: Uint8Array, recovery: number) => Uint8Array;

function nativeRecover(): RecoverPublicKey | undefined {
  try {
    const require = createRequire(import.meta.url);
    // The package root falls back to slow JavaScript in silence; its bindings say when they are missing.
    const bindings = require("secp256k1/bindings") as typeof import("secp256k1");
    return (hash, signature, recovery) => bindings.ecdsaRecover(signature, recovery, hash, false).subarray(1);
  } catch {
    return undefined;
  }
}

const nobleRecover: RecoverPublicKey = (hash, signature, recovery) => {
  const recovered = new Uint8Array(65);
  recovered[0] = recovery;
  recovered.set(signature, 1);
  const compressed = noble.recoverPublicKey(recovered, hash, { prehash: false });
  return noble.Point.fromBytes(compressed).toBytes(false).subarray(1);
};

const native = nativeRecover();

export const recoverPublicKey: RecoverPublicKey = native ?? nobleRecover;

/** Which implementation {@link recoverPublicKey} is, for the line at start. */
export const recoveryBackend: string = native === undefined ? "noble (slow)" : "secp256k1 native";
