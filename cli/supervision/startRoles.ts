import { BraidError } from "../../protocol/index.ts";
import type { Steps } from "../terminal/steps.ts";
import type { Session } from "./runSession.ts";
import { type RoleOutput, type RoleProcess, spawnRole } from "./spawnRole.ts";

const NOTHING_LOST = "Run it again: nothing acknowledged is lost.";

export interface StartedRoles extends Record<"sequencer" | "rpc", RoleProcess> {
  prover: Promise<RoleProcess> | undefined;
}

/**
 * Sequencer, RPC and prover, each in a process of its own. Sequencer and RPC are started at the same time, for the RPC
 * waits for the state by itself; the prover asks for the contracts, which the first start of a sequencer deploys. The
 * first two are ready then; `prover` settles when the prover is. The session fails when one of them dies, and stops the
 * last one first.
 */
export async function startRoles(
  session: Session,
  steps: Steps,
  dataDir: string,
  env: Record<string, string>,
  { proves, output = "file" }: { proves: boolean; output?: RoleOutput },
): Promise<StartedRoles> {
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
  const watched = async (role: Promise<RoleProcess>) => {
    const running = await role;
    running.onUnexpectedExit((error) => session.fail(died(error.code, error.message, error.hint)));
    return running;
  };
  const ready = (title: string, role: Promise<RoleProcess>) => steps.run(title, () => watched(role));
  const running = await ready("Sequencer", sequencer);
  const prover = proves ? watched(spawn("prover")) : undefined;
  // Awaited by the caller, who may still end before.
  prover?.catch(() => undefined);
  return { sequencer: running, rpc: await ready("RPC", rpc), prover };
}

/** Adds to an error that ended a running node what its operator wants to know first. */
export function died(code: string, message: string, hint: string | undefined): BraidError {
  return new BraidError(code, message, {
    hint: hint === undefined ? NOTHING_LOST : `${hint}\n${NOTHING_LOST}`,
  });
}
