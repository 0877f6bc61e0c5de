import {
  EVMError,
  type EVMMockBlockchainInterface,
  type EVMOpts,
  type Message,
  NobleBN254,
} from "@ethereumjs/evm";
import type { Account } from "@ethereumjs/util";
import { InvariantError } from "../../protocol/index.ts";
import { LaneEvm } from "../evm/laneEvm.ts";
import { type StockInterpreterClass, stockInterpreterClass } from "../evm/stockStep.ts";
import { MAX_BALANCE } from "./access.ts";
import type { LaneCommon } from "./laneCommon.ts";
import type { RecordingState } from "./recordingState.ts";

/** Moving value looks at no balance: it asks whether the payer's covers the amount, and adds to the other. */
export class CommutingEvm extends LaneEvm {
  private readonly recording: RecordingState;

  private constructor(options: EVMOpts, interpreter: StockInterpreterClass, recording: RecordingState) {
    super(options, interpreter);
    this.recording = recording;
  }

  static async create(
    common: LaneCommon,
    stateManager: RecordingState,
    blockchain: EVMMockBlockchainInterface,
  ): Promise<CommutingEvm> {
    const options: EVMOpts = { common, stateManager, blockchain, bn254: new NobleBN254() };
    return new CommutingEvm(options, await stockInterpreterClass(), stateManager);
  }

  protected override async _reduceSenderBalance(account: Account, message: Message): Promise<void> {
    this.recording.useBalances("pay", message.value);
    const { balance } = account;
    this.recording.useBalances("look");
    if (balance < message.value) throw new EVMError(EVMError.errorMessages.INSUFFICIENT_BALANCE);
    account.balance = balance - message.value;
    await this.journal.putAccount(message.caller, account);
  }

  protected override async _addToBalance(account: Account, { to, value }: Message): Promise<void> {
    if (to === undefined) throw new InvariantError("value was sent to nobody");
    this.recording.useBalances("receive", value);
    const balance = account.balance + value;
    this.recording.useBalances("look");
    if (balance > MAX_BALANCE) throw new EVMError(EVMError.errorMessages.VALUE_OVERFLOW);
    account.balance = balance;
    await this.journal.putAccount(to, account);
  }
}
