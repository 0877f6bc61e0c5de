import { type AccessListEntry, bytesToHex, contractAddress } from "../../protocol/index.ts";
import { authorities } from "../engine/authorities.ts";
import type { ReadDesk } from "../readers/types.ts";
import { MessageRefusedError } from "./checkMessage.ts";
import { SimulationError } from "./errors.ts";
import { failureWording } from "./gethWording.ts";
import { type Message, toMessage } from "./message.ts";
import { type Simulation, withSimulation } from "./simulation.ts";
import type { AccessListResult, SimulationParams } from "./types.ts";

/** Lists only grow; real contracts settle in two or three rounds. */
const MAX_ROUNDS = 16;

/** `eth_createAccessList`. */
export function createAccessListJob(desk: ReadDesk, params: SimulationParams): Promise<AccessListResult> {
  return withSimulation(desk, params, (simulation) => createAccessList(simulation, params));
}

/**
 * The locations that the transaction touches, found as geth finds them: run, declare what was touched, run again
 * until the list stays the same. What is warm anyway (sender, recipient, precompiles, authorities, created
 * contracts) is named only for its slots.
 */
export async function createAccessList(
  simulation: Simulation,
  { request, gasCap }: Pick<SimulationParams, "request" | "gasCap">,
): Promise<AccessListResult> {
  const message = toMessage(request, simulation.environment, simulation.chainId, gasCap);
  const warm = warmAddresses(message, request.nonce, simulation);
  let declared = message.accessList;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const execution = await run(simulation, { ...message, accessList: declared });
    const accessList = execution.touched.filter(({ address, storageKeys }) => {
      const hex = bytesToHex(address);
      const isWarm = warm.has(hex) || execution.created.has(hex) || simulation.vm.isPrecompile(address);
      return storageKeys.length > 0 || !isWarm;
    });
    if (sameSize(accessList, declared)) {
      const { failure, fault, gasUsed } = execution;
      if (failure === undefined) return { accessList, gasUsed };
      const error = failure === "revert" ? "execution reverted" : failureWording(failure, fault);
      return { accessList, gasUsed, error };
    }
    declared = accessList;
  }
  throw new SimulationError("ACCESS_LIST_UNSTABLE", "access list does not settle");
}

async function run(simulation: Simulation, message: Message) {
  try {
    return await simulation.run(message, true);
  } catch (error) {
    if (!(error instanceof MessageRefusedError)) throw error;
    throw new SimulationError(error.code, `failed to apply transaction: ${error.message}`);
  }
}

function warmAddresses(message: Message, given: bigint | undefined, { state }: Simulation): Set<string> {
  const warm = new Set<string>();
  const nonce = given ?? state.account(message.from)?.nonce ?? 0n;
  warm.add(bytesToHex(message.from));
  warm.add(bytesToHex(message.to ?? contractAddress(message.from, nonce)));
  const { authorizationList = [] } = message;
  for (const authority of authorities({ authorizationList })) warm.add(bytesToHex(authority));
  return warm;
}

/** Every round reports what it declared, so equal size means equal lists. */
function sameSize(a: AccessListEntry[], b: AccessListEntry[]): boolean {
  const slots = (list: AccessListEntry[]) => list.reduce((sum, entry) => sum + entry.storageKeys.length, 0);
  return a.length === b.length && slots(a) === slots(b);
}
