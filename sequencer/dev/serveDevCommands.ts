import type { Redis } from "ioredis";
import { z } from "zod";
import { untilAborted } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import {
  DEV_REPLIES,
  DEV_REQUESTS,
  type DevCommand,
  type DevReply,
  type DevRequest,
  devReply,
  devRequest,
} from "./devCommand.ts";
import { DevError } from "./devError.ts";

export interface ServeDevCommandsOptions {
  /** For answers. */
  redis: Redis;
  /** A connection of its own: it waits inside BLPOP. */
  waiter: Redis;
  run(command: DevCommand): Promise<unknown>;
  head(): DevReply["head"];
  /** A command broke something that must not be built on. */
  onFatal(error: unknown): void;
  onError(error: unknown): void;
}

const WAIT_SECONDS = 1;

/** Takes the requests of RPC processes one by one until the signal aborts. Those that nobody waits for are dropped. */
export async function serveDevCommands(options: ServeDevCommandsOptions, signal: AbortSignal): Promise<void> {
  const { waiter } = options;
  signal.addEventListener("abort", () => waiter.disconnect(), { once: true });
  while (!signal.aborted) {
    try {
      const popped = await untilAborted(waiter.blpop(DEV_REQUESTS, WAIT_SECONDS), signal);
      if (popped === null) continue;
      const request = z.safeDecode(devRequest, JSON.parse(popped[1]));
      if (!request.success) options.onError(request.error);
      else if (Date.now() < request.data.deadline) await answer(request.data, options);
    } catch (error) {
      if (!signal.aborted) options.onError(error);
    }
  }
}

async function answer({ id, from, command }: DevRequest, options: ServeDevCommandsOptions): Promise<void> {
  const reply = async (outcome: { result: unknown } | { error: string }) => {
    const text = JSON.stringify(z.encode(devReply, { id, ...outcome, head: options.head() }));
    await options.redis.publish(`${DEV_REPLIES}${from}`, text);
  };
  try {
    await reply({ result: await options.run(command) });
  } catch (error) {
    if (error instanceof DevError) return await reply({ error: error.message });
    options.onFatal(error);
    await reply({ error: error instanceof BraidError ? error.message : "the command failed" });
  }
}
