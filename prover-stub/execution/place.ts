import type { BlockClaim } from "../../protocol/index.ts";
import { expectNumber, expectSame } from "../expect.ts";
import { WitnessGapError } from "../witnessGapError.ts";
import type { ProvenBlock, ProvenTransaction } from "./runBlock.ts";
import type { MissingLocationError } from "./witnessState.ts";

/** Where re-execution stands, and what the sequencer claims of that place: names the first difference. */
export class Place {
  private block: number | undefined;
  private transaction = 0;
  private claim: BlockClaim | undefined;

  enter(block: number, claim: BlockClaim | undefined): void {
    this.block = block;
    this.transaction = 0;
    this.claim = claim;
  }

  readonly check = (block: number, index: number, result: ProvenTransaction): void => {
    this.transaction = index + 1;
    const claimed = this.claim?.transactions[index];
    if (claimed === undefined) return;
    expectNumber("status", claimed.status, result.status, block, index);
    expectNumber("gasUsed", claimed.gasUsed, result.gasUsed, block, index);
    expectSame("receipt", claimed.receiptHash, result.receiptHash, block, index);
  };

  leave(proven: ProvenBlock): void {
    const { claim, block } = this;
    if (claim === undefined) return;
    expectNumber("transactions", claim.transactions.length, proven.transactions, block);
    expectSame("receiptsRoot", claim.receiptsRoot, proven.receiptsRoot, block);
    expectSame("stateRoot", claim.stateRoot, proven.stateRoot, block);
    expectSame("blockHash", claim.hash, proven.hash, block);
  }

  incomplete(error: MissingLocationError): WitnessGapError {
    return new WitnessGapError(error, { block: this.block, transaction: this.transaction });
  }
}
