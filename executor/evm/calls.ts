import { EVMError, type EVMResult, Message } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import { EMPTY_BYTES } from "../../protocol/index.ts";
import type { Frame } from "./frame.ts";
import { isDead, stateOf } from "./stateOps.ts";
import { wordToAddress } from "./words.ts";

const CALL = 0xf1;
const CALLCODE = 0xf2;
const DELEGATECALL = 0xf4;
const STATICCALL = 0xfa;

const MAX_OFFSET = 0x7fff_ffff;

interface Operands {
  readonly gas: number;
  readonly target: Address;
  readonly value: bigint;
  readonly inOffset: number;
  readonly inLength: number;
  readonly outOffset: number;
  readonly outLength: number;
}

/**
 * CALL, CALLCODE, DELEGATECALL and STATICCALL. Answers false, with nothing changed, where the
 * instruction cannot even start; the stock step then finds the reason.
 */
export async function makeCall(
  frame: Frame,
  runMessage: (message: Message) => Promise<EVMResult>,
): Promise<boolean> {
  const op = frame.code[frame.pc] ?? 0;
  const operands = readOperands(frame, op);
  if (operands === undefined || (frame.message.isStatic && op === CALL && operands.value !== 0n))
    return false;
  const gasLimit = payForCall(frame, op, operands);
  if (gasLimit === undefined) return false;
  frame.pc++;
  frame.height -= op === CALL || op === CALLCODE ? 7 : 6;
  frame.returnData = EMPTY_BYTES;
  let success = 0n;
  if (mayCall(frame, operands.value)) {
    const message = messageOf(frame, op, operands, gasLimit);
    success = settle(frame, message, await runMessage(message));
    const copied = Math.min(frame.returnData.length, operands.outLength);
    if (copied > 0) frame.memory.bytes.set(frame.returnData.subarray(0, copied), operands.outOffset);
  }
  frame.stack[frame.height++] = success;
  return true;
}

function readOperands({ stack, height }: Frame, op: number): Operands | undefined {
  const hasValue = op === CALL || op === CALLCODE;
  const next = height - (hasValue ? 4 : 3);
  const operands = {
    gas: Number(stack[height - 1]),
    target: wordToAddress(stack[height - 2] ?? 0n),
    value: hasValue ? (stack[height - 3] ?? 0n) : 0n,
    inOffset: Number(stack[next]),
    inLength: Number(stack[next - 1]),
    outOffset: Number(stack[next - 2]),
    outLength: Number(stack[next - 3]),
  };
  const { inOffset, inLength, outOffset, outLength } = operands;
  if (inLength !== 0 && (inOffset > MAX_OFFSET || inLength > MAX_OFFSET)) return undefined;
  if (outLength !== 0 && (outOffset > MAX_OFFSET || outLength > MAX_OFFSET)) return undefined;
  return operands;
}

/** Whether there is gas for what a call costs before its target is looked at (EIP-7928). */
export function reachesTarget(frame: Frame, op: number): boolean {
  const operands = readOperands(frame, op);
  return operands !== undefined && ownFee(frame, op, operands) <= frame.gas;
}

/** What a call costs that does not depend on its target's state. */
function ownFee(frame: Frame, op: number, operands: Operands): number {
  const { rules, journal } = frame.context;
  const warm = !rules.berlin || journal.isWarmedAddress(operands.target.bytes);
  const access = warm ? rules.warmAccess : rules.coldAccount;
  const transfer = operands.value === 0n ? 0 : rules.callValueTransferGas;
  return (rules.fees[op] ?? 0) + frame.expansionFee(memoryEnd(operands)) + access + transfer;
}

function memoryEnd({ inOffset, inLength, outOffset, outLength }: Operands): number {
  return Math.max(inLength === 0 ? 0 : inOffset + inLength, outLength === 0 ? 0 : outOffset + outLength);
}

/** Takes the call's own price and the gas handed on; answers the latter with its stipend. */
function payForCall(frame: Frame, op: number, operands: Operands): bigint | undefined {
  const { rules, journal } = frame.context;
  const { target, value } = operands;
  const warm = !rules.berlin || journal.isWarmedAddress(target.bytes);
  let fee = ownFee(frame, op, operands);
  if (fee > frame.gas) return undefined;
  if (value !== 0n && op === CALL && isDead(stateOf(frame).accountNow(target)))
    fee += rules.callNewAccountGas;
  const delegate = rules.eip7702 ? delegation(stateOf(frame).codeNow(target)) : undefined;
  const delegateWarm = delegate === undefined || isWarmWith(frame, delegate, target);
  if (delegate !== undefined) fee += delegateWarm ? rules.warmAccess : rules.coldAccount;
  const left = frame.gas - fee;
  if (left < 0) return undefined;
  if (!warm) journal.addWarmedAddress(target.bytes);
  if (delegate !== undefined) {
    if (!delegateWarm) journal.addWarmedAddress(delegate);
    // It is accessed even if the call then fails for want of balance or depth.
    stateOf(frame).touchNow?.(new Address(delegate));
  }
  const forwarded = Math.min(operands.gas, left - Math.floor(left / 64));
  frame.expand(memoryEnd(operands));
  const stipend = value === 0n ? 0 : rules.callStipendGas;
  frame.gas = left + stipend;
  return BigInt(forwarded + stipend);
}

/** EIP-7702: the bytes of the address whose code runs instead. */
function delegation(code: Uint8Array): Uint8Array | undefined {
  const delegates = code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00;
  return delegates ? code.slice(3, 24) : undefined;
}

function isWarmWith(frame: Frame, address: Uint8Array, target: Address): boolean {
  return Buffer.compare(address, target.bytes) === 0 || frame.context.journal.isWarmedAddress(address);
}

function mayCall(frame: Frame, value: bigint): boolean {
  if (frame.message.depth >= frame.context.rules.stackLimit) return false;
  if (value === 0n) return true;
  const state = stateOf(frame);
  if (state.coversNow !== undefined) return state.coversNow(frame.address, value);
  return (state.accountNow(frame.address)?.balance ?? 0n) >= value;
}

function messageOf(frame: Frame, op: number, operands: Operands, gasLimit: bigint): Message {
  const { message: parent, context, result } = frame;
  const { target, inOffset, inLength } = operands;
  const delegatecall = op === DELEGATECALL;
  const message = new Message({
    caller: delegatecall ? parent.caller : frame.address,
    gasLimit,
    to: delegatecall || op === CALLCODE ? frame.address : target,
    value: delegatecall ? parent.value : operands.value,
    data: inLength === 0 ? EMPTY_BYTES : frame.memory.bytes.subarray(inOffset, inOffset + inLength),
    isStatic: parent.isStatic || op === STATICCALL,
    depth: parent.depth + 1,
    delegatecall,
    selfdestruct: new Map(result.selfdestruct),
    gasRefund: BigInt(frame.refund),
  });
  if (delegatecall || op === CALLCODE) message._codeAddress = target;
  if (parent.blobVersionedHashes !== undefined) message.blobVersionedHashes = parent.blobVersionedHashes;
  if (context.rules.eip6780) message.createdAddresses = new Set(result.createdAddresses);
  return message;
}

/** Takes over what the call left; answers the word for the stack. */
function settle(frame: Frame, message: Message, { execResult }: EVMResult): bigint {
  const { result } = frame;
  const { exceptionError, logs } = execResult;
  if (logs !== undefined && logs.length > 0) {
    if (result.logs.length === 0) result.logs = logs;
    else for (const log of logs) result.logs.push(log);
  }
  frame.gas -= Number(execResult.executionGasUsed);
  if (exceptionError === undefined || exceptionError.error === EVMError.errorMessages.REVERT) {
    frame.returnData = execResult.returnValue;
  }
  if (exceptionError !== undefined) return 0n;
  for (const [address, beneficiary] of message.selfdestruct ?? [])
    result.selfdestruct.set(address, beneficiary);
  for (const address of message.createdAddresses ?? []) result.createdAddresses?.add(address);
  frame.refund = Number(execResult.gasRefund ?? 0n);
  return 1n;
}
