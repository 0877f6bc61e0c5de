import { BraidError } from "../../protocol/index.ts";
import type { Steps } from "../terminal/steps.ts";
import type { Session } from "./runSession.ts";
import { type RoleOutput, type RoleProcess, spawnRole } from "./spawnRole.ts";

const NOTHING_LOST = "Run it again: nothing acknowledged is lost.";

/**
 * Sequencer and RPC, each in a process of its own, started at the same time: the RPC waits for the state by itself.
 * The session fails when one of them dies, and stops the RPC first.
 */
export async function startRoles(
  session: Session,
  steps: Steps,
  dataDir: string,
  env: Record<string, string>,
  output: RoleOutput = "file",
): Promise<Record<"sequencer" | "rpc", RoleProcess>> {
  const spawned = (["sequencer", "rpc"] as const).map((name) =>
    spawnRole(name, dataDir, env, session.signal, output),
  );
  const [sequencer, rpc] = spawned;
  if (sequencer === undefined || rpc === undefined) throw new TypeError("two roles were started");
  for (const role of spawned) {
    session.add(async () => {
      const [settled] = await Promise.allSettled([role]);
      if (settled.status === "fulfilled") await settled.value.stop();
    });
  }
  const ready = async (title: string, role: Promise<RoleProcess>) => {
    const running = await steps.run(title, () => role);
    running.onUnexpectedExit((error) => session.fail(died(error.code, error.message, error.hint)));
    return running;
  };
  return { sequencer: await ready("Sequencer", sequencer), rpc: await ready("RPC", rpc) };
}

/** Adds to an error that ended a running node what its operator wants to know first. */
export function died(code: string, message: string, hint: string | undefined): BraidError {
  return new BraidError(code, message, {
    hint: hint === undefined ? NOTHING_LOST : `${hint}\n${NOTHING_LOST}`,
  });
}
