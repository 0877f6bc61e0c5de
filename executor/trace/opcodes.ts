/** Instructions as go-ethereum names and bounds them. */

const NAMES = new Map<number, string>();

function name(first: number, ...names: string[]): void {
  for (const [offset, text] of names.entries()) NAMES.set(first + offset, text);
}

name(
  0x00,
  "STOP",
  "ADD",
  "MUL",
  "SUB",
  "DIV",
  "SDIV",
  "MOD",
  "SMOD",
  "ADDMOD",
  "MULMOD",
  "EXP",
  "SIGNEXTEND",
);
name(
  0x10,
  "LT",
  "GT",
  "SLT",
  "SGT",
  "EQ",
  "ISZERO",
  "AND",
  "OR",
  "XOR",
  "NOT",
  "BYTE",
  "SHL",
  "SHR",
  "SAR",
  "CLZ",
);
name(0x20, "KECCAK256");
name(
  0x30,
  "ADDRESS",
  "BALANCE",
  "ORIGIN",
  "CALLER",
  "CALLVALUE",
  "CALLDATALOAD",
  "CALLDATASIZE",
  "CALLDATACOPY",
);
name(
  0x38,
  "CODESIZE",
  "CODECOPY",
  "GASPRICE",
  "EXTCODESIZE",
  "EXTCODECOPY",
  "RETURNDATASIZE",
  "RETURNDATACOPY",
);
name(
  0x3f,
  "EXTCODEHASH",
  "BLOCKHASH",
  "COINBASE",
  "TIMESTAMP",
  "NUMBER",
  "DIFFICULTY",
  "GASLIMIT",
  "CHAINID",
);
name(0x47, "SELFBALANCE", "BASEFEE", "BLOBHASH", "BLOBBASEFEE", "SLOTNUM");
name(
  0x50,
  "POP",
  "MLOAD",
  "MSTORE",
  "MSTORE8",
  "SLOAD",
  "SSTORE",
  "JUMP",
  "JUMPI",
  "PC",
  "MSIZE",
  "GAS",
  "JUMPDEST",
);
name(0x5c, "TLOAD", "TSTORE", "MCOPY", "PUSH0");
for (let size = 1; size <= 32; size++) name(0x5f + size, `PUSH${size}`);
for (let depth = 1; depth <= 16; depth++) {
  name(0x7f + depth, `DUP${depth}`);
  name(0x8f + depth, `SWAP${depth}`);
}
name(0xa0, "LOG0", "LOG1", "LOG2", "LOG3", "LOG4");
name(0xd0, "DATALOAD", "DATALOADN", "DATASIZE", "DATACOPY");
name(0xe0, "RJUMP", "RJUMPI", "RJUMPV", "CALLF", "RETF", "JUMPF", "DUPN", "SWAPN", "EXCHANGE");
name(0xec, "EOFCREATE");
name(0xee, "RETURNCONTRACT");
name(0xf0, "CREATE", "CALL", "CALLCODE", "RETURN", "DELEGATECALL", "CREATE2");
name(0xf7, "RETURNDATALOAD", "EXTCALL", "EXTDELEGATECALL", "STATICCALL", "EXTSTATICCALL");
name(0xfd, "REVERT", "INVALID", "SELFDESTRUCT");

export function opcodeName(op: number): string {
  return NAMES.get(op) ?? `opcode 0x${op.toString(16)} not defined`;
}

export const OP = {
  STOP: 0x00,
  EXP: 0x0a,
  BALANCE: 0x31,
  RETURNDATACOPY: 0x3e,
  EXTCODESIZE: 0x3b,
  EXTCODECOPY: 0x3c,
  EXTCODEHASH: 0x3f,
  SLOAD: 0x54,
  SSTORE: 0x55,
  LOG0: 0xa0,
  LOG4: 0xa4,
  CREATE: 0xf0,
  CALL: 0xf1,
  CALLCODE: 0xf2,
  DELEGATECALL: 0xf4,
  CREATE2: 0xf5,
  STATICCALL: 0xfa,
  SELFDESTRUCT: 0xff,
} as const;

export function isCall(op: number): boolean {
  return op === OP.CALL || op === OP.CALLCODE || op === OP.DELEGATECALL || op === OP.STATICCALL;
}

/** Operands taken and results given, by instruction. */
const STACK: [takes: number, gives: number][] = [];

function stack(takes: number, gives: number, ...ops: number[]): void {
  for (const op of ops) STACK[op] = [takes, gives];
}

stack(
  0,
  1,
  0x30,
  0x32,
  0x33,
  0x34,
  0x36,
  0x38,
  0x3a,
  0x3d,
  0x41,
  0x42,
  0x43,
  0x44,
  0x45,
  0x46,
  0x47,
  0x48,
  0x4a,
);
stack(0, 1, 0x58, 0x59, 0x5a);
stack(1, 1, 0x15, 0x19, 0x1e, 0x31, 0x35, 0x3b, 0x3f, 0x40, 0x49, 0x51, 0x54, 0x5c);
stack(
  2,
  1,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  0x0a,
  0x0b,
  0x10,
  0x11,
  0x12,
  0x13,
  0x14,
  0x16,
  0x17,
  0x18,
  0x1a,
  0x1b,
  0x1c,
);
stack(2, 1, 0x1d, 0x20);
stack(3, 1, 0x08, 0x09, 0xf0);
stack(4, 1, 0xf5);
stack(6, 1, 0xf4, 0xfa);
stack(7, 1, 0xf1, 0xf2);
stack(0, 0, 0x00, 0x5b);
stack(1, 0, 0x50, 0x56, 0xff);
stack(2, 0, 0x52, 0x53, 0x55, 0x57, 0x5d, 0xf3, 0xfd);
stack(3, 0, 0x37, 0x39, 0x3e, 0x5e);
stack(4, 0, 0x3c);
for (let op = 0x5f; op <= 0x7f; op++) stack(0, 1, op);
for (let depth = 1; depth <= 16; depth++) {
  stack(depth, depth + 1, 0x7f + depth);
  stack(depth + 1, depth + 1, 0x8f + depth);
}
for (let topics = 0; topics <= 4; topics++) stack(2 + topics, 0, 0xa0 + topics);

const STACK_LIMIT = 1024;

/** geth's words when the stack has too few or too many words for the instruction. */
export function stackFault(op: number, height: number): string | undefined {
  const [takes, gives] = STACK[op] ?? [0, 0];
  if (height < takes) return `stack underflow (${height} <=> ${takes})`;
  const most = STACK_LIMIT + takes - gives;
  return height > most ? `stack limit reached ${height} (${most})` : undefined;
}

/** Positions from the top of the stack of an (offset, length) pair; a number for length is the length itself. */
const MEMORY = new Map<number, [offset: number, length: number, fixed?: number][]>([
  [0x20, [[0, 1]]],
  [0x37, [[0, 2]]],
  [0x39, [[0, 2]]],
  [0x3c, [[1, 3]]],
  [0x3e, [[0, 2]]],
  [0x51, [[0, -1, 32]]],
  [0x52, [[0, -1, 32]]],
  [0x53, [[0, -1, 1]]],
  [
    0x5e,
    [
      [0, 2],
      [1, 2],
    ],
  ],
  [0xa0, [[0, 1]]],
  [0xa1, [[0, 1]]],
  [0xa2, [[0, 1]]],
  [0xa3, [[0, 1]]],
  [0xa4, [[0, 1]]],
  [0xf0, [[1, 2]]],
  [0xf5, [[1, 2]]],
  [
    0xf1,
    [
      [3, 4],
      [5, 6],
    ],
  ],
  [
    0xf2,
    [
      [3, 4],
      [5, 6],
    ],
  ],
  [
    0xf4,
    [
      [2, 3],
      [4, 5],
    ],
  ],
  [
    0xfa,
    [
      [2, 3],
      [4, 5],
    ],
  ],
  [0xf3, [[0, 1]]],
  [0xfd, [[0, 1]]],
]);

const MAX_UINT64 = 2n ** 64n - 1n;
/** Above it geth's price of memory would overflow. */
const MAX_MEMORY = 0x1fffffffe0n;

/** geth's words for memory that nobody could pay for. */
export function memoryFault(op: number, words: readonly bigint[], height: number): string | undefined {
  const ranges = MEMORY.get(op);
  if (ranges === undefined) return undefined;
  let end = 0n;
  for (const [offset, length, fixed] of ranges) {
    const size = fixed === undefined ? (words[height - 1 - length] ?? 0n) : BigInt(fixed);
    if (size === 0n) continue;
    const last = (words[height - 1 - offset] ?? 0n) + size;
    if (last > end) end = last;
  }
  if (end > MAX_UINT64 - 31n) return "gas uint64 overflow";
  return end > MAX_MEMORY ? "out of gas: gas uint64 overflow" : undefined;
}
