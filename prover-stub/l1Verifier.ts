import { createPublicClient, http, parseAbi, webSocket } from "viem";
import type { Hex } from "../protocol/index.ts";

/** The contract that checks this rollup's proofs, as L1 has it now. */
export interface RegisteredVerifier {
  address(): Promise<Hex>;
  /** Whether a signature of this account counts. */
  knows(prover: Hex): Promise<boolean>;
}

const ROLLUP = parseAbi(["function verifier() view returns (address)"]);
const VERIFIER = parseAbi(["function isProver(address account) view returns (bool)"]);

export function connectVerifier(l1Url: string, rollup: Hex): RegisteredVerifier {
  const transport = l1Url.startsWith("ws") ? webSocket(l1Url) : http(l1Url);
  const l1 = createPublicClient({ transport, cacheTime: 0 });
  const address = () => l1.readContract({ address: rollup, abi: ROLLUP, functionName: "verifier" });
  return {
    address,
    async knows(prover) {
      const verifier = await address();
      return l1.readContract({ address: verifier, abi: VERIFIER, functionName: "isProver", args: [prover] });
    },
  };
}
