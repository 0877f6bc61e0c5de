import type { ReadDesk } from "../readers/types.ts";
import { blobCost, MessageRefusedError } from "./checkMessage.ts";
import { SimulationError } from "./errors.ts";
import { type Message, toMessage } from "./message.ts";
import { expectSuccess, type Simulation, withSimulation } from "./simulation.ts";
import type { Execution } from "./simulationVm.ts";
import type { SimulationParams } from "./types.ts";

const TRANSFER_GAS = 21_000n;
const CALL_STIPEND = 2_300n;
/** The search stops when the answer is known within 1.5 %, as geth's does. */
const ERROR_PER_MILLE = 15n;

/** `eth_estimateGas`. */
export function estimateGasJob(desk: ReadDesk, params: SimulationParams): Promise<bigint> {
  return withSimulation(desk, params, (simulation) => estimateGas(simulation, params));
}

/**
 * Least gas limit, within the error, with which the transaction succeeds: geth's search. One run at the highest
 * limit tells failure from need; a second just above its use (with the 64th that EIP-150 keeps back) mostly ends the
 * search; the rest is bisection.
 */
export async function estimateGas(
  simulation: Simulation,
  { request, gasCap, scene }: Pick<SimulationParams, "request" | "gasCap" | "scene">,
): Promise<bigint> {
  const { environment, chainId } = simulation;
  const message = toMessage(request, environment, chainId, gasCap);
  const asked = request.gas === undefined ? 0n : message.gas;
  const highest = highestLimit(message, asked, simulation, scene.environment.gasLimit, gasCap);
  const tryWith = (gas: bigint) => attempt({ ...message, gas }, simulation);

  if (isPlainTransfer(message, simulation) && (await succeedsWithTransferGas(tryWith))) return TRANSFER_GAS;
  const first = await tryWith(highest);
  if (first !== undefined && first.failure !== "out of gas") expectSuccess(first);
  if (first === undefined || first.failure !== undefined) {
    throw new SimulationError("GAS_ALLOWANCE", `gas required exceeds allowance (${highest})`);
  }
  return search(first, highest, tryWith);
}

type TryWith = (gas: bigint) => Promise<Execution | undefined>;

/** What is wrong besides the gas shows in the run at the highest limit. */
async function succeedsWithTransferGas(tryWith: TryWith): Promise<boolean> {
  try {
    const transfer = await tryWith(TRANSFER_GAS);
    return transfer !== undefined && transfer.failure === undefined;
  } catch (error) {
    if (error instanceof SimulationError) return false;
    throw error;
  }
}

async function search(first: Execution, highest: bigint, tryWith: TryWith): Promise<bigint> {
  const succeeds = async (gas: bigint) => {
    const execution = await tryWith(gas);
    return execution !== undefined && execution.failure === undefined;
  };
  let low = first.gasUsed - 1n;
  let high = highest;
  const optimistic = ((first.maxGasUsed + CALL_STIPEND) * 64n) / 63n;
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

/** `blockGasLimit`: the header's own, whatever the overrides say, as in geth. */
function highestLimit(
  message: Message,
  asked: bigint,
  { vm, state }: Simulation,
  blockGasLimit: bigint,
  gasCap: bigint,
): bigint {
  const { maxTransactionGas, hasBlobs } = vm.fork;
  const { feeCap, value, blobFeeCap } = message;
  let highest = asked >= TRANSFER_GAS ? asked : blockGasLimit;
  if (maxTransactionGas !== undefined && highest > maxTransactionGas) highest = maxTransactionGas;
  if (feeCap > 0n) {
    let available = state.account(message.from)?.balance ?? 0n;
    if (value > 0n) {
      if (value >= available) {
        throw new SimulationError("INSUFFICIENT_FUNDS", "insufficient funds for transfer");
      }
      available -= value;
    }
    const blobs = hasBlobs ? blobCost(message, blobFeeCap) : 0n;
    if ((message.blobHashes ?? []).length > 0 && blobs >= available) {
      throw new SimulationError("INSUFFICIENT_FUNDS", "insufficient funds for gas * price + value");
    }
    const affordable = (available - blobs) / feeCap;
    if (affordable < highest) highest = affordable;
  }
  return gasCap < highest ? gasCap : highest;
}

function isPlainTransfer(message: Message, { state }: Simulation): boolean {
  if (message.to === undefined || message.data.length > 0) return false;
  const account = state.account(message.to);
  return account === undefined || state.code(account.codeHash).length === 0;
}

/** Undefined when the limit does not even cover the transaction's form. */
async function attempt(message: Message, simulation: Simulation): Promise<Execution | undefined> {
  try {
    return await simulation.run(message);
  } catch (error) {
    if (!(error instanceof MessageRefusedError)) throw error;
    if (error.wantsGas) return undefined;
    throw new SimulationError(error.code, `failed with ${message.gas} gas: ${error.message}`);
  }
}
