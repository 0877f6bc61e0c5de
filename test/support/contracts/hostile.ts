import { bigIntToBytes, padTo32 } from "../../../protocol/index.ts";
import { assemble } from "./assembler.ts";

/** Counts its runs in slot 1, then becomes a copy of its creator. */
export const COPY_INITCODE = assemble(`
  0x01 SLOAD 0x01 ADD 0x01 SSTORE
  CALLER EXTCODESIZE DUP1 0x 0x CALLER EXTCODECOPY 0x RETURN`);
/** Destroys itself while it is created. */
export const SUICIDE_INITCODE = assemble("0x01 0x01 SSTORE CALLER SELFDESTRUCT");
/** Destroys itself in favour of the fee recipient while it is created. */
export const FEE_SUICIDE_INITCODE = assemble("0x01 0x02 SSTORE COINBASE SELFDESTRUCT");

export type HostileCommand = keyof typeof COMMANDS;

const A = "DUP1 0x01 ADD CALLDATALOAD";
const B = "DUP1 0x21 ADD CALLDATALOAD";
/** The same with one word lying above the pointer. */
const A1 = "DUP2 0x01 ADD CALLDATALOAD";
const B1 = "DUP2 0x21 ADD CALLDATALOAD";

function create(initcode: Uint8Array, salted: boolean): string {
  const hex = Buffer.from(initcode).toString("hex");
  const offset = (32 - initcode.length).toString(16).padStart(2, "0");
  const length = initcode.length.toString(16).padStart(2, "0");
  const start = `0x${hex} 0x MSTORE`;
  if (!salted) return `${start} 0x${length} 0x${offset} DUP3 0x21 ADD CALLDATALOAD CREATE POP`;
  return `${start} ${A} 0x${length} 0x${offset} 0x CREATE2 POP`;
}

/** Each works on the words A and B that follow it in the calldata. */
const COMMANDS = {
  /** slot A = B */
  store: `${B} ${A1} SSTORE`,
  /** slot A += B */
  add: `${A} SLOAD ${B1} ADD ${A1} SSTORE`,
  /** slot A = balance of B */
  balance: `${B} BALANCE ${A1} SSTORE`,
  codeHash: `${B} EXTCODEHASH ${A1} SSTORE`,
  codeSize: `${B} EXTCODESIZE ${A1} SSTORE`,
  blockHash: `${B} BLOCKHASH ${A1} SSTORE`,
  /** sends B wei to A */
  send: `0x 0x 0x 0x DUP5 0x21 ADD CALLDATALOAD DUP6 0x01 ADD CALLDATALOAD GAS CALL POP`,
  copy: create(COPY_INITCODE, false),
  copySalted: create(COPY_INITCODE, true),
  suicideChild: create(SUICIDE_INITCODE, true),
  feeSuicideChild: create(FEE_SUICIDE_INITCODE, true),
  destroy: `${A} SELFDESTRUCT`,
  revert: "0x 0x REVERT",
  /** slot B = 1 when less than A gas is left */
  gas: `${A} GAS LT ${B1} SSTORE`,
  /** slot A = balance of the fee recipient */
  feeBalance: `COINBASE BALANCE ${A1} SSTORE`,
  log: `${B} 0x MSTORE ${A} 0x20 0x LOG1`,
  transient: `${A} TLOAD ${B1} ADD ${A1} TSTORE ${A} TLOAD ${A1} SSTORE`,
  /** calls A with B wei and the rest of the calldata, whatever comes of it */
  call: `DUP1 0x41 ADD DUP1 CALLDATASIZE SUB DUP1 DUP3 0x CALLDATACOPY
    0x 0x DUP3 0x DUP7 0x21 ADD CALLDATALOAD DUP8 0x01 ADD CALLDATALOAD GAS CALL STOP`,
} as const;

const NAMES = Object.keys(COMMANDS) as HostileCommand[];
const RECORD = 65;

function program(): string {
  const dispatch = NAMES.map((name, i) => {
    const code = (i + 1).toString(16).padStart(2, "0");
    return `DUP1 CALLDATALOAD 0x BYTE 0x${code} EQ @${name} JUMPI`;
  });
  const bodies = NAMES.map((name) => `:${name} ${COMMANDS[name]} @next JUMP`);
  return `
    0x
    :loop CALLDATASIZE DUP2 LT ISZERO @end JUMPI
    ${dispatch.join("\n")}
    :next 0x41 ADD @loop JUMP
    ${bodies.join("\n")}
    :end STOP`;
}

/** A contract that does what its calldata says, command after command. */
export const HOSTILE_CODE = assemble(program());

export interface HostileStep {
  command: HostileCommand;
  a: bigint;
  b: bigint;
}

export function hostileCalldata(steps: HostileStep[]): Uint8Array {
  const data = new Uint8Array(steps.length * RECORD);
  for (const [i, { command, a, b }] of steps.entries()) {
    data[i * RECORD] = NAMES.indexOf(command) + 1;
    data.set(padTo32(bigIntToBytes(a)), i * RECORD + 1);
    data.set(padTo32(bigIntToBytes(b)), i * RECORD + 33);
  }
  return data;
}

export const HOSTILE_COMMANDS = NAMES;
