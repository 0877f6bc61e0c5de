import { type Config, createLogger, type Logger, onStopSignal, withDeadline } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { reportError } from "../terminal/reportError.ts";
import type { RoleMessage } from "./roleMessage.ts";

/** A started role, as `startSequencer` and `startRpc` return it. */
export interface RunningRole {
  /** Shown to the operator: URLs, addresses. */
  info: Record<string, string>;
  stop(): Promise<void>;
  /** Settles only when the role can no longer do its work. */
  failed?: Promise<unknown>;
}

export type StartRole = (config: Config, deps: { logger: Logger }) => Promise<RunningRole>;

const STOP_DEADLINE_MS = 20_000;

/**
 * The life of a role process: start, tell the supervisor, work until a signal, the loss of the supervisor or a
 * failure, stop in order. Resolves with the exit code.
 */
export async function runRole(name: string, config: Config, start: StartRole): Promise<number> {
  const logger = createLogger({ level: config.logLevel, format: config.logFormat, name });
  const end = untilAskedToEnd(logger);
  try {
    const running = await start(config, { logger });
    tell({ type: "ready", info: running.info });
    logger.info(running.info, "ready");
    const failure = running.failed?.then(
      () => new BraidError("ROLE_ENDED", `the ${name} ended by itself`),
      (error: unknown) => error,
    );
    const cause = await (failure === undefined ? end : Promise.race([end, failure]));
    logger.info("stopping");
    await withDeadline(running.stop(), STOP_DEADLINE_MS);
    if (cause === undefined) return 0;
    throw cause;
  } catch (error) {
    reportFatal(error, logger);
    return 1;
  }
}

/** `undefined` when asked to end in order; the error when something threw outside of every call. */
function untilAskedToEnd(logger: Logger): Promise<unknown> {
  return new Promise((resolve) => {
    onStopSignal(
      () => resolve(undefined),
      () => process.exit(130),
    );
    if (process.send !== undefined) process.once("disconnect", () => resolve(undefined));
    const uncaught = (error: unknown) => {
      logger.fatal({ err: error }, "uncaught error");
      resolve(error);
    };
    process.on("uncaughtException", uncaught);
    process.on("unhandledRejection", uncaught);
  });
}

function reportFatal(error: unknown, logger: Logger): void {
  logger.fatal({ err: error }, "fatal");
  const message: RoleMessage = {
    type: "fatal",
    code: error instanceof BraidError ? error.code : "UNEXPECTED",
    message: error instanceof Error ? error.message : String(error),
  };
  if (error instanceof BraidError && error.hint !== undefined) message.hint = error.hint;
  if (!tell(message)) reportError(error);
}

function tell(message: RoleMessage): boolean {
  if (process.send === undefined || !process.connected) return false;
  process.send(message);
  return true;
}
