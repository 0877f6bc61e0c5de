import { createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import type { EVM, EVMOpts, Log } from "@ethereumjs/evm";
import { RLP } from "@ethereumjs/rlp";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP } from "@ethereumjs/tx";
import { EthereumJSError } from "@ethereumjs/util";
import { createVM, runTx } from "@ethereumjs/vm";
import { bytesToHex, hexToBytes, keccak256 } from "../../../protocol/index.ts";
import { pointEvaluation } from "../../engine/pointEvaluation.ts";
import { type Alloc, loadAlloc, MemoryState } from "./memoryState.ts";

export interface StateTest {
  env: Record<string, string>;
  pre: Alloc;
  post: Record<string, { hash: string; logs: string; txbytes: string; expectException?: string }[]>;
}

export type CreateEvm = (options: EVMOpts) => Promise<EVM>;

/** Runs one official state test under Osaka; answers what is wrong, or nothing. */
export async function runStateTest(
  test: StateTest,
  createEvm: CreateEvm,
  synchronous: boolean,
): Promise<string | undefined> {
  for (const { hash, logs, txbytes } of test.post["Osaka"] ?? []) {
    const common = new Common({
      chain: Mainnet,
      hardfork: Hardfork.Osaka,
      customCrypto: { keccak256, kzg: pointEvaluation },
    });
    const state = synchronous ? new MemoryState() : new MerkleStateManager({ common });
    await loadAlloc(state, test.pre);
    const emitted = await runTransaction(test.env, hexToBytes(txbytes), common, state, createEvm);
    const root = await state.getStateRoot();
    if (bytesToHex(root) !== hash) return `state root ${bytesToHex(root)} instead of ${hash}`;
    const logsHash = bytesToHex(keccak256(RLP.encode(emitted)));
    if (logsHash !== logs) return `logs hash ${logsHash} instead of ${logs}`;
  }
  return undefined;
}

/** A transaction that EthereumJS refuses leaves the state and no logs. */
async function runTransaction(
  env: Record<string, string>,
  raw: Uint8Array,
  common: Common,
  state: MemoryState | MerkleStateManager,
  createEvm: CreateEvm,
): Promise<Log[]> {
  const evm = await createEvm({ common, stateManager: state });
  const vm = await createVM({ common, stateManager: state, evm });
  try {
    const tx = createTxFromRLP(raw, { common });
    const result = await runTx(vm, { tx, block: blockOf(env, common) });
    return result.execResult.logs ?? [];
  } catch (error) {
    if (!(error instanceof EthereumJSError)) throw error;
    return [];
  }
}

function blockOf(env: Record<string, string>, common: Common): ReturnType<typeof createBlock> {
  const header = {
    number: env["currentNumber"],
    coinbase: env["currentCoinbase"],
    timestamp: env["currentTimestamp"],
    gasLimit: env["currentGasLimit"],
    mixHash: env["currentRandom"],
    baseFeePerGas: env["currentBaseFee"],
    excessBlobGas: env["currentExcessBlobGas"],
  };
  const known = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined));
  return createBlock({ header: known }, { common, skipConsensusFormatValidation: true });
}
