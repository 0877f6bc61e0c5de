/** How geth names what EthereumJS names otherwise. What is not listed reads the same in both. */
const WORDING = new Map<string, string>([
  ["invalid JUMP", "invalid jump destination"],
  ["static state change", "write protection"],
  ["create collision", "contract address collision"],
  ["code size to deposit exceeds maximum code size", "max code size exceeded"],
  ["code store out of gas", "contract creation code storage out of gas"],
  ["initcode exceeds max initcode size", "max initcode size exceeded"],
  ["insufficient balance", "insufficient balance for transfer"],
  ["value out of range", "return data out of bounds"],
  ["invalid bytecode deployed", "invalid code: must not begin with 0xef"],
]);

export function gethWording(evmError: string): string {
  return WORDING.get(evmError) ?? evmError;
}
