import { BraidError } from "../../protocol/index.ts";
import type { Steps } from "../terminal/steps.ts";
import type { Session } from "./runSession.ts";
import { type RoleOutput, type RoleProcess, spawnRole } from "./spawnRole.ts";

const NOTHING_LOST = "Run it again: nothing acknowledged is lost.";

/**
 * Sequencer, RPC and prover, each in a process of its own. Sequencer and RPC are started at the same time, for the RPC
 * waits for the state by itself; the prover asks for the contracts, which the first start of a sequencer deploys. The
 * session fails when one of them dies, and stops the last one first.
 */
export async function startRoles(
  session: Session,
  steps: Steps,
  dataDir: string,
  env: Record<string, string>,
  { proves, output = "file" }: { proves: boolean; output?: RoleOutput },
): Promise<Record<"sequencer" | "rpc", RoleProcess>> {
  const spawn = (name: string) => {
    const role = spawnRole(name, dataDir, env, session.signal, output);
    // Awaited below, in order; until then a failure waits.
    role.catch(() => undefined);
    session.add(async () => {
      const [settled] = await Promise.allSettled([role]);
      if (settled.status === "fulfilled") await settled.value.stop();
    });
    return role;
  };
  const [sequencer, rpc] = [spawn("sequencer"), spawn("rpc")];
  const ready = async (title: string, role: Promise<RoleProcess>) => {
    const running = await steps.run(title, () => role);
    running.onUnexpectedExit((error) => session.fail(died(error.code, error.message, error.hint)));
    return running;
  };
  const running = await ready("Sequencer", sequencer);
  const prover = proves ? spawn("prover") : undefined;
  const roles = { sequencer: running, rpc: await ready("RPC", rpc) };
  if (prover !== undefined) await ready("Prover", prover);
  return roles;
}

/** Adds to an error that ended a running node what its operator wants to know first. */
export function died(code: string, message: string, hint: string | undefined): BraidError {
  return new BraidError(code, message, {
    hint: hint === undefined ? NOTHING_LOST : `${hint}\n${NOTHING_LOST}`,
  });
}
