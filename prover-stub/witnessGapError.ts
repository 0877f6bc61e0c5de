import { BraidError, type Hex } from "../protocol/index.ts";
import type { MissingLocationError } from "./execution/witnessState.ts";

/** The witness does not show a place that the batch reads. Says nothing about the batch: another witness may show it. */
export class WitnessGapError extends BraidError {
  readonly address: Hex;
  readonly slot: Hex | undefined;

  constructor(missing: MissingLocationError, place: { block: number | undefined; transaction: number }) {
    const { address, slot, part, hash } = missing;
    const what = slot === undefined ? `account ${address}` : `slot ${slot} of ${address}`;
    const where = place.block === undefined ? "" : `block ${place.block}, transaction ${place.transaction}: `;
    super("WITNESS_INCOMPLETE", `${where}the witness has no ${part} ${hash}, reading ${what}`, {
      cause: missing,
      hint: "build the witness again and name that place among `also`",
    });
    this.address = address;
    this.slot = slot;
  }
}
