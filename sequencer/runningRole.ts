import { BraidError } from "../protocol/index.ts";

/** A started role of the node. */
export interface RunningRole {
  /** Shown to the operator: URLs, addresses. */
  info: Record<string, string>;
  stop(): Promise<void>;
  /** Rejects when the role can no longer do its work. */
  failed?: Promise<unknown>;
}

/** A role was started without something that only `braid up` provides by itself. */
export class MissingSettingError extends BraidError {
  constructor(setting: string, what: string) {
    super("SETTING_MISSING", `${setting} is not set`, { hint: `Set it to ${what}, or use \`braid up\`.` });
  }
}

export interface StoreUrls {
  redisUrl: string;
  databaseUrl: string;
}

export function requireStores(config: {
  redisUrl?: string | undefined;
  databaseUrl?: string | undefined;
}): StoreUrls {
  const { redisUrl, databaseUrl } = config;
  if (redisUrl === undefined) throw new MissingSettingError("BRAID_REDIS_URL", "the URL of a Redis");
  if (databaseUrl === undefined)
    throw new MissingSettingError("BRAID_DATABASE_URL", "the URL of a PostgreSQL");
  return { redisUrl, databaseUrl };
}
