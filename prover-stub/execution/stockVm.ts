import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import type { EVMMockBlockchainInterface } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import { createVM, type VM } from "@ethereumjs/vm";
import {
  bigIntToBytes,
  HISTORY_STORAGE_ADDRESS,
  keccak256,
  padTo32,
  recoverPublicKey,
} from "../../protocol/index.ts";
import type { WitnessState } from "./witnessState.ts";

/** EIP-2935: parent hashes that the ring holds. */
const HISTORY_WINDOW = 8191;

/** EthereumJS as it comes, under Osaka rules; hashing and signature recovery are native. */
export function stockCommon(chainId: number): Common {
  return new Common({
    chain: { ...Mainnet, chainId },
    hardfork: Hardfork.Osaka,
    customCrypto: { keccak256, ecrecover },
  });
}

export function createStockVm(common: Common, state: WitnessState): Promise<VM> {
  return createVM({ common, stateManager: state, blockchain: new RingOfHashes(state) });
}

/** BLOCKHASH from EIP-2935's ring in the state: the one source of old hashes that the state root binds. */
class RingOfHashes implements EVMMockBlockchainInterface {
  private readonly state: WitnessState;

  constructor(state: WitnessState) {
    this.state = state;
  }

  async getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const slot = padTo32(bigIntToBytes(BigInt(number % HISTORY_WINDOW)));
    const hash = padTo32(await this.state.getStorage(new Address(HISTORY_STORAGE_ADDRESS), slot));
    return { hash: () => hash };
  }

  async putBlock(): Promise<void> {
    // Nothing asks for blocks but for their hashes.
  }

  shallowCopy(): EVMMockBlockchainInterface {
    return this;
  }
}

function ecrecover(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint): Uint8Array {
  const signature = new Uint8Array(64);
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  const recovery = v < 2n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  return recoverPublicKey(hash, signature, Number(recovery));
}
