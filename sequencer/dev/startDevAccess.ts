import type { Redis } from "ioredis";
import { type Closers, createRedis } from "../../infra/index.ts";
import type { HeadTracker } from "../rpc/heads/headTracker.ts";
import type { DevAccess } from "./devAccess.ts";
import { devAccounts } from "./devAccounts.ts";
import { createDevChannel } from "./devChannel.ts";
import { createImpersonation } from "./impersonation.ts";

export interface StartDevAccessOptions {
  redis: Redis;
  redisUrl: string;
  heads: Pick<HeadTracker, "announce">;
  closers: Closers;
}

/** The RPC's side of development methods. */
export async function startDevAccess(options: StartDevAccessOptions): Promise<DevAccess> {
  const { redis, redisUrl, heads, closers } = options;
  const subscriber = await createRedis(redisUrl, { name: "braid-rpc-dev", blocking: true });
  closers.add(() => subscriber.disconnect());
  const channel = createDevChannel({ redis, subscriber, follow: (head) => heads.announce(head) });
  await channel.start();
  closers.add(() => channel.stop());
  return {
    run: (command) => channel.run(command),
    accounts: devAccounts(),
    impersonation: createImpersonation(redis),
  };
}
