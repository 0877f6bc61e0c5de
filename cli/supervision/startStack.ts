import { join } from "node:path";
import { type Config, DEV_L1_CHAIN_ID, startEmbeddedStack } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import type { Steps } from "../terminal/steps.ts";
import type { Session } from "./runSession.ts";
import { died } from "./startRoles.ts";

/** PostgreSQL, Redis and an L1, each of the session's own where the settings name none. */
export async function startStack(
  config: Config,
  session: Session,
  steps: Steps,
): Promise<Record<"redisUrl" | "databaseUrl" | "l1Url", string>> {
  const stack = await startEmbeddedStack({
    dataDir: config.dataDir,
    l1Port: config.l1Port,
    l1Url: config.l1Url,
    redisUrl: config.redisUrl,
    databaseUrl: config.databaseUrl,
    onStep({ name, state, detail, milliseconds }) {
      if (state === "begun") steps.begin(name);
      else if (state === "note") steps.note(name, detail);
      else steps.done(name, detail, milliseconds);
    },
  });
  session.add(() => stack.stop());
  stack.onUnexpectedExit((name, reason) =>
    session.fail(
      died(
        "EMBEDDED_DIED",
        `${name} ended unexpectedly (${reason})`,
        `Its log is in ${join(config.dataDir, "logs")}.`,
      ),
    ),
  );
  if (config.l1Url === undefined && config.l1ChainId !== DEV_L1_CHAIN_ID) {
    throw new BraidError(
      "L1_CHAIN_ID",
      `the embedded L1 has chain id ${DEV_L1_CHAIN_ID}, not ${config.l1ChainId}`,
      {
        hint: "Name the L1 with --l1-url, or leave --l1-chain-id away.",
      },
    );
  }
  return stack;
}
