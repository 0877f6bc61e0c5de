import { bytesEqual, bytesToHex, DecodeError } from "../../protocol/index.ts";
import type { ChainRules } from "../engine/chainRules.ts";
import { executeTransactions } from "../engine/executeTransactions.ts";
import { keyOf } from "../engine/keys.ts";
import { LaneVm } from "../engine/laneVm.ts";
import { noKnowledge, planOf } from "../engine/plan.ts";
import { AllocState } from "./allocState.ts";
import { LoopbackLane } from "./loopbackLane.ts";
import { hashOfLogs } from "./openReplay.ts";
import { decodeReplayTransaction, type ReplayTransaction } from "./replayTransaction.ts";
import type { StateTest } from "./stateTestFile.ts";

export interface StateTestResult {
  name: string;
  fork: string;
  pass: boolean;
  /** 32 bytes: what came out. */
  stateRoot: Uint8Array;
  /** Why it failed. */
  error: string | undefined;
  /** Why the transaction was refused; undefined when it ran. */
  refused: string | undefined;
}

interface Vms {
  coordinator: LaneVm;
  lane: LaneVm;
}

/** Runs state tests one after the other; the VMs of each fork are made once. */
export class StateTestRunner {
  private readonly onLane: boolean;
  private readonly vms = new Map<string, Vms>();

  /** `lanes` 2 or more: the transaction goes to a lane and its outcome through validation; 1: inline. */
  constructor(lanes: number) {
    this.onLane = lanes > 1;
  }

  async run(test: StateTest): Promise<StateTestResult> {
    const state = new AllocState(test.pre);
    const { name, fork } = test;
    try {
      const { refused, stateRoot, logsHash } = await this.transactionOf(test, state);
      const error = difference(test, { refused, stateRoot, logsHash });
      return { name, fork, pass: error === undefined, stateRoot, error, refused };
    } catch (error) {
      // The engine throws on a broken invariant. That fails this test; the next ones start on new VMs.
      this.vms.clear();
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { name, fork, pass: false, stateRoot: state.stateRoot, error: text, refused: undefined };
    }
  }

  private async transactionOf(test: StateTest, state: AllocState): Promise<Ran> {
    let transaction: ReplayTransaction;
    try {
      transaction = decodeReplayTransaction(test.txbytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { refused: error.message, stateRoot: state.stateRoot, logsHash: undefined };
    }
    return this.execute(test, state, transaction);
  }

  private async execute(test: StateTest, state: AllocState, transaction: ReplayTransaction): Promise<Ran> {
    const { coordinator, lane } = await this.vmsOf(test.rules);
    const engine = {
      vm: coordinator,
      carrier: this.onLane ? new LoopbackLane(lane, state) : undefined,
      knowledge: noKnowledge(),
      plan: () => planOf([this.onLane ? 1 : 0]),
    };
    const { assembly } = await executeTransactions(engine, state, test.environment, [transaction]);
    const { overlay, receipts, skipped } = assembly;
    const { stateRoot } = state.committer.commit(
      state.stateRoot,
      (address) => overlay.baseAccount(keyOf(address)),
      overlay.diff(),
    );
    const receipt = receipts[0];
    const logsHash = receipt === undefined ? undefined : hashOfLogs(receipt.logs);
    return { refused: skipped[0]?.reason, stateRoot, logsHash };
  }

  private async vmsOf(rules: ChainRules): Promise<Vms> {
    const key = `${rules.chainId} ${rules.hardfork}`;
    let vms = this.vms.get(key);
    if (vms === undefined) {
      vms = { coordinator: await LaneVm.create(rules), lane: await LaneVm.create(rules) };
      this.vms.set(key, vms);
    }
    return vms;
  }
}

interface Ran {
  /** Why the transaction cannot be in a block; undefined when it ran. */
  refused: string | undefined;
  stateRoot: Uint8Array;
  logsHash: Uint8Array | undefined;
}

function difference(test: StateTest, { refused, stateRoot, logsHash }: Ran): string | undefined {
  const { expectException } = test;
  if (expectException !== undefined && refused === undefined) {
    return `the transaction ran; it must be refused: ${expectException}`;
  }
  if (expectException === undefined && refused !== undefined)
    return `the transaction was refused: ${refused}`;
  if (!bytesEqual(stateRoot, test.stateRoot)) {
    return `state root ${bytesToHex(stateRoot)}, expected ${bytesToHex(test.stateRoot)}`;
  }
  if (logsHash !== undefined && !bytesEqual(logsHash, test.logsHash)) {
    return `logs hash ${bytesToHex(logsHash)}, expected ${bytesToHex(test.logsHash)}`;
  }
  return undefined;
}
