import { secp256k1 } from "@noble/curves/secp256k1.js";
import { privateKeyToAddress } from "viem/accounts";
import { type Hex, hexToBytes } from "../../protocol/index.ts";
import type { L1Signer } from "./types.ts";

/** Signs with a private key of this process. */
export function localSigner(key: Hex): L1Signer {
  const secret = hexToBytes(key);
  return {
    address: privateKeyToAddress(key),
    async sign(_, hash) {
      const recovered = secp256k1.sign(hash, secret, { prehash: false, format: "recovered" });
      const signature = new Uint8Array(65);
      signature.set(recovered.subarray(1));
      signature[64] = recovered[0] ?? 0;
      return signature;
    },
  };
}
