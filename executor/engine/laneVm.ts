import { type Block, createBlock } from "@ethereumjs/block";
import type { EVMMockBlockchainInterface } from "@ethereumjs/evm";
import { Address, EthereumJSError } from "@ethereumjs/util";
import { createVM, type RunTxResult, runTx, type VM } from "@ethereumjs/vm";
import { BraidError, EMPTY_BYTES, type Log } from "../../protocol/index.ts";
import { ALL_FIELDS, CODE, EXISTENCE, NONCE } from "./access.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { ChainRules } from "./chainRules.ts";
import { CommutingEvm } from "./commutingEvm.ts";
import { type Key, keyOf } from "./keys.ts";
import { LaneCommon } from "./laneCommon.ts";
import type { Outcome } from "./outcome.ts";
import { RecordingState } from "./recordingState.ts";
import { CallRunner } from "./runCall.ts";
import { DepositRunner } from "./runDeposit.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { recentBlockHash } from "./systemCalls.ts";
import { TransactionFrame } from "./transactionFrame.ts";
import { TransactionRules } from "./transactionRules.ts";
import { runTransfer } from "./transfer.ts";
import { invalidity, upFrontCost } from "./validity.ts";
import { type LaneTransaction, vmTransaction } from "./vmTransaction.ts";

/**
 * One EthereumJS VM with its own rules and its own recording state: what a lane is. Runs one transaction at a time
 * on whatever overlay it is given and never changes that overlay.
 *
 * A bad transaction is an outcome, never an exception: what `runTx` would throw on is found out before.
 */
export class LaneVm {
  private readonly common: LaneCommon;
  private readonly rules: TransactionRules;
  private readonly state: RecordingState;
  private readonly vm: VM;
  private readonly calls: CallRunner;
  private readonly deposits: DepositRunner;
  private readonly blockHashes: BlockHashes;
  private environment: BlockEnvironment | undefined;
  private block: Block | undefined;
  private feeRecipient: Key = "";

  private constructor(
    common: LaneCommon,
    state: RecordingState,
    vm: VM,
    evm: CommutingEvm,
    hashes: BlockHashes,
    contractsMaySend: boolean,
  ) {
    this.common = common;
    this.rules = new TransactionRules(common, contractsMaySend);
    this.state = state;
    this.vm = vm;
    const frame = new TransactionFrame(evm, common);
    this.calls = new CallRunner(evm, state, common, frame);
    this.deposits = new DepositRunner(evm, state, this.rules, frame);
    this.blockHashes = hashes;
  }

  static async create(rules: ChainRules): Promise<LaneVm> {
    const common = new LaneCommon(rules);
    const state = new RecordingState();
    const hashes = new BlockHashes();
    const evm = await CommutingEvm.create(common, state, hashes);
    const vm = await createVM({ common, stateManager: state, blockchain: hashes, evm });
    const contractsMaySend = rules.contractsMaySend ?? false;
    return new LaneVm(common, state, vm, evm, hashes, contractsMaySend);
  }

  /** Once per block, before its transactions. */
  enterBlock(environment: BlockEnvironment): void {
    this.environment = environment;
    this.feeRecipient = keyOf(environment.coinbase);
    this.blockHashes.known = environment.blockHashes;
    this.block = vmBlock(environment, this.common);
  }

  /**
   * `assumeNonce`: run it as if all earlier transactions of its sender had been run, wherever they are; the outcome
   * says so among its reads. A deposit takes whatever nonce there is.
   */
  async run(transaction: LaneTransaction, overlay: StateOverlay, assumeNonce = false): Promise<Outcome> {
    const { environment, block, state } = this;
    const { deposit } = transaction;
    if (environment === undefined || block === undefined) {
      throw new BraidError("EXECUTOR_NO_BLOCK", "a lane was asked to run a transaction outside a block");
    }
    if (deposit !== undefined) {
      state.begin(overlay, this.feeRecipient);
      this.blockHashes.overlay = overlay;
      return this.deposits.run(transaction, deposit.mint, environment, block);
    }
    if (!assumeNonce) {
      const transfer = runTransfer(transaction, overlay, environment, this.rules);
      if (transfer !== undefined) return transfer;
    }
    const senderKey = keyOf(transaction.sender);
    state.begin(overlay, this.feeRecipient);
    if (assumeNonce) state.assumeNonce(senderKey, transaction.nonce);
    const sender = state.look(senderKey, NONCE | CODE | EXISTENCE);
    const gas = this.rules.intrinsicGas(transaction);
    const invalid = invalidity(
      transaction,
      sender,
      () => (sender === undefined ? EMPTY_BYTES : overlay.code(sender.codeHash, keyOf(sender.codeHash))),
      environment,
      gas,
      this.rules,
    );
    if (invalid !== undefined) {
      state.look(senderKey, ALL_FIELDS);
      return { kind: "invalid", ...invalid, reads: state.reads() };
    }
    state.pay(senderKey, upFrontCost(transaction));
    this.blockHashes.overlay = overlay;
    const { to, type } = transaction;
    return to === undefined || type === 3
      ? this.runInVm(transaction, block)
      : this.calls.run(transaction, to, environment, block, gas);
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
      this.state.look(keyOf(transaction.sender), ALL_FIELDS);
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
      fee: this.state.touchedFeeRecipient() ? undefined : result.minerValue,
      reads: this.state.reads(),
      writes,
    };
  }
}

/** Only what the EVM and `runTx` read of a block is set. */
function vmBlock(environment: BlockEnvironment, common: LaneCommon): Block {
  const has = (eip: number) => common.isActivatedEIP(eip);
  const { difficulty, excessBlobGas } = environment;
  return createBlock(
    {
      header: {
        number: BigInt(environment.number),
        parentHash: environment.parentHash,
        coinbase: new Address(environment.coinbase),
        timestamp: BigInt(environment.timestamp),
        gasLimit: environment.gasLimit,
        mixHash: environment.prevRandao,
        extraData: environment.extraData,
        ...(difficulty === undefined ? {} : { difficulty }),
        ...(has(1559) ? { baseFeePerGas: environment.baseFeePerGas } : {}),
        ...(has(4788) ? { parentBeaconBlockRoot: environment.parentBeaconBlockRoot } : {}),
        ...(has(4844) && excessBlobGas !== undefined ? { excessBlobGas } : {}),
      },
    },
    { common, skipConsensusFormatValidation: true, freeze: false },
  );
}

/** BLOCKHASH: from the environment where it brings hashes, else from EIP-2935's ring of parent hashes in the state. */
class BlockHashes implements EVMMockBlockchainInterface {
  overlay: StateOverlay | undefined;
  known: ReadonlyMap<number, Uint8Array> | undefined;

  getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const hash = this.hash(number);
    return Promise.resolve({ hash: () => hash });
  }

  putBlock(): Promise<void> {
    return Promise.resolve();
  }

  shallowCopy(): EVMMockBlockchainInterface {
    return this;
  }

  private hash(number: number): Uint8Array {
    if (this.known !== undefined) return this.known.get(number) ?? new Uint8Array(32);
    return this.overlay === undefined ? new Uint8Array(32) : recentBlockHash(this.overlay, number);
  }
}
