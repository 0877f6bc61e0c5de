import type { MessageRefusedError } from "../checkMessage.ts";
import { SimulationError } from "../errors.ts";

/** geth's codes of `eth_simulateV1`. */
export const SIMULATE_CODES = {
  nonceTooLow: -38010,
  nonceTooHigh: -38011,
  baseFeeTooLow: -38012,
  intrinsicGas: -38013,
  insufficientFunds: -38014,
  blockGasLimit: -38015,
  blockNumber: -38020,
  blockTimestamp: -38021,
  initcodeTooLarge: -38025,
  clientLimit: -38026,
  vmError: -32015,
  invalidParams: -32602,
  internal: -32603,
  reverted: 3,
} as const;

const REFUSALS = new Map<string, number>([
  ["NONCE_TOO_LOW", SIMULATE_CODES.nonceTooLow],
  ["NONCE_TOO_HIGH", SIMULATE_CODES.nonceTooHigh],
  ["FEE_CAP_TOO_LOW", SIMULATE_CODES.baseFeeTooLow],
  ["TIP_ABOVE_FEE_CAP", SIMULATE_CODES.invalidParams],
  ["INTRINSIC_GAS_TOO_LOW", SIMULATE_CODES.intrinsicGas],
  ["INSUFFICIENT_FUNDS", SIMULATE_CODES.insufficientFunds],
  ["INITCODE_TOO_LARGE", SIMULATE_CODES.initcodeTooLarge],
]);

/** A call that cannot begin ends the whole simulation. */
export function refusedCall(error: MessageRefusedError, gas: bigint): SimulationError {
  const rpcCode = REFUSALS.get(error.code) ?? SIMULATE_CODES.internal;
  return new SimulationError(error.code, `err: ${error.message} (supplied gas ${gas})`, { rpcCode });
}

export function simulationRefused(rpcCode: number, message: string): SimulationError {
  return new SimulationError("SIMULATION_REFUSED", message, { rpcCode });
}

/** A block that cannot be closed: geth's wording. */
export function blockFailed(message: string): SimulationError {
  return new SimulationError("SIMULATION_FAILED", message);
}

export function answerTooLarge(bytes: number): SimulationError {
  return new SimulationError("SIMULATION_TOO_LARGE", `answer exceeds ${bytes} bytes`, {
    rpcCode: SIMULATE_CODES.clientLimit,
    hint: "Simulate fewer calls at a time.",
  });
}
