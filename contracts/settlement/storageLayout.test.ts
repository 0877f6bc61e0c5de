/** Storage that an upgrade would read wrong: what is there may only be appended to. */
import { readdirSync, readFileSync } from "node:fs";
import { concat, type Hex, hexToBytes, keccak256, pad, toBytes, toHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { namespacedStorageArtifact } from "../artifacts/namespacedStorage.ts";
import { createBatchChain } from "./batchChain.ts";
import { createFixture, type Fixture, SETTINGS } from "./settlementFixture.ts";

const SOURCES = new URL("../src/l1/", import.meta.url);

let stack: TestStack;
let fixture: Fixture;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());

/** ERC-7201 */
function namespaceSlot(id: string): bigint {
  const inner = BigInt(keccak256(toBytes(id))) - 1n;
  return BigInt(keccak256(toHex(inner, { size: 32 }))) & ~0xffn;
}

function namespaces(): { id: string; struct: string; slot: bigint }[] {
  return readdirSync(SOURCES)
    .filter((file) => file.endsWith(".sol"))
    .flatMap((file) => {
      const text = readFileSync(new URL(file, SOURCES), "utf8");
      const annotated = /@custom:storage-location erc7201:(\S+)\s+struct (\w+)/.exec(text);
      if (annotated === null) return [];
      const slot = /bytes32 private constant \w+_STORAGE = (0x[0-9a-f]{64});/.exec(text)?.[1];
      const [, id = "", struct = ""] = annotated;
      return [{ id, struct: `${file.replace(".sol", "")}.${struct}`, slot: BigInt(slot ?? 0) }];
    });
}

test("every namespace is where ERC-7201 puts it, and no two are one", () => {
  const found = namespaces();
  expect(found).toHaveLength(9);
  for (const { id, slot } of found) expect(slot, id).toBe(namespaceSlot(id));
  expect(new Set(found.map(({ slot }) => slot)).size).toBe(9);
  expect(found.map(({ struct }) => struct).every((name) => name in namespacedStorageArtifact.structs)).toBe(
    true,
  );
});

test("the members of every namespace stay in their slots", () => {
  expect(namespacedStorageArtifact.structs).toEqual({
    "L1MessageQueue.Message": [
      "0:0 rollingHash (bytes32)",
      "1:0 enqueuedAt (uint64)",
      "1:8 deadline (uint64)",
    ],
    "L1MessageQueue.QueueStorage": [
      "0:0 count (uint64)",
      "0:8 inclusionWindow (uint64)",
      "1:0 messages (mapping(uint64 => struct L1MessageQueue.Message))",
    ],
    "L1StandardBridge.BridgeStorage": [
      "0:0 portal (contract IOptimismPortal)",
      "1:0 deposits (mapping(address => mapping(address => uint256)))",
    ],
    "OptimismPortal.PortalStorage": [
      "0:0 rollup (contract IRollup)",
      "1:0 proven (mapping(bytes32 => struct OptimismPortal.ProvenWithdrawal))",
      "2:0 finalized (mapping(bytes32 => bool))",
      "3:0 failed (mapping(bytes32 => bool))",
    ],
    "OptimismPortal.ProvenWithdrawal": [
      "0:0 outputRoot (bytes32)",
      "1:0 timestamp (uint128)",
      "1:16 l2OutputIndex (uint128)",
    ],
    "OutputOracle.Batch": [
      "0:0 hash (bytes32)",
      "1:0 lastBlock (uint64)",
      "1:8 messagesConsumed (uint64)",
      "1:16 l1OriginNumber (uint64)",
      "1:24 provenAt (uint64)",
      "2:0 outputRoot (bytes32)",
    ],
    "OutputOracle.ChainStorage": [
      "0:0 lastNumber (uint64)",
      "0:8 lastProven (uint64)",
      "0:16 lastFinalized (uint64)",
      "0:24 finalizationPeriod (uint64)",
      "1:0 submissionInterval (uint64)",
      "1:8 startingTimestamp (uint64)",
      "1:16 deployedAtBlock (uint64)",
      "2:0 batches (mapping(uint64 => struct OutputOracle.Batch))",
    ],
    "Pausing.Pause": ["0:0 until (uint64)", "0:8 guardianFrom (uint64)"],
    "Pausing.PausingStorage": [
      "0:0 guardian (address)",
      "1:0 pauses (mapping(enum PauseKind => struct Pausing.Pause))",
    ],
    "ResourceMetering.MeteringStorage": ["0:0 params (struct ResourceMetering.ResourceParams)"],
    "ResourceMetering.ResourceParams": [
      "0:0 prevBaseFee (uint128)",
      "0:16 prevBoughtGas (uint64)",
      "0:24 prevBlockNum (uint64)",
    ],
    "Rollup.SettlementStorage": [
      "0:0 queue (contract IL1MessageQueue)",
      "0:20 silenceWindow (uint64)",
      "1:0 verifier (contract IVerifier)",
      "1:20 lastSequencerBlock (uint64)",
      "2:0 provenStateRoot (bytes32)",
      "3:0 sequencers (mapping(address => bool))",
    ],
    "OutflowLimit.Bucket": [
      "0:0 capacity (uint128)",
      "0:16 period (uint64)",
      "0:24 updatedAt (uint64)",
      "1:0 level (uint256)",
    ],
    "TokenLimits.TokenLimitsStorage": ["0:0 buckets (mapping(address => struct OutflowLimit.Bucket))"],
    "WithdrawalLimit.LimitStorage": ["0:0 bucket (struct OutflowLimit.Bucket)"],
  });
});

test("the deployed contracts keep their state there", async () => {
  const { reader, deployment, accounts } = fixture;
  const at = async (address: Hex, id: string, offset: bigint) => {
    const slot = toHex(namespaceSlot(id) + offset, { size: 32 });
    return hexToBytes((await reader.getStorageAt({ address, slot })) ?? "0x");
  };
  const part = (word: Uint8Array, offset: number, length: number) =>
    toHex(word.subarray(32 - offset - length, 32 - offset));
  await createBatchChain(fixture).commit();
  const chain = await at(deployment.rollup, "braid.storage.BatchChain", 0n);
  expect(BigInt(part(chain, 0, 8))).toBe(1n);
  expect(BigInt(part(chain, 24, 8))).toBe(BigInt(SETTINGS.finalizationPeriodSeconds));
  const settlement = await at(deployment.rollup, "braid.storage.Settlement", 0n);
  expect(part(settlement, 0, 20)).toBe(deployment.queue.toLowerCase());
  for (const address of [deployment.rollup, deployment.portal]) {
    const pausing = await at(address, "braid.storage.Pausing", 0n);
    expect(part(pausing, 0, 20)).toBe(accounts.guardian.address.toLowerCase());
  }
  const queue = await at(deployment.portal, "braid.storage.L1MessageQueue", 0n);
  expect(BigInt(part(queue, 8, 8))).toBe(BigInt(SETTINGS.inclusionWindowBlocks));
  const portal = await at(deployment.portal, "braid.storage.OptimismPortal", 0n);
  expect(part(portal, 0, 20)).toBe(deployment.rollup.toLowerCase());
  const metering = await at(deployment.portal, "braid.storage.ResourceMetering", 0n);
  expect(BigInt(part(metering, 0, 16))).toBe(10n ** 9n);
  const limit = await at(deployment.portal, "braid.storage.WithdrawalLimit", 0n);
  expect(BigInt(part(limit, 0, 16))).toBe(SETTINGS.withdrawalLimit.capacity);
  const token = deployment.queue;
  const args = [token, 77n, 99n] as const;
  await fixture.sends(accounts.deployer, {
    ...{ ...fixture.contracts.bridge, functionName: "setTokenWithdrawalLimit", args },
  });
  const buckets = toHex(namespaceSlot("braid.storage.TokenLimits"), { size: 32 });
  const slot = keccak256(concat([pad(token), buckets]));
  const bucket = hexToBytes(
    (await reader.getStorageAt({ address: deployment.standardBridge, slot })) ?? "0x",
  );
  expect([BigInt(part(bucket, 0, 16)), BigInt(part(bucket, 16, 8))]).toEqual([77n, 99n]);
  const bridge = await at(deployment.standardBridge, "braid.storage.L1StandardBridge", 0n);
  expect(part(bridge, 0, 20)).toBe(deployment.portal.toLowerCase());
});
