import { type AccessListEntry, bytesToHex, contractAddress } from "../../protocol/index.ts";
import { authorities } from "../engine/authorities.ts";
import type { StateReader } from "../state/types.ts";
import { ExecutionRevertedError, SimulationError } from "./errors.ts";
import { callGas, type Message, toMessage } from "./message.ts";
import { expectSuccess, type Runner } from "./runner.ts";
import type { Execution } from "./simulationVm.ts";
import type { AccessListResult, BlockEnvironment, CallRequest } from "./types.ts";

/** Lists only grow; real contracts settle in two or three rounds. */
const MAX_ROUNDS = 16;

/**
 * The locations that the transaction touches, found as geth finds them: run, declare what was touched, run again
 * until the list stays the same. What is warm anyway (sender, recipient, precompiles, authorities, created
 * contracts) is named only for its slots.
 */
export async function createAccessList(
  request: CallRequest,
  state: StateReader,
  environment: BlockEnvironment,
  runner: Runner,
  deadline: number,
): Promise<AccessListResult> {
  const message = toMessage(request, environment, callGas(request, state, runner.gasCap));
  const warm = await warmAddresses(message, state, runner);
  let declared = message.accessList;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const execution = await runner.run({ ...message, accessList: declared }, deadline);
    const accessList = execution.touched.filter(({ address, storageKeys }) => {
      const hex = bytesToHex(address);
      return storageKeys.length > 0 || !(warm.has(hex) || execution.created.has(hex));
    });
    if (sameSize(accessList, declared)) {
      const error = failureMessage(execution);
      return { accessList, gasUsed: execution.gasUsed, ...(error === undefined ? {} : { error }) };
    }
    declared = accessList;
  }
  throw new SimulationError("ACCESS_LIST_UNSTABLE", "access list does not settle");
}

async function warmAddresses(message: Message, state: StateReader, runner: Runner): Promise<Set<string>> {
  const warm = await runner.precompiles();
  const nonce = message.nonce ?? state.account(message.from)?.nonce ?? 0n;
  warm.add(bytesToHex(message.from));
  warm.add(bytesToHex(message.to ?? contractAddress(message.from, nonce)));
  for (const authority of authorities(message)) warm.add(bytesToHex(authority));
  return warm;
}

/** Every round reports what it declared, so equal size means equal lists. */
function sameSize(a: AccessListEntry[], b: AccessListEntry[]): boolean {
  const slots = (list: AccessListEntry[]) => list.reduce((sum, entry) => sum + entry.storageKeys.length, 0);
  return a.length === b.length && slots(a) === slots(b);
}

function failureMessage(execution: Execution): string | undefined {
  try {
    expectSuccess(execution);
    return undefined;
  } catch (error) {
    if (error instanceof ExecutionRevertedError || error instanceof SimulationError) return error.message;
    throw error;
  }
}
