/** What the tests of L1 messages share: servers for the file, and for each test an L1 as it was and empty stores. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Hex } from "viem";
import { getL2TransactionHashes } from "viem/op-stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { optimismPortalAbi } from "../../../contracts/index.ts";
import { createSql, type Sql } from "../../../infra/index.ts";
import { InvariantError } from "../../../protocol/index.ts";
import {
  l2Chain,
  resetStores,
  type SettledL1,
  settleL1,
  startWatchedChain,
  USER,
  type WatchedChain,
  type WatchedChainOptions,
} from "./watchedChain.ts";

/** Real servers, as test/support/stack.ts starts them. */
export interface L1Stack {
  redisUrl: string;
  databaseUrl: string;
  l1Url: string;
  stop(): Promise<void>;
}

let stack: L1Stack;
let settled: SettledL1;
let sql: Sql;
let dataDir: string;
let snapshot: Hex;
const started = new Set<WatchedChain>();
export const RECIPIENT: Hex = `0x${"bb".repeat(20)}`;
export const OTHER: Hex = `0x${"cc".repeat(20)}`;
/** Account 0 of the development mnemonic: rich on L2 from genesis on. */
export const FUNDED_KEY: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/** To be called at the beginning of a test file. */
export function useL1Bench(startStack: () => Promise<L1Stack>): void {
  beforeAll(async () => {
    stack = await startStack();
    sql = await createSql(stack.databaseUrl);
    settled = await settleL1(stack.l1Url);
  }, 60_000);
  beforeEach(async () => {
    snapshot = await settled.control.snapshot();
    await resetStores(sql, stack.redisUrl);
    dataDir = mkdtempSync(path.join(tmpdir(), "braid-l1-"));
  });
  afterEach(async () => {
    const failures = [...started].flatMap((one) => one.failures);
    for (const one of started) await one.stop();
    started.clear();
    rmSync(dataDir, { recursive: true, force: true });
    await settled.control.revert({ id: snapshot });
    expect(failures).toEqual([]);
  });
  afterAll(async () => {
    await sql?.end();
    await stack?.stop();
  });
}

export const l1 = (): SettledL1 => settled;
export const l1Url = (): string => stack.l1Url;

export async function start(options: Partial<WatchedChainOptions> = {}): Promise<WatchedChain> {
  const { redisUrl, databaseUrl } = stack;
  const chain = await startWatchedChain({ l1: settled, redisUrl, databaseUrl, dataDir, ...options });
  started.add(chain);
  return chain;
}

export async function stop(chain: WatchedChain): Promise<void> {
  expect(chain.failures).toEqual([]);
  started.delete(chain);
  await chain.stop();
}

export const poll = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });
export const portal = () => ({ address: settled.settlement.portal, abi: optimismPortalAbi }) as const;
export const sqlOfBench = (): Sql => sql;

export async function metric(chain: WatchedChain, name: string): Promise<number> {
  const found = await chain.registry.getSingleMetric(name)?.get();
  return found?.values[0]?.value ?? 0;
}

/** A transfer of one wei by the user on L2. */
export function signed(fields: { nonce: number; gas?: bigint; chainId?: number }): Promise<Hex> {
  return USER.signTransaction({
    ...{ type: "eip1559", chainId: 7357, gas: 21_000n, to: RECIPIENT, value: 1n },
    ...{ maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 1000n },
    ...fields,
  });
}

/** A development L1's own: the last blocks go, and empty ones come in their place. */
export async function reorganize(depth: number): Promise<void> {
  await settled.control.request({ method: "anvil_reorg", params: [depth, []] } as never);
}

/** Resolves to the L2 hash. */
export async function deposit(fields: { mint?: bigint; value?: bigint; to?: Hex } = {}): Promise<Hex> {
  const request = { to: RECIPIENT, gas: 100_000n, ...fields };
  const hash = await settled.wallet.depositTransaction({
    request,
    targetChain: l2Chain("http://unused", settled.settlement.portal),
  } as never);
  const receipt = await settled.reader.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  const [l2Hash] = getL2TransactionHashes(receipt);
  if (l2Hash === undefined) throw new InvariantError("no deposit in the receipt");
  return l2Hash;
}
