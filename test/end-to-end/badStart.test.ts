import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freePort } from "../../infra/index.ts";
import { type FinishedBraid, runBraid } from "../support/runBraid.ts";

const BOUND_MS = 30_000;
const cleanups: (() => unknown)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** `braid up` on a fresh folder and free ports, but for what a test spoils. */
async function up(flags: string[], env: Record<string, string> = {}): Promise<FinishedBraid> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "braid-start-"));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const ports = ["--l2-port", `${await freePort()}`, "--l1-port", `${await freePort()}`];
  return runBraid(["up", "--data", dataDir, ...ports, ...flags], { env, withinMs: BOUND_MS });
}

/** Takes connections and says nothing, for ever. */
async function silentServer(): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Ended by itself, as a failure, and said so to a person: no stack, no promise that all is well. */
function expectRefusal({ code, output }: FinishedBraid, ...said: (string | RegExp)[]): void {
  expect(code, output).toBe(1);
  for (const part of said) expect(output).toMatch(part);
  expect(output).not.toMatch(/^\s+at .+:\d+/m);
  expect(output).not.toContain("braid ready");
  expect(output).not.toContain("This is a bug");
}

// Most of each is a wait for a server that does not answer.
describe.concurrent("braid up says what is wrong and ends", { timeout: 60_000 }, () => {
  it("with an L1 that is down", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expectRefusal(await up(["--l1-url", url]), `no L1 answers at ${url}`, "--l1-url");
  });

  it("with an L1 that answers nothing", async () => {
    const url = `http://127.0.0.1:${await silentServer()}`;
    expectRefusal(await up(["--l1-url", url]), `no L1 answers at ${url}`, "--l1-url");
  });

  it("on an L2 port that is taken", async () => {
    const port = await silentServer();
    const run = await up(["--l2-port", `${port}`]);
    expectRefusal(run, new RegExp(`${port}.*(taken|in use)`), "--l2-port");
    expect(run.milliseconds).toBeLessThan(15_000);
  });

  it("on an L1 port that is taken", async () => {
    const port = await silentServer();
    expectRefusal(await up(["--l1-port", `${port}`]), `${port}`, "--l1-port");
  });

  it("with several bad settings: all of them at once", async () => {
    const env = { BRAID_HEARTBEAT_MS: "soon", BRAID_LANE: "2", BRAID_REDIS_URL: "ftp://localhost" };
    const run = await up(["--lanes", "0", "--l2-port", "70000"], env);
    const problems = [/--lanes.*"0"/, /--l2-port.*"70000"/, /BRAID_HEARTBEAT_MS.*"soon"/, /BRAID_LANE is no/];
    expectRefusal(run, ...problems, /BRAID_REDIS_URL/, ".env.example");
    expect(run.output).not.toContain("ftp://localhost");
  });

  it("with a flag that does not exist", async () => {
    expectRefusal(await up(["--lannes", "2"]), "unknown option '--lannes'", "--help");
  });

  it.each(["a closed port", "a server that is silent"])("with a Redis that is %s", async (what) => {
    const port = what === "a closed port" ? await freePort() : await silentServer();
    const run = await up([], { BRAID_REDIS_URL: `redis://:secret@127.0.0.1:${port}` });
    expectRefusal(run, `no Redis answers at redis://:***@127.0.0.1:${port}`, "BRAID_REDIS_URL");
    expect(run.output).not.toContain("secret");
  });

  it.each(["a closed port", "a server that is silent"])("with a PostgreSQL that is %s", async (what) => {
    const port = what === "a closed port" ? await freePort() : await silentServer();
    const run = await up([], { BRAID_DATABASE_URL: `postgres://braid:secret@127.0.0.1:${port}/braid` });
    expectRefusal(run, /no PostgreSQL answers at/, "BRAID_DATABASE_URL");
    expect(run.output).not.toContain("secret");
  });
});
