const OPCODES: Record<string, number> = {
  STOP: 0x00,
  ADD: 0x01,
  LT: 0x10,
  GT: 0x11,
  EQ: 0x14,
  ISZERO: 0x15,
  BYTE: 0x1a,
  ADDRESS: 0x30,
  BALANCE: 0x31,
  CALLER: 0x33,
  CALLVALUE: 0x34,
  CALLDATALOAD: 0x35,
  CALLDATASIZE: 0x36,
  CALLDATACOPY: 0x37,
  EXTCODESIZE: 0x3b,
  EXTCODECOPY: 0x3c,
  EXTCODEHASH: 0x3f,
  BLOCKHASH: 0x40,
  COINBASE: 0x41,
  SELFBALANCE: 0x47,
  POP: 0x50,
  MLOAD: 0x51,
  MSTORE: 0x52,
  SLOAD: 0x54,
  SSTORE: 0x55,
  JUMP: 0x56,
  JUMPI: 0x57,
  GAS: 0x5a,
  JUMPDEST: 0x5b,
  TLOAD: 0x5c,
  TSTORE: 0x5d,
  DUP1: 0x80,
  DUP2: 0x81,
  DUP3: 0x82,
  DUP5: 0x84,
  DUP6: 0x85,
  DUP7: 0x86,
  DUP8: 0x87,
  SWAP1: 0x90,
  SWAP2: 0x91,
  LOG1: 0xa1,
  CREATE: 0xf0,
  CALL: 0xf1,
  RETURN: 0xf3,
  CREATE2: 0xf5,
  REVERT: 0xfd,
  SELFDESTRUCT: 0xff,
  SUB: 0x03,
};

/**
 * EVM assembly, words apart by blanks: an opcode, `0x…` (pushed), `:name` (a jump destination), `@name` (its address,
 * pushed).
 */
export function assemble(source: string): Uint8Array {
  const code: number[] = [];
  const labels = new Map<string, number>();
  const uses: { at: number; label: string }[] = [];
  for (const word of source.split(/\s+/).filter((w) => w !== "")) {
    if (word.startsWith("0x")) {
      const bytes = Buffer.from(word.slice(2), "hex");
      code.push(0x5f + bytes.length, ...bytes);
    } else if (word.startsWith("@")) {
      code.push(0x61, 0, 0);
      uses.push({ at: code.length - 2, label: word.slice(1) });
    } else if (word.startsWith(":")) {
      labels.set(word.slice(1), code.length);
      code.push(0x5b);
    } else {
      const opcode = OPCODES[word];
      if (opcode === undefined) throw new TypeError(`no such word: ${word}`);
      code.push(opcode);
    }
  }
  for (const { at, label } of uses) {
    const target = labels.get(label);
    if (target === undefined) throw new TypeError(`no such label: ${label}`);
    code[at] = target >> 8;
    code[at + 1] = target & 0xff;
  }
  return Uint8Array.from(code);
}
