import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { keccak256, recoverPublicKey } from "../../../protocol/index.ts";

function ecrecover(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint): Uint8Array {
  const signature = new Uint8Array(64);
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  const recovery = v < 2n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  return recoverPublicKey(hash, signature, Number(recovery));
}

/** EthereumJS gets the same hash and the same native recovery as our engine. */
export const STOCK_CRYPTO = { keccak256, ecrecover };

export function stockCommon(chainId: number): Common {
  return new Common({
    chain: { ...Mainnet, chainId },
    hardfork: Hardfork.Osaka,
    customCrypto: STOCK_CRYPTO,
  });
}
