import { EVMError } from "@ethereumjs/evm";
import { MAX_INITCODE_SIZE } from "../../protocol/index.ts";
import { gethWording } from "../simulate/gethWording.ts";
import { isCall, OP, opcodeName } from "./opcodes.ts";

const { errorMessages } = EVMError;

/** How geth words an instruction that fails while its price is worked out. */
export function priceFault(error: EVMError, op: number, stack: readonly bigint[], height: number): string {
  switch (error.error) {
    case errorMessages.STATIC_STATE_CHANGE:
      return `out of gas: ${gethWording(error.error)}`;
    case errorMessages.INITCODE_SIZE_VIOLATION:
      return `out of gas: max initcode size exceeded: code size ${stack[height - 3] ?? 0n} limit ${MAX_INITCODE_SIZE}`;
    case errorMessages.OUT_OF_GAS:
      if (op === OP.SSTORE) return "out of gas: not enough gas for reentrancy sentry";
      return isCall(op) ? "out of gas: out of gas" : "out of gas";
    default:
      return gethWording(error.error);
  }
}

/** How geth words an instruction that was paid for and fails while it runs. */
export function runFault(error: EVMError, op: number): string {
  if (error.error === errorMessages.INVALID_OPCODE) return `invalid opcode: ${opcodeName(op)}`;
  // EthereumJS adds where it happened.
  if (error.error.startsWith(errorMessages.INVALID_JUMP)) return "invalid jump destination";
  return gethWording(error.error);
}

const DEPOSIT_GAS = 200n;
const MAX_CODE_SIZE = 24_576;

/** How geth words a creation whose code ran well but cannot be kept. `gasLeft`: before the code is paid for. */
export function depositFault(code: Uint8Array, gasLeft: bigint, refusesEf: boolean): string {
  if (code[0] === 0xef && refusesEf) return "invalid code: must not begin with 0xef";
  if (BigInt(code.length) * DEPOSIT_GAS > gasLeft) return "contract creation code storage out of gas";
  return `max code size exceeded: code size ${code.length} limit ${MAX_CODE_SIZE}`;
}

/** Where geth's words for the failure of a precompile are not EthereumJS's; by the precompile's number. */
const PRECOMPILE_WORDS = new Map<number, [stock: string, geth: string][]>([
  [0x08, [[errorMessages.INVALID_INPUT_LENGTH, "bad elliptic curve pairing size"]]],
  [
    0x0a,
    [
      [errorMessages.INVALID_INPUTS, "invalid input length"],
      [errorMessages.INVALID_COMMITMENT, "mismatched versioned hash"],
      [errorMessages.INVALID_PROOF, "error verifying kzg proof"],
    ],
  ],
]);

export function precompileFault(error: EVMError, address: Uint8Array): string | undefined {
  const number = address.subarray(0, 19).every((byte) => byte === 0) ? address[19] : undefined;
  if (number === undefined) return undefined;
  return PRECOMPILE_WORDS.get(number)?.find(([stock]) => stock === error.error)?.[1];
}

/** What geth takes for an instruction before it works out the rest; `fee` is EthereumJS's constant part. */
export function constantGas(op: number, fee: number, hasWarmth: boolean): bigint {
  if (op === OP.EXP || (op >= OP.LOG0 && op <= OP.LOG4)) return 0n;
  if (!hasWarmth) return BigInt(fee);
  const touchesAccount =
    isCall(op) ||
    op === OP.BALANCE ||
    op === OP.EXTCODESIZE ||
    op === OP.EXTCODECOPY ||
    op === OP.EXTCODEHASH;
  return touchesAccount ? 100n : BigInt(fee);
}
