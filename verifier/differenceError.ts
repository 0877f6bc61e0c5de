import { BraidError, bytesEqual, bytesToHex, DecodeError } from "../protocol/index.ts";

/** Where L1's data and what follows from it part. */
export interface Difference {
  batch: number;
  /** Of the whole batch when it is missing. */
  block?: number | undefined;
  /** Place in the block, from 0. */
  transaction?: number | undefined;
  field: string;
  /** What the batch on L1 says. */
  claimed: string;
  /** What follows from L1's data, or what it should have been. */
  found: string;
  /** A file for `braid replay --repro`, when a block was executed. */
  reproduction?: string | undefined;
}

/** The chain on L1 is not what it says to be. Never retryable: L1 does not change it, but by taking the batch back. */
export class DifferenceError extends BraidError {
  readonly difference: Difference;

  constructor(difference: Difference, cause?: unknown) {
    const { batch, block, transaction, field, claimed, found, reproduction } = difference;
    const place = [
      `batch ${batch}`,
      ...(block === undefined ? [] : [`block ${block}`]),
      ...(transaction === undefined ? [] : [`transaction ${transaction}`]),
      field,
    ].join(", ");
    super("VERIFY_DIFFERENCE", `${place}: L1 says ${claimed}, found ${found}`, {
      cause,
      ...(reproduction === undefined ? {} : { hint: `braid replay --repro ${reproduction}` }),
    });
    this.difference = difference;
  }
}

/** Where a check stands. */
export type DifferencePlace = Pick<Difference, "batch" | "block" | "transaction">;

export function expectSame(
  place: DifferencePlace,
  field: string,
  claimed: Uint8Array,
  found: Uint8Array,
): void {
  if (bytesEqual(claimed, found)) return;
  throw new DifferenceError({ ...place, field, claimed: bytesToHex(claimed), found: bytesToHex(found) });
}

export function expectNumber(
  place: DifferencePlace,
  field: string,
  claimed: number | bigint,
  found: number | bigint,
): void {
  if (claimed === found) return;
  throw new DifferenceError({ ...place, field, claimed: `${claimed}`, found: `${found}` });
}

/** What is not well-formed is a difference like any other. */
export function decoded<T>(place: DifferencePlace, field: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DifferenceError({ ...place, field, claimed: "well-formed", found: error.message }, error);
  }
}
