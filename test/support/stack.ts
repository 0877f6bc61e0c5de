import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startAnvil, startPostgres, startRedis } from "../../infra/index.ts";

export interface TestStackOptions {
  redis?: boolean;
  postgres?: boolean;
  anvil?: boolean;
}

export interface TestStack {
  /** A fresh folder of this stack's own; removed by `stop`. */
  dataDir: string;
  /** Throws when that server was not asked for. */
  redisUrl: string;
  databaseUrl: string;
  l1Url: string;
  stop(): Promise<void>;
}

/**
 * Real servers for one test file, apart from every other: sockets in a temporary folder, Anvil on a free port.
 * They end with the process that started them, even when it is killed.
 */
export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const dataDir = await mkdtemp(join(tmpdir(), "braid-t-"));
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.splice(0).map((stopOne) => stopOne()));
    rmSync(dataDir, { recursive: true, force: true });
  };
  const started = async <T extends { url: string; process: { stop(): Promise<void> } }>(
    wanted: boolean | undefined,
    start: () => Promise<T>,
  ): Promise<string | undefined> => {
    if (!wanted) return undefined;
    const server = await start();
    stops.push(() => server.process.stop());
    return server.url;
  };
  const results = await Promise.allSettled([
    started(options.redis, () => startRedis(dataDir)),
    started(options.postgres, () => startPostgres(dataDir)),
    started(options.anvil, async () => startAnvil(dataDir, await freePort())),
  ]);
  const urls: (string | undefined)[] = [];
  for (const result of results) {
    if (result.status === "fulfilled") urls.push(result.value);
    else {
      await stop();
      throw result.reason;
    }
  }
  const [redisUrl, databaseUrl, l1Url] = urls;
  return {
    dataDir,
    get redisUrl() {
      return asked("redis", redisUrl);
    },
    get databaseUrl() {
      return asked("postgres", databaseUrl);
    },
    get l1Url() {
      return asked("anvil", l1Url);
    },
    stop,
  };
}

function asked(name: string, url: string | undefined): string {
  if (url === undefined) throw new TypeError(`the test stack was started without ${name}: true`);
  return url;
}
