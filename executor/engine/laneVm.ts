import { type Block, createBlock } from "@ethereumjs/block";
import type { EVMMockBlockchainInterface } from "@ethereumjs/evm";
import { Address, EthereumJSError } from "@ethereumjs/util";
import { createVM, type RunTxResult, runTx, type VM } from "@ethereumjs/vm";
import { BraidError, EMPTY_BYTES, intrinsicGas, type Log } from "../../protocol/index.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { type Key, keyOf } from "./keys.ts";
import { LaneCommon } from "./laneCommon.ts";
import type { Outcome } from "./outcome.ts";
import { RecordingState } from "./recordingState.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { recentBlockHash } from "./systemCalls.ts";
import { runTransfer } from "./transfer.ts";
import { invalidity } from "./validity.ts";
import { type LaneTransaction, vmTransaction } from "./vmTransaction.ts";

/**
 * One EthereumJS VM with its own rules and its own recording state: what a lane is. Runs one transaction at a time
 * on whatever overlay it is given and never changes that overlay.
 *
 * A bad transaction is an outcome, never an exception: what `runTx` would throw on is found out before.
 */
export class LaneVm {
  private readonly chainId: number;
  private readonly common: LaneCommon;
  private readonly state: RecordingState;
  private readonly vm: VM;
  private readonly blockHashes: BlockHashes;
  private environment: BlockEnvironment | undefined;
  private block: Block | undefined;
  private feeRecipient: Key = "";

  private constructor(
    chainId: number,
    common: LaneCommon,
    state: RecordingState,
    vm: VM,
    hashes: BlockHashes,
  ) {
    this.chainId = chainId;
    this.common = common;
    this.state = state;
    this.vm = vm;
    this.blockHashes = hashes;
  }

  static async create(chainId: number): Promise<LaneVm> {
    const common = new LaneCommon(chainId);
    const state = new RecordingState();
    const hashes = new BlockHashes();
    const vm = await createVM({ common, stateManager: state, blockchain: hashes });
    return new LaneVm(chainId, common, state, vm, hashes);
  }

  /** Once per block, before its transactions. */
  enterBlock(environment: BlockEnvironment): void {
    this.environment = environment;
    this.feeRecipient = keyOf(environment.coinbase);
    this.block = createBlock(
      {
        header: {
          number: BigInt(environment.number),
          parentHash: environment.parentHash,
          coinbase: new Address(environment.coinbase),
          timestamp: BigInt(environment.timestamp),
          gasLimit: environment.gasLimit,
          baseFeePerGas: environment.baseFeePerGas,
          mixHash: environment.prevRandao,
          extraData: environment.extraData,
          parentBeaconBlockRoot: environment.parentBeaconBlockRoot,
        },
      },
      { common: this.common, skipConsensusFormatValidation: true, freeze: false },
    );
  }

  async run(transaction: LaneTransaction, overlay: StateOverlay): Promise<Outcome> {
    const { environment, block, state } = this;
    if (environment === undefined || block === undefined) {
      throw new BraidError("EXECUTOR_NO_BLOCK", "a lane was asked to run a transaction outside a block");
    }
    const transfer = runTransfer(transaction, overlay, environment, this.chainId);
    if (transfer !== undefined) return transfer;
    state.begin(overlay, this.feeRecipient);
    const sender = state.record(keyOf(transaction.sender));
    const gas = intrinsicGas(transaction);
    const invalid = invalidity(
      transaction,
      sender,
      () => (sender === undefined ? EMPTY_BYTES : overlay.code(sender.codeHash, keyOf(sender.codeHash))),
      environment,
      gas,
      this.chainId,
    );
    if (invalid !== undefined) return { kind: "invalid", ...invalid, reads: state.reads() };
    this.blockHashes.overlay = overlay;
    return this.runInVm(transaction, block);
  }

  /** What the VM itself refuses although it passed our checks is left out of the block like any bad transaction. */
  private async runInVm(transaction: LaneTransaction, block: Block): Promise<Outcome> {
    try {
      const result = await runTx(this.vm, {
        tx: vmTransaction(transaction, this.common),
        block,
        skipHardForkValidation: true,
        skipBlockGasLimitValidation: true,
        blockGasUsed: 0n,
      });
      return this.outcome(result, transaction);
    } catch (error) {
      if (!(error instanceof EthereumJSError)) throw error;
      const reason = `transaction refused by the VM: ${error.message}`;
      return { kind: "invalid", reason, retryable: false, reads: this.state.reads() };
    }
  }

  private outcome(result: RunTxResult, transaction: LaneTransaction): Outcome {
    const { execResult, createdAddress } = result;
    const writes = this.state.writes();
    return {
      kind: "done",
      status: execResult.exceptionError === undefined ? 1 : 0,
      gasUsed: result.totalGasSpent,
      logsBloom: result.bloom.bitvector,
      logs: (execResult.logs ?? []).map(([address, topics, data]): Log => ({ address, topics, data })),
      contractAddress: transaction.to === undefined ? createdAddress?.bytes : undefined,
      fee: this.state.sawFeeRecipient() ? undefined : result.minerValue,
      reads: this.state.reads(),
      writes,
    };
  }
}

/** BLOCKHASH, answered from EIP-2935's ring of parent hashes in the state. */
class BlockHashes implements EVMMockBlockchainInterface {
  overlay: StateOverlay | undefined;

  getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const hash = this.overlay === undefined ? new Uint8Array(32) : recentBlockHash(this.overlay, number);
    return Promise.resolve({ hash: () => hash });
  }

  putBlock(): Promise<void> {
    return Promise.resolve();
  }

  shallowCopy(): EVMMockBlockchainInterface {
    return this;
  }
}
