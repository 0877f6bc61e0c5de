import { BraidError, type ProofRefusal } from "../protocol/index.ts";

/** The batch is not what it claims to be, or it cannot be shown. No signature, now or later: somebody must look. */
export class ProofRefusedError extends BraidError {
  readonly refusal: ProofRefusal;

  constructor(refusal: ProofRefusal, cause?: unknown) {
    const { block, transaction, field, claimed, found } = refusal;
    const place = [
      ...(block === undefined ? [] : [`block ${block}`]),
      ...(transaction === undefined ? [] : [`transaction ${transaction}`]),
      field,
    ].join(", ");
    super("PROOF_REFUSED", `${place}: the batch says ${claimed}, found ${found}`, {
      cause,
      hint: "finalization must wait until the sequencer's state is understood",
    });
    this.refusal = refusal;
  }
}
