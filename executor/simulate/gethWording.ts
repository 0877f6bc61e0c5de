import { EVMError } from "@ethereumjs/evm";
import type { Fault } from "../evm/frame.ts";
import { opcodeName, stackFault } from "../trace/opcodes.ts";

const { INVALID_OPCODE, STACK_UNDERFLOW, STACK_OVERFLOW } = EVMError.errorMessages;

/** How geth names what EthereumJS names otherwise. What is not listed reads the same in both. */
const WORDING = new Map<string, string>([
  ["static state change", "write protection"],
  ["create collision", "contract address collision"],
  ["code size to deposit exceeds maximum code size", "max code size exceeded"],
  ["code store out of gas", "contract creation code storage out of gas"],
  ["initcode exceeds max initcode size", "max initcode size exceeded"],
  ["insufficient balance", "insufficient balance for transfer"],
  ["value out of range", "return data out of bounds"],
  ["invalid bytecode deployed", "invalid code: must not begin with 0xef"],
]);

/** geth's words for a failure whose instruction is known. */
export function failureWording(evmError: string, fault: Fault | undefined): string {
  if (fault !== undefined) {
    if (evmError === INVALID_OPCODE) return `invalid opcode: ${opcodeName(fault.opcode)}`;
    if (evmError === STACK_UNDERFLOW || evmError === STACK_OVERFLOW) {
      return stackFault(fault.opcode, fault.height) ?? gethWording(evmError);
    }
  }
  return gethWording(evmError);
}

export function gethWording(evmError: string): string {
  // EthereumJS adds where the jump was.
  if (evmError.startsWith("invalid JUMP")) return "invalid jump destination";
  return WORDING.get(evmError) ?? evmError;
}
