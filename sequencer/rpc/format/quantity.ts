import type { Hex } from "../../../protocol/index.ts";

/** A number as JSON-RPC wants it: hex without leading zeros. */
export function quantity(value: number | bigint): Hex {
  return `0x${value.toString(16)}`;
}
