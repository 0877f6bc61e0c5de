import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { z } from "zod";
import {
  DEV_REPLIES,
  DEV_REQUESTS,
  type DevCommand,
  type DevReply,
  devReply,
  devRequest,
  MAX_DEV_REQUESTS,
} from "./devCommand.ts";
import { DevError } from "./devError.ts";

/** The RPC's line to the sequencer, on development chains alone. */
export interface DevChannel {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Throws DevError with what the sequencer said, or when it does not answer. */
  run(command: DevCommand): Promise<unknown>;
}

export interface DevChannelOptions {
  redis: Redis;
  /** A connection of its own, in subscriber mode. */
  subscriber: Redis;
  /** Called with the chain as it is after a command, before its answer is given. */
  follow(head: DevReply["head"]): Promise<void>;
  timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;

interface Waiting {
  settle(reply: DevReply): void;
}

/** Commands go through a list in Redis and are answered by publishing: see serveDevCommands. */
export function createDevChannel(options: DevChannelOptions): DevChannel {
  const { redis, subscriber } = options;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const from = randomUUID();
  const channel = `${DEV_REPLIES}${from}`;
  const waiting = new Map<number, Waiting>();
  let nextId = 1;

  function onMessage(_channel: string, text: string): void {
    const reply = z.safeDecode(devReply, JSON.parse(text));
    if (reply.success) waiting.get(reply.data.id)?.settle(reply.data);
  }

  async function ask(command: DevCommand): Promise<DevReply> {
    const id = nextId++;
    const replied = new Promise<DevReply>((settle) => waiting.set(id, { settle }));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DevError("the sequencer did not answer in time")), timeoutMs);
    });
    try {
      const request = z.encode(devRequest, { id, from, deadline: Date.now() + timeoutMs, command });
      const length = await redis.rpush(DEV_REQUESTS, JSON.stringify(request));
      if (length > MAX_DEV_REQUESTS)
        throw new DevError("too many development commands wait for the sequencer");
      return await Promise.race([replied, late]);
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  }

  return {
    async start() {
      subscriber.on("message", onMessage);
      await subscriber.subscribe(channel);
    },
    async stop() {
      subscriber.off("message", onMessage);
      if (subscriber.status === "ready") await subscriber.unsubscribe(channel);
    },
    async run(command) {
      const reply = await ask(command);
      await options.follow(reply.head);
      if (reply.error !== undefined) throw new DevError(reply.error);
      return reply.result;
    },
  };
}
