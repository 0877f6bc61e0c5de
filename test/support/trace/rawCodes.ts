import type { Hex } from "viem";

/** Programs that end in their own way, run as a call and as a creation; `error` in geth's words. */
export const RAW_CODES: { name: string; code: Hex; error?: string; creationError?: string }[] = [
  { name: "too few operands", code: "0x600101", error: "stack underflow (1 <=> 2)" },
  { name: "bad jump", code: "0x6003566000", error: "invalid jump destination" },
  { name: "no stop", code: "0x60016002" },
  { name: "undefined instruction", code: "0x60010c", error: "invalid opcode: opcode 0xc not defined" },
  { name: "invalid", code: "0xfe", error: "invalid opcode: INVALID" },
  { name: "data that is not there", code: "0x6020600060003e", error: "return data out of bounds" },
  { name: "memory beyond all", code: `0x7f${"ff".repeat(32)}51`, error: "gas uint64 overflow" },
  { name: "memory beyond price", code: "0x643fffffffff51", error: "out of gas: gas uint64 overflow" },
  { name: "memory beyond gas", code: "0x63ffffffff51", error: "out of gas" },
  { name: "too deep a stack", code: "0x5b60016000565b", error: "stack limit reached 1024 (1023)" },
  { name: "revert without words", code: "0x60006000fd", error: "execution reverted" },
  { name: "something returned", code: "0x602a60005260206000f3" },
  { name: "end within a push", code: "0x7f01" },
  {
    name: "code that begins with EF",
    code: "0x60ef60005360016000f3",
    creationError: "invalid code: must not begin with 0xef",
  },
  { name: "slots set and cleared", code: "0x600060005560016000556000600055" },
  {
    name: "code that is not paid for",
    code: "0x6160016000f3",
    creationError: "contract creation code storage out of gas",
  },
];
