import { encodeFunctionData, type Hex, numberToHex, zeroAddress, zeroHash } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { bytesToHex, HISTORY_STORAGE_ADDRESS } from "../../protocol/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { settlementProxyArtifact } from "../artifacts/settlementProxy.ts";
import { testTargetArtifact } from "../artifacts/testTarget.ts";
import { isSettlementDeployed } from "../deploySettlement.ts";
import {
  blobsHash,
  type CommittedBatch,
  calldataHash,
  createBatchChain,
  hashBatch,
  proveCall,
  publicInputsOf,
  sign,
} from "./batchChain.ts";
import { constantBlob } from "./constantBlob.ts";
import { createFixture, type Fixture, GENESIS, PAUSE, refusal, SETTINGS, word } from "./settlementFixture.ts";

const HISTORY_STORAGE = bytesToHex(HISTORY_STORAGE_ADDRESS);

let stack: TestStack;
let fixture: Fixture;
let batches: ReturnType<typeof createBatchChain>;
let snapshot: Hex;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  snapshot = await fixture.control.snapshot();
  batches = createBatchChain(fixture);
});
afterEach(() => fixture.control.revert({ id: snapshot }));

const rollupCall = (functionName: string, args: readonly unknown[] = []) => ({
  ...fixture.contracts.rollup,
  functionName,
  args,
});
const read = (functionName: string, args: readonly unknown[] = []) =>
  fixture.reader.readContract(rollupCall(functionName, args) as never) as Promise<unknown>;
const refuses = async (change: Parameters<typeof batches.next>[0] = {}, data?: Hex) =>
  fixture.refuses(fixture.accounts.sequencer, batches.commitCall(await batches.next(change), data));
const deposits = () =>
  fixture.sends(fixture.accounts.user, {
    ...fixture.contracts.portal,
    functionName: "depositTransaction",
    args: [fixture.accounts.user.address, 0n, 21_000n, false, "0x"],
  });

test("starts from genesis and is recognized by it", async () => {
  const { deployment, l1Url } = fixture;
  const { hash } = batches.last;
  expect(await read("lastBatch")).toEqual({ number: 0n, lastBlock: 0n, batchHash: hash });
  const genesis = { ...GENESIS, blockHash: GENESIS.stateRoot };
  expect(await isSettlementDeployed({ l1Url, rollup: deployment.rollup, genesis: GENESIS })).toBe(true);
  expect(await isSettlementDeployed({ l1Url, rollup: deployment.rollup, genesis })).toBe(false);
  expect(await isSettlementDeployed({ l1Url, rollup: deployment.portal, genesis })).toBe(false);
  expect(await isSettlementDeployed({ l1Url, rollup: zeroAddress, genesis })).toBe(false);
  expect(await read("version")).toBe("2.0.0");
});

test("links batches by hashes that are computed beside it too", async () => {
  await deposits();
  const first = await batches.commit();
  expect(first.header.messagesConsumed).toBe(1n);
  const second = await batches.commit({}, `0x${"5b".repeat(300)}`);
  for (const batch of [first, second]) {
    expect(await read("batchHash", [batch.header.number])).toBe(batch.hash);
    const { header, dataHash, rollingHash, previousStateRoot } = batch;
    expect(await read("hashBatch", [header, dataHash, rollingHash])).toBe(batch.hash);
    expect(await read("hashPublicInputs", [header, dataHash, rollingHash, previousStateRoot])).toBe(
      publicInputsOf(fixture, batch),
    );
  }
  expect(await read("lastBatch")).toEqual({ number: 2n, lastBlock: 10n, batchHash: second.hash });
  expect(await read("batchAt", [2n])).toMatchObject({ lastBlock: 10n, messagesConsumed: 1n, provenAt: 0n });
  expect(await refusal(read("batchHash", [3n]))).toBe("UnknownBatch(3,2)");
});

test("refuses whatever does not continue the chain", async () => {
  const { hash } = batches.last;
  expect(await refuses({ number: 2n })).toBe("UnexpectedBatchNumber(2,1)");
  expect(await refuses({ previousHash: word("99") })).toBe(`UnexpectedPreviousHash(${word("99")},${hash})`);
  expect(await refuses({ firstBlock: 2n })).toBe("UnexpectedFirstBlock(2,1)");
  expect(await refuses({ lastBlock: 0n })).toBe("EmptyBlockRange(1,0)");
  for (const field of ["postStateRoot", "lastBlockHash", "outputRoot"] as const) {
    expect(await refuses({ [field]: zeroHash })).toMatch(/^EmptyRoots/);
  }
  expect(await refuses({}, "0x")).toBe("EmptyData(1)");
  expect(await refuses()).toBe("not refused");
});

test("binds the L1 origin: past, never back, its hash as long as L1 knows it", async () => {
  const { control, reader } = fixture;
  await batches.commit();
  const { header } = batches.last;
  const head = await reader.getBlockNumber();
  expect(await refuses({ l1OriginNumber: header.l1OriginNumber - 1n })).toBe(
    `OriginWentBack(${header.l1OriginNumber - 1n},${header.l1OriginNumber})`,
  );
  expect(await refuses({ l1OriginNumber: head + 1n })).toMatch(/^OriginNotPast/);
  expect(await refuses({ l1OriginHash: word("77") })).toMatch(/^UnexpectedOriginHash/);
  await control.mine({ blocks: 300 });
  // Beyond BLOCKHASH, within EIP-2935.
  const old = await reader.getBlock({ blockNumber: head });
  const origin = { l1OriginNumber: head, l1OriginHash: old.hash };
  expect(await refuses(origin)).toBe("not refused");
  expect(await refuses({ ...origin, l1OriginHash: word("77") })).toBe(
    `UnexpectedOriginHash(${head},${word("77")},${old.hash})`,
  );
  // Beyond EIP-2935 too: the history has no entry.
  const index = numberToHex(head % 8_191n, { size: 32 });
  await control.setStorageAt({ address: HISTORY_STORAGE, index, value: zeroHash });
  expect(await refuses({ ...origin, l1OriginHash: word("77") })).toBe("not refused");
});

test("consumes the messages of L1 in order, and none after the origin", async () => {
  await deposits();
  await deposits();
  const { reader } = fixture;
  expect(await refuses({ messagesConsumed: 3n })).toBe("MessagesOutOfRange(3,0,2)");
  const before = await reader.getBlock({ blockNumber: (await reader.getBlockNumber()) - 1n });
  const origin = { l1OriginNumber: before.number, l1OriginHash: before.hash };
  expect(await refuses(origin)).toBe(`MessageAfterOrigin(1,${before.number + 1n},${before.number})`);
  expect(await refuses({ ...origin, messagesConsumed: 1n })).toBe("not refused");
  await batches.commit();
  expect(await refuses({ messagesConsumed: 1n })).toBe("MessagesOutOfRange(1,2,2)");
});

test("no batch passes a message whose deadline is over", async () => {
  const { control, reader, contracts } = fixture;
  await deposits();
  const deadline = await reader.readContract({
    ...contracts.portal,
    functionName: "deadlineOf",
    args: [0n],
  });
  expect(deadline).toBe((await reader.getBlockNumber()) + BigInt(SETTINGS.inclusionWindowBlocks));
  await control.mine({ blocks: SETTINGS.inclusionWindowBlocks - 1 });
  expect(await refuses({ messagesConsumed: 0n })).toBe("not refused");
  await batches.commit({ messagesConsumed: 0n });
  expect(await refuses({ messagesConsumed: 0n })).toBe(`MessageOverdue(0,${deadline})`);
  await deposits();
  expect(await refuses({ messagesConsumed: 1n })).toBe("not refused");
  await batches.commit({ messagesConsumed: 1n });
  await fixture.sends(fixture.accounts.guardian, rollupCall("revertBatches", [1n]));
  batches = createBatchChain(fixture);
  expect(await refuses({ messagesConsumed: 0n })).toBe(`MessageOverdue(0,${deadline})`);
});

test("only the sequencer posts, directly; after a long silence anyone", async () => {
  const { accounts, control, reader, deployment, sends } = fixture;
  const call = async () => batches.commitCall(await batches.next());
  const openFrom = await read("openFromBlock");
  expect(await fixture.refuses(accounts.stranger, await call())).toBe(
    `NotSequencer(${accounts.stranger.address},${openFrom})`,
  );
  const target = await fixture.deployTarget();
  await sends(accounts.deployer, rollupCall("setSequencer", [target, true]));
  const header = await batches.next();
  const data = encodeFunctionData({
    abi: fixture.contracts.rollup.abi,
    functionName: "commitBatch",
    args: [header, "0x01"],
  });
  const through = {
    address: target,
    abi: testTargetArtifact.abi,
    functionName: "call",
    args: [deployment.rollup, data],
  };
  expect(await fixture.refuses(accounts.sequencer, through)).toBe(
    `CallNotDirect(${target},${accounts.sequencer.address})`,
  );
  await control.setCode({ address: accounts.sequencer.address, bytecode: `0xef0100${"12".repeat(20)}` });
  expect(await fixture.refuses(accounts.sequencer, await call())).toMatch(/^CallNotDirect/);
  await control.setCode({ address: accounts.sequencer.address, bytecode: "0x" });

  const remaining = Number(openFrom) - Number(await reader.getBlockNumber()) - 1;
  await control.mine({ blocks: remaining - 1 });
  expect(await fixture.refuses(accounts.stranger, await call())).toMatch(/^NotSequencer/);
  await control.mine({ blocks: 1 });
  for (let i = 0; i < 2; i++) {
    const next = await batches.next();
    await sends(accounts.stranger, batches.commitCall(next));
    await batches.committed(next, calldataHash("0x0102"));
  }
  await batches.commit();
  expect(await fixture.refuses(accounts.stranger, await call())).toMatch(/^NotSequencer/);
});

test("proves batches in order, by whoever brings the provers' signatures", async () => {
  const first = await batches.commit();
  const second = await batches.commit({ postStateRoot: word("dd"), outputRoot: word("ee") });
  const proving = async (batch: CommittedBatch, proof?: Hex) =>
    fixture.refuses(
      fixture.accounts.stranger,
      proveCall(fixture, batch, proof ?? (await sign(fixture, batch))),
    );
  expect(await proving(second)).toBe("UnexpectedBatchNumber(2,1)");
  expect(await proving({ ...first, dataHash: word("01") })).toMatch(/^UnexpectedBatchHash/);
  const forged = { ...first, header: { ...first.header, postStateRoot: word("ab") } };
  expect(await proving(forged)).toMatch(/^UnexpectedBatchHash/);
  expect(await proving(first, "0x")).toBe(`InvalidProof(1,${publicInputsOf(fixture, first)})`);
  expect(await proving(first, await sign(fixture, second))).toMatch(/^InvalidProof/);
  await batches.prove(first);
  const elsewhere = { ...second, previousStateRoot: word("ab") };
  expect(await proving(second, await sign(fixture, elsewhere))).toMatch(/^InvalidProof/);
  const receipt = await batches.prove(second);
  const { timestamp } = await fixture.reader.getBlock({ blockNumber: receipt.blockNumber });
  expect(await read("getL2Output", [1n])).toEqual({
    outputRoot: word("ee"),
    timestamp,
    l2BlockNumber: 10n,
  });
  expect(await proving(second)).toBe("UnexpectedBatchNumber(2,3)");
  expect(await proving({ ...second, header: { ...second.header, number: 3n } })).toBe("UnknownBatch(3,2)");
});

test("a batch is final when the window after its proof is over, and all before it", async () => {
  const { accounts, control, reader, sends, passes } = fixture;
  const finalize = (number: bigint) => rollupCall("finalizeBatch", [number]);
  const first = await batches.commit();
  const second = await batches.commit();
  expect(await fixture.refuses(accounts.stranger, finalize(1n))).toBe("NotFinalizable(1,0,0)");
  await batches.prove(first);
  await passes(100);
  const { blockNumber } = await batches.prove(second);
  const { timestamp } = await reader.getBlock({ blockNumber });
  const finalAt = timestamp + BigInt(SETTINGS.finalizationPeriodSeconds);
  expect(await fixture.refuses(accounts.stranger, finalize(2n))).toBe(`FinalizableAt(2,${finalAt})`);
  expect(await read("isOutputFinalized", [1n])).toBe(false);
  await control.setNextBlockTimestamp({ timestamp: finalAt });
  await sends(accounts.stranger, { ...finalize(2n), gas: 200_000n });
  expect(await read("lastFinalizedBatch")).toBe(2n);
  expect([await read("isOutputFinalized", [0n]), await read("isOutputFinalized", [1n])]).toEqual([
    true,
    true,
  ]);
  expect(await read("isOutputFinalized", [2n])).toBe(false);
  expect(await fixture.refuses(accounts.stranger, finalize(1n))).toBe("NotFinalizable(1,2,2)");
  await sends(accounts.guardian, rollupCall("pause", [PAUSE.finalize, 60n]));
  expect(await fixture.refuses(accounts.stranger, finalize(3n))).toMatch(/^PausedUntil\(2,/);
  expect(await read("isOutputFinalized", [1n])).toBe(true);
});

test("the guardian takes back what is not proven, and only that", async () => {
  const { accounts, sends } = fixture;
  const revert = (from: bigint) => rollupCall("revertBatches", [from]);
  const first = await batches.commit();
  await batches.prove(first);
  await deposits();
  await batches.commit();
  await batches.commit();
  expect(await fixture.refuses(accounts.stranger, revert(2n))).toBe(
    `NotGuardian(${accounts.stranger.address})`,
  );
  expect(await fixture.refuses(accounts.guardian, revert(1n))).toBe("NotRevertible(1,2,3)");
  expect(await fixture.refuses(accounts.guardian, revert(4n))).toBe("NotRevertible(4,2,3)");
  await sends(accounts.guardian, revert(2n));
  expect(await read("lastBatch")).toEqual({ number: 1n, lastBlock: 5n, batchHash: first.hash });
  expect(await refusal(read("batchHash", [2n]))).toBe("UnknownBatch(2,1)");
  batches.rewind(first);
  const again = await batches.commit({ postStateRoot: word("ef") });
  await batches.prove(again);
  expect(await read("lastProvenBatch")).toBe(2n);
  expect(await fixture.refuses(accounts.deployer, revert(2n))).toBe("NotRevertible(2,3,2)");
});

test("the owner takes back proven batches until they are final", async () => {
  const { accounts, sends, passes } = fixture;
  const genesis = batches.last;
  const takeBack = ({ header, dataHash }: CommittedBatch) =>
    rollupCall("revertProvenBatches", [header, dataHash]);
  const refuses = (batch: CommittedBatch) => fixture.refuses(accounts.deployer, takeBack(batch));
  expect(await refuses(genesis)).toBe("NotRevertible(1,1,0)");
  const first = await batches.commit();
  const second = await batches.commit({ postStateRoot: word("d2") });
  const third = await batches.commit();
  for (const batch of [first, second]) await batches.prove(batch);
  expect(await refuses(second)).toBe("NotRevertible(3,1,3)");
  expect(await refuses({ ...first, dataHash: word("01") })).toMatch(/^UnexpectedBatchHash/);
  const receipt = await sends(accounts.deployer, takeBack(first));
  expect(receipt.logs).toHaveLength(1);
  expect(await read("lastBatch")).toEqual({ number: 1n, lastBlock: 5n, batchHash: first.hash });
  expect([await read("lastProvenBatch"), await read("nextOutputIndex")]).toEqual([1n, 1n]);
  expect(await refusal(read("batchHash", [third.header.number]))).toBe("UnknownBatch(3,1)");

  batches.rewind(first);
  const again = await batches.commit({ postStateRoot: word("e2"), outputRoot: word("e3") });
  expect(await read("batchAt", [2n])).toMatchObject({ provenAt: 0n, outputRoot: zeroHash });
  await batches.prove(again);
  expect(await read("getL2Output", [1n])).toMatchObject({ outputRoot: word("e3") });
  await sends(accounts.deployer, takeBack(genesis));
  expect(await read("lastProvenBatch")).toBe(0n);
  batches.rewind(genesis);
  const anew = await batches.commit();
  await batches.prove(anew);
  await batches.prove(await batches.commit());

  // Over the window only while finality is paused, and never what was written down as final.
  await passes(SETTINGS.finalizationPeriodSeconds);
  expect(await refuses(genesis)).toBe("NotRevertible(1,1,2)");
  await sends(accounts.stranger, rollupCall("finalizeBatch", [1n]));
  await sends(accounts.guardian, rollupCall("pause", [PAUSE.finalize, 60n]));
  expect(await refuses(genesis)).toBe("NotRevertible(1,2,2)");
  expect(await refuses(anew)).toBe("not refused");
});

test("takes a batch by blobs, all of the transaction's and nothing else", async () => {
  const { accounts, reader, wallet, contracts, deployment } = fixture;
  const blobs = [constantBlob(7), constantBlob(8)];
  const blobVersionedHashes = blobs.map((b) => b.versionedHash);
  const header = await batches.next();
  const call = async (count: bigint) => ({
    to: deployment.rollup,
    data: encodeFunctionData({
      abi: contracts.rollup.abi,
      functionName: "commitBatchBlobs",
      args: [header, count],
    }),
    maxFeePerBlobGas: 10n ** 10n,
    blobVersionedHashes,
    ...(await reader.estimateFeesPerGas()),
  });
  for (const count of [0n, 1n, 3n, 2n ** 255n]) {
    const request = { ...(await call(count)), account: accounts.sequencer, blockTag: "pending" } as const;
    expect(await refusal(reader.call(request))).toBe(`BadBlobCount(${count})`);
  }
  const signed = await accounts.sequencer.signTransaction({
    ...(await call(2n)),
    type: "eip4844",
    chainId: 31337,
    nonce: await reader.getTransactionCount({ address: accounts.sequencer.address }),
    gas: 500_000n,
    sidecars: blobs.map(({ blob, commitment, proof }) => ({ blob, commitment, proof })),
  });
  const hash = await wallet.sendRawTransaction({ serializedTransaction: signed });
  expect((await reader.waitForTransactionReceipt({ hash })).status).toBe("success");
  const batch = await batches.committed(header, blobsHash(blobs.map((b) => b.versionedHash)));
  expect(await read("batchHash", [1n])).toBe(batch.hash);
  expect(batch.hash).toBe(hashBatch(header, batch.dataHash, batch.rollingHash));
  await batches.prove(batch);
  const absent = rollupCall("commitBatchBlobs", [await batches.next(), 1n]);
  expect(await fixture.refuses(accounts.sequencer, absent)).toBe("BadBlobCount(1)");
});

test("pauses of commits and proofs", async () => {
  const { accounts, sends } = fixture;
  const batch = await batches.commit();
  await sends(accounts.guardian, rollupCall("pause", [PAUSE.commit, 60n]));
  await sends(accounts.guardian, rollupCall("pause", [PAUSE.prove, 60n]));
  expect(await refuses()).toMatch(/^PausedUntil\(0,/);
  const call = proveCall(fixture, batch, await sign(fixture, batch));
  expect(await fixture.refuses(accounts.stranger, call)).toMatch(/^PausedUntil\(1,/);
  await fixture.passes(60);
  await batches.commit();
  await sends(accounts.stranger, call);
});

test("initialization refuses what would make a dead rollup, and happens once", async () => {
  const { accounts, deployment } = fixture;
  const address = accounts.stranger.address;
  const config = {
    owner: address,
    guardian: address,
    sequencer: address,
    queue: deployment.queue,
    verifier: deployment.verifier,
    genesisStateRoot: word("11"),
    genesisBlockHash: word("22"),
    finalizationPeriodSeconds: 1n,
    silenceWindow: 1n,
    submissionInterval: 1n,
    l2Deployment: "0x" as const,
  };
  const abi = fixture.contracts.rollup.abi;
  const creation = (change: Partial<typeof config>) => {
    const data = encodeFunctionData({ abi, functionName: "initialize", args: [{ ...config, ...change }] });
    return fixture.refusesCreation(settlementProxyArtifact, [deployment.implementations.rollup, data]);
  };
  for (const role of ["owner", "guardian", "sequencer", "queue", "verifier"]) {
    expect(await creation({ [role]: zeroAddress }), role).toBe("ZeroAddress()");
  }
  for (const period of ["finalizationPeriodSeconds", "silenceWindow", "submissionInterval"]) {
    expect(await creation({ [period]: 0n }), period).toBe("ZeroPeriod()");
  }
  expect(await creation({ genesisStateRoot: zeroHash })).toBe(`ZeroGenesis(${zeroHash},${word("22")})`);
  expect(await creation({ genesisBlockHash: zeroHash })).toBe(`ZeroGenesis(${word("11")},${zeroHash})`);
  expect(await creation({})).toBe("not refused");
  for (const target of [deployment.rollup, deployment.implementations.rollup]) {
    const call = { address: target, abi, functionName: "initialize", args: [config] };
    expect(await fixture.refuses(accounts.deployer, call)).toBe("InvalidInitialization()");
  }
});
