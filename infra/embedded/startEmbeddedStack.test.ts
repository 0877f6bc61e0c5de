import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { PortTakenError } from "../http/portTakenError.ts";
import { createSql, PostgresUnavailableError } from "../postgres/createSql.ts";
import { createRedis, RedisUnavailableError } from "../redis/createRedis.ts";
import { DataDirLockedError, lockDataDir } from "./dataDirLock.ts";
import { freePort } from "./freePort.ts";
import { processIdentity } from "./processIdentity.ts";
import { type EmbeddedStack, startEmbeddedStack } from "./startEmbeddedStack.ts";

const folders: string[] = [];
let stack: EmbeddedStack | undefined;

function newFolder(suffix = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "braid-e-"));
  folders.push(folder);
  return join(folder, suffix);
}

afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function pidOf(dataDir: string, name: string): number {
  return JSON.parse(readFileSync(join(dataDir, "run", `${name}.pid`), "utf8")).pid;
}

async function rpc(url: string, method: string, params: unknown[] = []): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer: unknown = await response.json();
  return typeof answer === "object" && answer !== null && "result" in answer ? answer.result : undefined;
}

describe("startEmbeddedStack", () => {
  test("kill -9 of Redis and PostgreSQL loses nothing acknowledged; the death is told", async () => {
    const options = { dataDir: newFolder(), l1Port: await freePort() };
    stack = await startEmbeddedStack(options);
    const died: string[] = [];
    const bothDied = new Promise<void>((resolve) => {
      stack?.onUnexpectedExit((name) => {
        died.push(name);
        if (died.length === 2) resolve();
      });
    });
    const redis = await createRedis(stack.redisUrl);
    const sql = await createSql(stack.databaseUrl, { max: 1 });
    await sql`create table kept (value int)`;
    for (let value = 0; value < 50; value++) {
      await sql`insert into kept values (${value})`;
      await redis.rpush("kept", String(value));
    }
    for (const name of ["redis", "postgres"]) process.kill(pidOf(options.dataDir, name), "SIGKILL");
    redis.disconnect();
    await sql.end({ timeout: 0 });
    await bothDied;
    expect(died.sort()).toEqual(["PostgreSQL", "Redis"]);
    await stack.stop();

    stack = await startEmbeddedStack(options);
    const redisAgain = await createRedis(stack.redisUrl);
    const sqlAgain = await createSql(stack.databaseUrl, { max: 1 });
    expect(await redisAgain.llen("kept")).toBe(50);
    expect((await sqlAgain`select count(*)::int as count from kept`)[0]?.["count"]).toBe(50);
    redisAgain.disconnect();
    await sqlAgain.end();
  });

  test("Anvil keeps its chain over an orderly stop; leftovers of a killed run are ended first", async () => {
    const options = { dataDir: newFolder(), l1Port: await freePort() };
    stack = await startEmbeddedStack(options);
    const to = `0x${"12".repeat(20)}`;
    const from = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    await rpc(stack.l1Url, "eth_sendTransaction", [{ from, to, value: "0x7b" }]);
    const url = stack.l1Url;
    await expect.poll(() => rpc(url, "eth_getBalance", [to, "latest"]), { timeout: 10_000 }).toBe("0x7b");
    const before = ["anvil", "redis", "postgres"].map((name) => pidOf(options.dataDir, name));

    // The first stack is never told to stop: its processes are what a killed run leaves behind.
    stack = await startEmbeddedStack(options);
    for (const pid of before) expect(processIdentity(pid)).toBeUndefined();
    expect(await rpc(stack.l1Url, "eth_getBalance", [to, "latest"])).toBe("0x7b");
  });

  test("a data folder with a long path works", async () => {
    const dataDir = newFolder("a-long-folder-name/".repeat(8));
    stack = await startEmbeddedStack({ dataDir, l1Port: await freePort() });
    const redis = await createRedis(stack.redisUrl);
    expect(await redis.ping()).toBe("PONG");
    redis.disconnect();
  });

  test("a taken L1 port is named, and what was started before is stopped", async () => {
    const dataDir = newFolder();
    const l1Port = await freePort();
    const server = createServer().listen(l1Port, "127.0.0.1");
    const error = await startEmbeddedStack({ dataDir, l1Port }).catch((reason: unknown) => reason);
    server.close();
    expect(error).toBeInstanceOf(PortTakenError);
    expect(error).toMatchObject({ hint: expect.stringContaining("--l1-port") });
    expect(() => pidOf(dataDir, "redis")).toThrow();
  });

  test("servers of one's own that do not answer are typed errors with a way out", async () => {
    await expect(createRedis("redis://127.0.0.1:1", { connectTimeoutMs: 300 })).rejects.toBeInstanceOf(
      RedisUnavailableError,
    );
    await expect(createSql("postgres://x:secret@127.0.0.1:1/y")).rejects.toBeInstanceOf(
      PostgresUnavailableError,
    );
    await expect(createSql("postgres://x:secret@127.0.0.1:1/y")).rejects.not.toThrow(/secret/);
  });
});

describe("lockDataDir", () => {
  test("a second holder is refused by name; a dead holder's lock is taken over", () => {
    const dataDir = newFolder();
    const lock = lockDataDir(dataDir);
    expect(() => lockDataDir(dataDir)).toThrow(DataDirLockedError);
    expect(() => lockDataDir(dataDir)).toThrow(new RegExp(`process ${process.pid}`));
    lock.release();
    // Our own number, but another start time: what is left of a process that had it before us.
    const dead = { pid: process.pid, identity: "0", since: new Date(0).toISOString() };
    writeFileSync(join(dataDir, "run", "braid.lock"), JSON.stringify(dead));
    lockDataDir(dataDir).release();
  });
});
