import { MAX_TRANSACTION_GAS } from "../../protocol/index.ts";
import type { StateReader } from "../state/types.ts";
import { SimulationError } from "./errors.ts";
import { affordableGas, GasTooLowError, type Message, toMessage } from "./message.ts";
import { expectSuccess, type Runner } from "./runner.ts";
import type { Execution } from "./simulationVm.ts";
import type { BlockEnvironment, CallRequest } from "./types.ts";

const TRANSFER_GAS = 21_000n;
const CALL_STIPEND = 2_300n;
/** The search stops when the answer is known within 1.5 %, as geth's does. */
const ERROR_PER_MILLE = 15n;

/**
 * Least gas limit, within the error, with which the transaction succeeds: geth's search. One run at the highest
 * limit tells failure from need; a second just above its use (with the 64th that EIP-150 keeps back) mostly ends the
 * search; the rest is bisection.
 */
export async function estimateGas(
  request: CallRequest,
  state: StateReader,
  environment: BlockEnvironment,
  runner: Runner,
  deadline: number,
): Promise<bigint> {
  const message = toMessage(request, environment, 0n);
  const highest = highestLimit(request, message, state, environment, runner.gasCap);
  const tryWith = (gas: bigint) => attempt({ ...message, gas }, runner, deadline);

  if (isPlainTransfer(message, state) && highest >= TRANSFER_GAS) {
    const transfer = await tryWith(TRANSFER_GAS);
    if (transfer !== undefined && transfer.failure === undefined) return TRANSFER_GAS;
  }
  const first = await tryWith(highest);
  if (first !== undefined && first.failure !== "out of gas") expectSuccess(first);
  if (first === undefined || first.failure !== undefined) {
    throw new SimulationError("GAS_ALLOWANCE", `gas required exceeds allowance (${highest})`);
  }
  return search(first.gasUsed, highest, tryWith);
}

async function search(
  used: bigint,
  highest: bigint,
  tryWith: (gas: bigint) => Promise<Execution | undefined>,
): Promise<bigint> {
  const succeeds = async (gas: bigint) => {
    const execution = await tryWith(gas);
    return execution !== undefined && execution.failure === undefined;
  };
  let low = used - 1n;
  let high = highest;
  const optimistic = ((used + CALL_STIPEND) * 64n) / 63n;
  if (optimistic < high) {
    if (await succeeds(optimistic)) high = optimistic;
    else low = optimistic;
  }
  while (low + 1n < high && (high - low) * 1_000n >= high * ERROR_PER_MILLE) {
    let middle = (low + high) / 2n;
    if (middle > low * 2n) middle = low * 2n;
    if (await succeeds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function highestLimit(
  request: CallRequest,
  message: Message,
  state: StateReader,
  environment: BlockEnvironment,
  gasCap: bigint,
): bigint {
  let highest = environment.gasLimit < MAX_TRANSACTION_GAS ? environment.gasLimit : MAX_TRANSACTION_GAS;
  if (request.gas !== undefined && request.gas >= TRANSFER_GAS && request.gas < highest)
    highest = request.gas;
  if (message.feeCap > 0n) {
    const affordable = affordableGas(request, state, message.feeCap);
    if (affordable < highest) highest = affordable;
  }
  return gasCap < highest ? gasCap : highest;
}

function isPlainTransfer(message: Message, state: StateReader): boolean {
  if (message.to === undefined || message.data.length > 0) return false;
  if (message.accessList.length > 0 || message.authorizationList.length > 0) return false;
  const account = state.account(message.to);
  return account === undefined || state.code(account.codeHash).length === 0;
}

/** Undefined when the limit does not even cover the transaction's form. */
async function attempt(message: Message, runner: Runner, deadline: number): Promise<Execution | undefined> {
  try {
    return await runner.run(message, deadline);
  } catch (error) {
    if (error instanceof GasTooLowError) return undefined;
    throw error;
  }
}
