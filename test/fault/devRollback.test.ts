import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort } from "../../infra/index.ts";
import { type BraidProcess, startBraid } from "../support/braidProcess.ts";
import { mulberry32 } from "../support/random.ts";
import { rpc } from "../support/rpc.ts";
import { runBraid } from "../support/runBraid.ts";

const ROUNDS = 3;
const BLOCKS = 40;
const seed = Number(process.env["BRAID_TEST_SEED"] ?? Date.now() % 2 ** 31);
const random = mulberry32(seed);
const dataDir = mkdtempSync(path.join(tmpdir(), "braid-dev-rollback-"));
const TARGET = `0x${"ab".repeat(20)}`;
let running: BraidProcess | undefined;

afterAll(async () => {
  await running?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const standing = async (url: string) => ({
  block: Number(await rpc(url, "eth_blockNumber", [])),
  balance: Number(await rpc(url, "eth_getBalance", [TARGET, "latest"])),
});

/** Each block sets the balance to its number: the one says what the other has to be. */
async function grow(url: string, blocks: number): Promise<void> {
  for (let made = 0; made < blocks; made++) {
    const { block } = await standing(url);
    await rpc(url, "anvil_setBalance", [TARGET, block + 1]);
  }
}

test(`kill -9 of the sequencer while it rolls back leaves one chain or the other (seed ${seed})`, async () => {
  const ports = { l2Port: await freePort(), l1Port: await freePort() };
  let before = { block: 0, balance: 0 };
  for (let round = 0; round <= ROUNDS; round++) {
    const braid = await startBraid({ dataDir, ...ports, flags: ["--dev"] });
    running = braid;
    const found = await standing(braid.rpcUrl);
    // The rollback happened or it did not; state and chain agree.
    expect(found.balance).toBe(found.block);
    expect([before.block, Math.max(0, before.block - BLOCKS)]).toContain(found.block);
    if (round === ROUNDS) break;
    await grow(braid.rpcUrl, BLOCKS);
    before = await standing(braid.rpcUrl);
    const sequencer = braid.pidOf(/main\.(ts|js).* sequencer/);
    const asked = rpc(braid.rpcUrl, "anvil_rollback", [BLOCKS]).catch(() => undefined);
    const delay = random() * 60;
    await new Promise((resolve) => setTimeout(resolve, delay));
    process.kill(sequencer, "SIGKILL");
    await braid.ended;
    await asked;
  }
  await running?.stop();
  running = undefined;
  const flags = ["--data", dataDir, "--l2-port", `${ports.l2Port}`, "--l1-port", `${ports.l1Port}`];
  const refused = await runBraid(["up", ...flags], { withinMs: 90_000 });
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("was run with --dev");
}, 400_000);
