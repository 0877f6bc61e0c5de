import {
  type AccessListEntry,
  type Authorization,
  bytesToHex,
  EMPTY_BYTES,
  intrinsicGas,
  MAX_INITCODE_SIZE,
} from "../../protocol/index.ts";
import type { StateReader } from "../state/types.ts";
import { SimulationError } from "./errors.ts";
import type { BlockEnvironment, CallRequest } from "./types.ts";

/** A call request with nothing left open. */
export interface Message {
  from: Uint8Array;
  to: Uint8Array | undefined;
  gas: bigint;
  /** What GASPRICE answers; 0 for a call that names no fee. */
  gasPrice: bigint;
  /** The most that a gas may cost: what the sender must be able to pay. */
  feeCap: bigint;
  /** What BASEFEE answers; 0 for a call that names no fee, as geth has it. */
  baseFee: bigint;
  value: bigint;
  data: Uint8Array;
  nonce: bigint | undefined;
  accessList: AccessListEntry[];
  authorizationList: Authorization[];
}

const NOBODY = new Uint8Array(20);

/** Fills in what the request leaves open and checks that its fees make sense. `gas` is taken as given. */
export function toMessage(request: CallRequest, environment: BlockEnvironment, gas: bigint): Message {
  return {
    from: request.from ?? NOBODY,
    to: request.to,
    gas,
    ...fees(request, environment),
    value: request.value ?? 0n,
    data: request.data ?? EMPTY_BYTES,
    nonce: request.nonce,
    accessList: request.accessList ?? [],
    authorizationList: request.authorizationList ?? [],
  };
}

function fees(
  request: CallRequest,
  environment: BlockEnvironment,
): Pick<Message, "gasPrice" | "feeCap" | "baseFee"> {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = request;
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined)) {
    throw new SimulationError(
      "INVALID_FEES",
      "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
    );
  }
  const base = environment.baseFeePerGas;
  const feeCap = gasPrice ?? maxFeePerGas ?? 0n;
  const tip = gasPrice ?? maxPriorityFeePerGas ?? 0n;
  if (feeCap === 0n && tip === 0n) return { gasPrice: 0n, feeCap: 0n, baseFee: 0n };
  const address = bytesToHex(request.from ?? NOBODY);
  if (feeCap < tip) {
    throw new SimulationError(
      "INVALID_FEES",
      `max priority fee per gas higher than max fee per gas: address ${address}, maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${feeCap}`,
    );
  }
  if (feeCap < base) {
    throw new SimulationError(
      "FEE_CAP_TOO_LOW",
      `max fee per gas less than block base fee: address ${address}, maxFeePerGas: ${feeCap}, baseFee: ${base}`,
    );
  }
  const room = feeCap - base;
  return { gasPrice: base + (tip < room ? tip : room), feeCap, baseFee: base };
}

/** The gas limit to simulate with: the request's, or what the sender can pay, within the node's cap. */
export function callGas(request: CallRequest, state: StateReader, cap: bigint): bigint {
  if (request.gas !== undefined) return request.gas < cap ? request.gas : cap;
  const feeCap = request.gasPrice ?? request.maxFeePerGas ?? 0n;
  if (feeCap === 0n) return cap;
  const affordable = affordableGas(request, state, feeCap);
  return affordable < cap ? affordable : cap;
}

/** Gas that the sender's balance pays for at `feeCap` after the value is sent. */
export function affordableGas(request: CallRequest, state: StateReader, feeCap: bigint): bigint {
  const balance = state.account(request.from ?? NOBODY)?.balance ?? 0n;
  const value = request.value ?? 0n;
  if (value > 0n && value >= balance) {
    throw new SimulationError("INSUFFICIENT_FUNDS", "insufficient funds for transfer");
  }
  return (balance - value) / feeCap;
}

/** Gas limits below what a transaction costs by its form: no execution happens. */
export class GasTooLowError extends SimulationError {}

/** The checks that stand before execution; answers the gas left to run with and the floor (EIP-7623). */
export function enterTransaction(message: Message, balance: bigint): { gas: bigint; floor: bigint } {
  const { gas, value, feeCap } = message;
  const want = gas * feeCap + value;
  if (balance < want) {
    throw new SimulationError(
      "INSUFFICIENT_FUNDS",
      `insufficient funds for gas * price + value: address ${bytesToHex(message.from)} have ${balance} want ${want}`,
    );
  }
  if (message.to === undefined && message.data.length > MAX_INITCODE_SIZE) {
    throw new SimulationError(
      "INITCODE_TOO_LARGE",
      `max initcode size exceeded: code size ${message.data.length} limit ${MAX_INITCODE_SIZE}`,
    );
  }
  const { intrinsic, floor } = intrinsicGas(message);
  if (gas < intrinsic) {
    throw new GasTooLowError(
      "INTRINSIC_GAS_TOO_LOW",
      `intrinsic gas too low: have ${gas}, want ${intrinsic}`,
    );
  }
  if (gas < floor) {
    throw new GasTooLowError(
      "INTRINSIC_GAS_TOO_LOW",
      `insufficient gas for floor data gas cost: have ${gas}, want ${floor}`,
    );
  }
  return { gas: gas - intrinsic, floor };
}
