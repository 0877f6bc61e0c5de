/** What the node and the provers hash must be, bit by bit, what the contracts hash. */
import fc from "fast-check";
import { decodeEventLog, type Hex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import {
  type BatchCommitment,
  batchProofDigest,
  bigIntToBytes,
  blobsDataHash,
  bytesToHex,
  calldataHash,
  commitmentHash,
  depositMessageHash,
  forcedMessageHash,
  genesisCommitment,
  hexToBytes,
  keccak256,
  outputRoot,
  padTo32,
  publicInputsHash,
  rollMessage,
} from "../../protocol/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { blobsHash, calldataHash as calldataHashBeside } from "./batchChain.ts";
import { createL2State } from "./l2State.ts";
import { createFixture, type Fixture, GENESIS, word } from "./settlementFixture.ts";

let stack: TestStack;
let fixture: Fixture;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());

const RUNS = { numRuns: 15 };
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
const number = fc.oneof(fc.nat(300), fc.maxSafeNat());
const uint256 = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
const commitment: fc.Arbitrary<BatchCommitment> = fc.record({
  header: fc.record({
    number,
    previousHash: bytes32,
    firstBlock: number,
    lastBlock: number,
    postStateRoot: bytes32,
    lastBlockHash: bytes32,
    outputRoot: bytes32,
    l1OriginNumber: number,
    l1OriginHash: bytes32,
    messagesConsumed: number,
  }),
  dataHash: bytes32,
  rollingHash: bytes32,
});

function headerArgument({ header }: BatchCommitment) {
  return {
    number: BigInt(header.number),
    previousHash: bytesToHex(header.previousHash),
    firstBlock: BigInt(header.firstBlock),
    lastBlock: BigInt(header.lastBlock),
    postStateRoot: bytesToHex(header.postStateRoot),
    lastBlockHash: bytesToHex(header.lastBlockHash),
    outputRoot: bytesToHex(header.outputRoot),
    l1OriginNumber: BigInt(header.l1OriginNumber),
    l1OriginHash: bytesToHex(header.l1OriginHash),
    messagesConsumed: BigInt(header.messagesConsumed),
  };
}

test("a batch, and what a proof of it is about", async () => {
  const { reader, contracts, deployment } = fixture;
  const property = fc.asyncProperty(commitment, bytes32, async (batch, previousStateRoot) => {
    const parts = [headerArgument(batch), bytesToHex(batch.dataHash), bytesToHex(batch.rollingHash)] as const;
    const [hash, inputs] = await Promise.all([
      reader.readContract({ ...contracts.rollup, functionName: "hashBatch", args: parts }),
      reader.readContract({
        ...contracts.rollup,
        functionName: "hashPublicInputs",
        args: [...parts, bytesToHex(previousStateRoot)],
      }),
    ]);
    expect(bytesToHex(commitmentHash(batch))).toBe(hash);
    const rollup = { chainId: 31337, address: hexToBytes(deployment.rollup) };
    expect(bytesToHex(publicInputsHash(rollup, batch, previousStateRoot))).toBe(inputs);
  });
  await fc.assert(property, RUNS);
});

test("batch 0", async () => {
  const { reader, contracts } = fixture;
  const genesis = await reader.readContract({ ...contracts.rollup, functionName: "batchHash", args: [0n] });
  expect(bytesToHex(commitmentHash(genesisCommitment(GENESIS)))).toBe(genesis);
});

test("what a prover signs", async () => {
  const { reader, contracts, deployment } = fixture;
  const verifier = { chainId: 31337, address: hexToBytes(deployment.verifier) };
  const property = fc.asyncProperty(bytes32, async (inputs) => {
    const args = [bytesToHex(inputs)] as const;
    const digest = await reader.readContract({ ...contracts.verifier, functionName: "hashBatchProof", args });
    expect(bytesToHex(batchProofDigest(inputs, verifier))).toBe(digest);
  });
  await fc.assert(property, RUNS);
});

test("messages of both kinds", async () => {
  const { reader, contracts } = fixture;
  const hashed = (kind: number, index: number, l1Block: number, from: Uint8Array, to: Hex, payload: Hex) =>
    reader.readContract({
      ...contracts.portal,
      functionName: "hashMessage",
      args: [kind, BigInt(index), BigInt(l1Block), bytesToHex(from), to, payload],
    });
  const deposit = fc.record({
    from: address,
    to: fc.option(address, { nil: undefined }),
    mint: uint256,
    value: uint256,
    gasLimit: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    data: fc.uint8Array({ maxLength: 100 }),
  });
  const property = fc.asyncProperty(number, number, deposit, async (index, l1Block, fields) => {
    const { from, to, mint, value, gasLimit, data } = fields;
    const opaque = Buffer.concat([
      padTo32(bigIntToBytes(mint)),
      padTo32(bigIntToBytes(value)),
      padTo32(bigIntToBytes(gasLimit)).subarray(24),
      Uint8Array.of(to === undefined ? 1 : 0),
      data,
    ]);
    const nobody = bytesToHex(new Uint8Array(20));
    const [deposited, forced] = await Promise.all([
      hashed(
        0,
        index,
        l1Block,
        from,
        to === undefined ? nobody : bytesToHex(to),
        bytesToHex(keccak256(opaque)),
      ),
      hashed(1, index, l1Block, from, nobody, bytesToHex(keccak256(data))),
    ]);
    const place = { index, l1Block };
    expect(bytesToHex(depositMessageHash(place, fields))).toBe(deposited);
    expect(bytesToHex(forcedMessageHash(place, from, data))).toBe(forced);
  });
  await fc.assert(property, RUNS);
});

test("the queue of real messages, from the events that a node reads", async () => {
  const { accounts, contracts, sends, reader } = fixture;
  const user = hexToBytes(accounts.user.address);
  const to = hexToBytes("0x00000000000000000000000000000000000000b0");
  const data = hexToBytes("0xdeadbeef");
  const signed = hexToBytes("0x02f86c01");
  const first = await sends(accounts.user, {
    ...contracts.portal,
    functionName: "depositTransaction",
    args: [bytesToHex(to), 3n, 100_000n, false, bytesToHex(data)],
    value: 5n,
  });
  const second = await sends(accounts.user, {
    ...contracts.portal,
    functionName: "forceTransaction",
    args: [bytesToHex(signed)],
  });
  const fields = { from: user, to, mint: 5n, value: 3n, gasLimit: 100_000n, data };
  const hashes = [
    depositMessageHash({ index: 0, l1Block: Number(first.blockNumber) }, fields),
    forcedMessageHash({ index: 1, l1Block: Number(second.blockNumber) }, user, signed),
  ];
  let rolling: Uint8Array = new Uint8Array(32);
  for (const [index, receipt] of [first, second].entries()) {
    const hash = hashes[index] ?? new Uint8Array();
    rolling = rollMessage(rolling, hash);
    const log = receipt.logs.find(({ topics }) => topics.length === 2);
    const event = decodeEventLog({
      abi: contracts.portal.abi,
      data: log?.data ?? "0x",
      topics: log?.topics ?? [],
    });
    expect(event).toMatchObject({
      eventName: "MessageEnqueued",
      args: { index: BigInt(index), messageHash: bytesToHex(hash), rollingHash: bytesToHex(rolling) },
    });
    const length = BigInt(index + 1);
    const read = { ...contracts.portal, functionName: "rollingHash", args: [length] } as const;
    expect(await reader.readContract(read)).toBe(bytesToHex(rolling));
  }
});

test("outputs, and data by both ways", async () => {
  const state = await createL2State([]);
  const root = outputRoot({
    stateRoot: hexToBytes(state.stateRoot),
    messagePasserStorageRoot: hexToBytes(state.storageHash),
    blockHash: hexToBytes(state.blockHash),
  });
  expect(bytesToHex(root)).toBe(state.outputRoot);
  const data = hexToBytes(word("5c"));
  expect(bytesToHex(calldataHash(data))).toBe(calldataHashBeside(bytesToHex(data)));
  expect(bytesToHex(blobsDataHash([data, data]))).toBe(blobsHash([bytesToHex(data), bytesToHex(data)]));
});
