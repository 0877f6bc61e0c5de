import fc from "fast-check";
import { recoverAddress } from "viem";
import { afterEach, describe, expect, test } from "vitest";
import {
  type BatchBlock,
  batchProofDigest,
  bytesToHex,
  calldataHash,
  decodeBatch,
  decodeDeposit,
  decodeL1AttributesTransaction,
  encodeBatch,
  encodeProof,
  type L1Attributes,
  l1AttributesTransaction,
  type ProofBatch,
  type ProofInput,
  publicInputsHash,
  type SettlementHeader,
} from "../protocol/index.ts";
import { blockOf, callSpec as call, L1, ProvenChain } from "../test/support/provenChain.ts";
import { type BlockSpec, blockSpec } from "../test/support/randomBlocks.ts";
import { type Proof, ProofRefusedError, type Prover, WitnessGapError } from "./index.ts";

const chains: ProvenChain[] = [];
const RUNS = Number(process.env["BRAID_TEST_RUNS"] ?? 15);

afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close();
});

async function open(lanes = 1): Promise<ProvenChain> {
  const chain = await ProvenChain.create(lanes);
  chains.push(chain);
  return chain;
}

const specs = (blocks: number): fc.Arbitrary<BlockSpec[]> =>
  fc.array(blockSpec(6, 3), { minLength: 1, maxLength: blocks });

const deposit: NonNullable<BlockSpec["deposits"]> = [
  {
    from: { kind: "actor", index: 5 },
    to: { kind: "contract", index: 1 },
    initcode: "copy",
    mint: 1000n,
    value: 10n,
    steps: [{ command: "add", a: 2n, b: 1n }],
    gasLimit: 500_000n,
  },
];

/** Two blocks, a deposit, calls that write, overwrite and clear slots. */
async function busyBatch(chain: ProvenChain): Promise<ProofInput> {
  const { blocks } = await chain.build([
    () => chain.inputOf({ ...blockOf(call(0, 1n, 0n), call(1, 2n, 5n), call(2, 3n, 4n)), deposits: deposit }),
    () => chain.inputOf(blockOf(call(3, 1n, 9n), call(1, 1n, 0n))),
  ]);
  expect(blocks.map(({ transactions }) => transactions.length)).toEqual([5, 2]);
  return chain.batch(blocks);
}

/** Blocks 1 and 2 have the L1 origin 1, block 3 has 2. A deposit and a forced transaction are in block 2. */
async function twoOrigins() {
  const chain = await open();
  const [transaction] = chain.inputOf(blockOf(call(4, 1n, 7n)));
  if (transaction === undefined) return expect.unreachable();
  const plain = () => chain.inputOf(blockOf(call(1, 1n, 1n)));
  const both = () => chain.inputOf({ ...blockOf(), deposits: deposit });
  const before = await chain.build([plain, () => [...both(), transaction]]);
  const after = await chain.build([plain]);
  return { chain, blocks: [...before.blocks, ...after.blocks], forced: [{ block: 2, transaction }] };
}

const prove = (prover: Prover, { batch, witness }: ProofInput) => prover.prove(batch, witness);

async function refusal(prover: Prover, input: ProofInput) {
  const outcome: Proof | unknown = await prove(prover, input).catch((error: unknown) => error);
  if (outcome instanceof ProofRefusedError) return outcome.refusal;
  return expect.unreachable(`not refused but ${String(outcome)}`);
}

function flipped(bytes: Uint8Array, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

/** The batch with other blocks, and a data hash that agrees. */
function withBlocks(input: ProofInput, change: (blocks: BatchBlock[]) => void): ProofInput {
  const blocks = decodeBatch(input.batch.data);
  change(blocks);
  const data = encodeBatch(blocks);
  return withBatch(input, { data, commitment: { ...input.batch.commitment, dataHash: calldataHash(data) } });
}

const withBatch = (input: ProofInput, fields: Partial<ProofBatch>): ProofInput => ({
  ...input,
  batch: { ...input.batch, ...fields },
});

function withHeader(input: ProofInput, fields: Partial<SettlementHeader>): ProofInput {
  const { commitment } = input.batch;
  return withBatch(input, { commitment: { ...commitment, header: { ...commitment.header, ...fields } } });
}

describe("a batch that is what it says", () => {
  test("is proved, whatever is in it, batch after batch", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(specs(3), { minLength: 1, maxLength: 3 }), async (batches) => {
        const chain = await ProvenChain.create();
        const prover = chain.prover();
        for (const batch of batches) {
          const { blocks } = await chain.build(batch.map((spec) => () => chain.inputOf(spec)));
          const input = await chain.batch(blocks);
          const proof = await prove(prover, input);
          const rollup = { chainId: L1.chainId, address: L1.rollup };
          const { commitment, previous } = input.batch;
          const expected = publicInputsHash(rollup, commitment, previous.header.postStateRoot);
          expect(bytesToHex(proof.publicInputs)).toBe(bytesToHex(expected));
        }
        await chain.close();
      }),
      { numRuns: RUNS },
    );
  });

  test("is proved when it was built in lanes on threads, and signed as L1 verifies it", async () => {
    const chain = await open(2);
    const calls = [0, 1, 2, 3].flatMap((sender) => [call(sender, 1n, 1n), call(sender, 2n, 0n)]);
    const { blocks, lanes } = await chain.build([() => chain.inputOf(blockOf(...calls))]);
    expect(lanes).toBe(2);
    const prover = chain.prover();
    const { publicInputs, signatures } = await prove(prover, await chain.batch(blocks));
    const digest = batchProofDigest(publicInputs, { chainId: L1.chainId, address: L1.verifier });
    const signature = bytesToHex(encodeProof(signatures));
    const signer = await recoverAddress({ hash: bytesToHex(digest), signature });
    expect(signer.toLowerCase()).toBe(bytesToHex(prover.signer));
  });

  test("is proved with forced transactions: in the block when valid, else left out", async () => {
    const chain = await open();
    const [valid, late] = chain.inputOf(blockOf(call(0, 1n, 7n), call(4, 1n, 7n)));
    const [invalid] = chain.inputOf(blockOf({ ...call(2, 1n, 1n), nonceOffset: 1n }));
    if (valid === undefined || late === undefined || invalid === undefined) return expect.unreachable();
    const { blocks } = await chain.build([() => [valid, late]]);
    const input = await chain.batch(blocks, [
      { block: 1, transaction: valid },
      { block: 1, transaction: invalid },
    ]);
    expect(decodeBatch(input.batch.data)[0]?.transactions).toHaveLength(1);
    await expect(prove(chain.prover(), input)).resolves.toMatchObject({ signatures: [{}] });
    // Left out although it is valid: what comes out is another block.
    const other = await open();
    const [censored] = other.inputOf(blockOf(call(0, 1n, 7n)));
    if (censored === undefined) return expect.unreachable();
    const without = await other.build([() => other.inputOf(blockOf(call(4, 1n, 7n)))]);
    const cheating = await other.batch(without.blocks, [{ block: 1, transaction: censored }]);
    expect(await refusal(other.prover(), cheating)).toMatchObject({ block: 1, transaction: 1 });
  });
});

describe("a batch that is not what it says gets no signature", () => {
  test("one bit of the sequencer's state", async () => {
    const chain = await open();
    const { blocks } = await chain.build([() => chain.inputOf(blockOf(call(0, 1n, 1n)))], ({ stateDiff }) => {
      for (const { account } of stateDiff.accounts) {
        if (account !== undefined && account.balance > 10n ** 18n) account.balance ^= 1n;
      }
    });
    const prover = chain.prover();
    await prove(prover, await chain.batch(blocks));
    const next = await chain.build([
      () => chain.inputOf(blockOf(call(1, 1n, 1n))),
      () => chain.inputOf(blockOf(call(0, 2n, 1n))),
    ]);
    const refused = await refusal(prover, await chain.batch(next.blocks));
    expect(refused).toMatchObject({ block: 3, field: "stateRoot" });
    expect(refused.claimed).not.toBe(refused.found);
  });

  test("a claimed root, of the batch or of a block", async () => {
    const chain = await open();
    const input = await busyBatch(chain);
    const prover = chain.prover();
    const { header } = input.batch.commitment;
    for (const field of ["postStateRoot", "lastBlockHash", "outputRoot"] as const) {
      const wrong = withHeader(input, { [field]: flipped(header[field], 77) });
      expect(await refusal(prover, wrong)).toEqual({
        block: 2,
        field,
        claimed: bytesToHex(wrong.batch.commitment.header[field]),
        found: bytesToHex(header[field]),
      });
    }
    const [first, second] = input.batch.claims;
    if (first === undefined || second === undefined) return expect.unreachable();
    for (const field of ["stateRoot", "receiptsRoot"] as const) {
      const claims = [{ ...first, [field]: flipped(first[field]) }, second];
      expect(await refusal(prover, withBatch(input, { claims }))).toMatchObject({ block: 1, field });
    }
  });

  test("a receipt", async () => {
    const chain = await open();
    const input = await busyBatch(chain);
    const prover = chain.prover();
    for (const [block, claim] of input.batch.claims.entries()) {
      for (const [transaction, known] of claim.transactions.entries()) {
        for (const [field, wrong] of [
          ["status", { ...known, status: known.status === 1 ? (0 as const) : (1 as const) }],
          ["gasUsed", { ...known, gasUsed: known.gasUsed ^ 1 }],
          ["receipt", { ...known, receiptHash: flipped(known.receiptHash) }],
        ] as const) {
          const transactions = claim.transactions.with(transaction, wrong);
          const claims = input.batch.claims.with(block, { ...claim, transactions });
          const refused = await refusal(prover, withBatch(input, { claims }));
          expect(refused).toMatchObject({ block: block + 1, transaction, field });
        }
      }
    }
  });

  test("a transaction, or anything of a block's environment", async () => {
    const chain = await open();
    const input = await busyBatch(chain);
    const prover = chain.prover();
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.nat(2), fc.nat(900), async (block, index, bit) => {
        const wrong = withBlocks(input, (blocks) => {
          const { transactions } = blocks[block] ?? expect.unreachable();
          const at = index % transactions.length;
          transactions[at] = flipped(transactions[at] ?? expect.unreachable(), 8 + bit);
        });
        const outcome: unknown = await prove(prover, wrong).catch((error: unknown) => error);
        if (outcome instanceof ProofRefusedError) expect(outcome.refusal.block).toBe(block + 1);
        // Another sender, or another thing called, which the true batch never touched.
        else expect(outcome).toBeInstanceOf(WitnessGapError);
      }),
      { numRuns: RUNS * 2 },
    );
    const spoil: ((block: BatchBlock) => void)[] = [
      (block) => {
        block.baseFeePerGas += 1n;
      },
      (block) => {
        block.timestamp += 1;
      },
      (block) => {
        block.gasLimit -= 1n;
      },
      (block) => {
        block.coinbase = flipped(block.coinbase);
      },
      (block) => {
        block.prevRandao = new Uint8Array(32);
      },
      (block) => {
        block.parentBeaconBlockRoot = flipped(block.parentBeaconBlockRoot);
      },
      (block) => {
        block.extraData = Uint8Array.of(1);
      },
      (block) => {
        block.transactions.reverse();
      },
      (block) => {
        block.transactions.pop();
      },
    ];
    for (const change of spoil) {
      const wrong = withBlocks(input, (blocks) => change(blocks[1] ?? expect.unreachable()));
      expect(await refusal(prover, wrong)).toMatchObject({ block: 2 });
    }
  });

  test("its place in the chain, its data, its messages", async () => {
    const chain = await open();
    await busyBatch(chain);
    const { blocks } = await chain.build([
      () => chain.inputOf({ ...blockOf(call(2, 1n, 1n)), deposits: deposit }),
    ]);
    const input = await chain.batch(blocks);
    const prover = chain.prover();
    await prove(prover, input);
    const { previous, commitment, parentHeader, data, messages } = input.batch;
    const { header } = previous;
    const elsewhere = { ...header, postStateRoot: flipped(header.postStateRoot) };
    const [attributes, message] = messages;
    if (attributes?.kind !== "attributes" || message?.kind !== "deposit") return expect.unreachable();
    const { number, hash, baseFee } = decodeL1AttributesTransaction(decodeDeposit(attributes.raw));
    const other = (fields: Partial<L1Attributes>): ProofInput => {
      const values = { ...decodeL1AttributesTransaction(decodeDeposit(attributes.raw)), ...fields };
      const { raw } = l1AttributesTransaction(values);
      return withBatch(input, { messages: [{ ...attributes, raw }, message] });
    };
    const cases: [field: string, input: ProofInput][] = [
      ["previousHash", withBatch(input, { previous: { ...previous, header: elsewhere } })],
      ["parentHeader", withBatch(input, { parentHeader: flipped(parentHeader, 700) })],
      ["number", withHeader(input, { number: 3 })],
      ["firstBlock", withHeader(input, { firstBlock: 2 })],
      ["lastBlock", withHeader(input, { lastBlock: 4 })],
      ["dataHash", withBatch(input, { data: flipped(data, 99) })],
      ["blobs", withBatch(input, { blobs: [new Uint8Array(32)] })],
      ["l1OriginNumber", withHeader(input, { l1OriginNumber: 0 })],
      ["l1OriginHash", withHeader(input, { l1OriginHash: flipped(commitment.header.l1OriginHash) })],
      ["messagesConsumed", withBatch(input, { messages: [attributes] })],
      ["messagesConsumed", withHeader(input, { messagesConsumed: 1 })],
      ["rollingHash", withBatch(input, { messages: [attributes, { ...message, l1Block: 1 }] })],
      ["rollingHash", withBatch(input, { commitment: { ...commitment, rollingHash: flipped(hash) } })],
      ["attributes", withBatch(input, { messages: [message] })],
      ["attributes", withBatch(input, { messages: [message, attributes] })],
      ["attributes", withBatch(input, { messages: [attributes, attributes, message] })],
      ["attributes", withBatch(input, { messages: [{ ...attributes, raw: message.raw }, message] })],
      ["attributes number", other({ number: number + 1 })],
      ["attributes hash", other({ hash: flipped(hash) })],
      ["attributes sequenceNumber", other({ sequenceNumber: 1 })],
      ["stateRoot", other({ baseFee: baseFee + 1n })],
    ];
    for (const [field, wrong] of cases) expect(await refusal(prover, wrong), field).toMatchObject({ field });
  });

  test("a message before its time: each block takes what was queued at its own L1 origin", async () => {
    for (const [l1Block, wrong] of [
      [1, false],
      [2, true],
    ] as const) {
      const { chain, blocks, forced } = await twoOrigins();
      const { batch, witness } = await chain.batch(blocks, forced, () => l1Block);
      expect(batch.commitment.header.l1OriginNumber).toBe(2);
      const proving = chain.prover().prove(batch, witness);
      if (!wrong) await expect(proving).resolves.toMatchObject({ signatures: [{}] });
      else {
        await expect(proving).rejects.toMatchObject({
          refusal: {
            block: 2,
            field: "message origin",
            claimed: "message 0 of L1 block 2",
            found: "L1 origin 1",
          },
        });
      }
    }
  });

  test("a message told of another block than its own", async () => {
    const { chain, blocks, forced } = await twoOrigins();
    const input = await chain.batch(blocks, forced);
    const [first, queued, forcedOne, third] = input.batch.messages;
    if (!first || !queued || forcedOne?.kind !== "forced" || !third) return expect.unreachable();
    for (const messages of [
      [first, queued, third, { ...forcedOne, block: 3 }],
      [first, { ...queued, block: 1 }, forcedOne, third],
      [first, forcedOne, queued, third],
      [first, queued, { ...forcedOne, block: 4 }, third],
    ]) {
      const { field } = await refusal(chain.prover(), withBatch(input, { messages }));
      expect(field).toMatch(/^(messages|rollingHash)$/);
    }
  });

  test("but not a message after its time: what did not fit into a block is carried over", async () => {
    const chain = await open();
    const prover = chain.prover();
    await prove(prover, await busyBatch(chain));
    const { blocks } = await chain.build([
      () => chain.inputOf(blockOf(call(1, 1n, 1n))),
      () => chain.inputOf({ ...blockOf(call(0, 1n, 1n)), deposits: deposit }),
    ]);
    const late = await chain.batch(blocks, [], () => 1);
    expect(late.batch.commitment.header.l1OriginNumber).toBe(2);
    await expect(prove(prover, late)).resolves.toMatchObject({ signatures: [{}] });
  });

  test("a witness with a changed or a missing part, every part of it", async () => {
    const chain = await open();
    const input = await busyBatch(chain);
    const prover = chain.prover();
    const { nodes, codes } = input.witness;
    let needed = 0;
    for (const [index, node] of nodes.entries()) {
      const wrong = { nodes: nodes.with(index, flipped(node, 7 * index)), codes };
      const missing = { nodes: nodes.toSpliced(index, 1), codes };
      for (const witness of [wrong, missing]) {
        const outcome = await prover.prove(input.batch, witness).catch((error: unknown) => error);
        if (!(outcome instanceof WitnessGapError)) continue;
        needed += 1;
        expect(outcome.address).toMatch(/^0x[0-9a-f]{40}$/);
      }
    }
    expect(needed).toBe(2 * nodes.length);
    for (const [index, code] of codes.entries()) {
      const witness = { nodes, codes: codes.with(index, flipped(code)) };
      await expect(prover.prove(input.batch, witness)).rejects.toThrow(WitnessGapError);
    }
  });
});
