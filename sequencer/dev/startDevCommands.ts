import type { Redis } from "ioredis";
import { type Closers, createRedis, type Logger } from "../../infra/index.ts";
import type { DevReply } from "./devCommand.ts";
import { forgetImpersonated } from "./impersonation.ts";
import { createDevCommands, type DevCommandDeps } from "./runDevCommand.ts";
import { serveDevCommands } from "./serveDevCommands.ts";

export interface StartDevCommandsOptions extends DevCommandDeps {
  redis: Redis;
  redisUrl: string;
  logger: Logger;
  closers: Closers;
  safeBlock(): number;
  fail(error: unknown): void;
}

/** The sequencer's side of development methods. */
export async function startDevCommands(options: StartDevCommandsOptions): Promise<void> {
  const { redis, logger, closers, builder } = options;
  await forgetImpersonated(redis);
  const waiter = await createRedis(options.redisUrl, { name: "braid-sequencer-dev", blocking: true });
  const stopping = new AbortController();
  const head = (): DevReply["head"] => {
    return { number: builder.head().header.number, safe: options.safeBlock(), finalized: 0 };
  };
  const serving = serveDevCommands(
    {
      redis,
      waiter,
      run: createDevCommands(options),
      head,
      onFatal: options.fail,
      onError: (err) => logger.warn({ err }, "a development command could not be read"),
    },
    stopping.signal,
  );
  closers.add(async () => {
    stopping.abort();
    await serving;
  });
}
