import { bytesEqual, bytesToHex } from "../protocol/index.ts";
import { ProofRefusedError } from "./proofRefusedError.ts";

/** Throws ProofRefusedError unless what is claimed was found. */
export function expectSame(
  field: string,
  claimed: Uint8Array,
  found: Uint8Array,
  block?: number,
  transaction?: number,
): void {
  if (bytesEqual(claimed, found)) return;
  throw refused(field, bytesToHex(claimed), bytesToHex(found), block, transaction);
}

export function expectNumber(
  field: string,
  claimed: number | bigint,
  found: number | bigint,
  block?: number,
  transaction?: number,
): void {
  if (BigInt(claimed) !== BigInt(found)) throw refused(field, `${claimed}`, `${found}`, block, transaction);
}

/** What the batch says of a place, and what was found instead. */
export function refused(
  field: string,
  claimed: string,
  found: string,
  block?: number,
  transaction?: number,
): ProofRefusedError {
  return new ProofRefusedError({
    field,
    claimed,
    found,
    ...(block === undefined ? {} : { block }),
    ...(transaction === undefined ? {} : { transaction }),
  });
}
