import { BraidError } from "../../protocol/index.ts";
import type { Steps } from "../terminal/steps.ts";
import type { Session } from "./runSession.ts";
import { type RoleOutput, type RoleProcess, spawnRole } from "./spawnRole.ts";

const NOTHING_LOST = "Run it again: nothing acknowledged is lost.";

/** Sequencer, then RPC, each in a process of its own; the session fails when one of them dies. */
export async function startRoles(
  session: Session,
  steps: Steps,
  dataDir: string,
  env: Record<string, string>,
  output: RoleOutput = "file",
): Promise<Record<"sequencer" | "rpc", RoleProcess>> {
  const start = async (name: string) => {
    const role = await steps.run(name === "rpc" ? "RPC" : "Sequencer", () =>
      spawnRole(name, dataDir, env, session.signal, output),
    );
    session.add(() => role.stop());
    role.onUnexpectedExit((error) => session.fail(died(error.code, error.message, error.hint)));
    return role;
  };
  return { sequencer: await start("sequencer"), rpc: await start("rpc") };
}

/** Adds to an error that ended a running node what its operator wants to know first. */
export function died(code: string, message: string, hint: string | undefined): BraidError {
  return new BraidError(code, message, {
    hint: hint === undefined ? NOTHING_LOST : `${hint}\n${NOTHING_LOST}`,
  });
}
