import { afterEach, expect, test } from "vitest";
import { bytesToHex, keccak256, padTo32 } from "../../protocol/index.ts";
import { blockOf, callSpec, MESSAGE_PASSER, ProvenChain } from "../../test/support/provenChain.ts";
import { CHAIN_ID } from "../../test/support/randomBlocks.ts";
import { braidRules } from "../engine/chainRules.ts";
import { historicalReader } from "../trie/historicalReader.ts";
import { buildBatchWitness, WitnessIncompleteError, WitnessNodes, WitnessTooLargeError } from "./index.ts";

let chain: ProvenChain;
afterEach(() => chain?.close());

async function built() {
  chain = await ProvenChain.create();
  const { stateRoot: preStateRoot } = chain.genesis;
  const { blocks } = await chain.build([
    () => chain.inputOf(blockOf(callSpec(0, 1n, 9n), callSpec(1, 2n, 0n))),
    () => chain.inputOf(blockOf(callSpec(2, 1n, 0n))),
  ]);
  return { source: chain.states(), rules: braidRules(CHAIN_ID), preStateRoot, blocks };
}

test("a witness gives the state before the batch, each part once, and the root after it", async () => {
  const options = await built();
  const slot = padTo32(Uint8Array.of(3));
  const without = await buildBatchWitness(options);
  const { witness, stateRoot } = await buildBatchWitness({
    ...options,
    also: [{ address: MESSAGE_PASSER, slot }],
  });
  expect(bytesToHex(stateRoot)).toBe(bytesToHex(options.blocks.at(-1)?.header.stateRoot ?? new Uint8Array()));
  expect(new Set(witness.nodes.map((node) => bytesToHex(keccak256(node)))).size).toBe(witness.nodes.length);
  const read = (from: typeof witness) => historicalReader(new WitnessNodes(from), options.preStateRoot);
  expect(read(witness).storage(MESSAGE_PASSER, slot)).toEqual(Uint8Array.of(3));
  expect(() => read(without.witness).storage(MESSAGE_PASSER, slot)).toThrow(WitnessIncompleteError);
  // The part of the state that was asked for is as the store has it, in nodes that lead to the root.
  expect(read(without.witness).account(MESSAGE_PASSER)).toEqual(read(witness).account(MESSAGE_PASSER));
});

test("a witness keeps to its bound while it is built", async () => {
  const options = await built();
  const { witness } = await buildBatchWitness(options);
  const bytes = [...witness.nodes, ...witness.codes].reduce((sum, { length }) => sum + length, 0);
  await expect(buildBatchWitness({ ...options, maxBytes: bytes })).resolves.toBeDefined();
  await expect(buildBatchWitness({ ...options, maxBytes: bytes - 1 })).rejects.toThrow(WitnessTooLargeError);
});

test("the builder lets go of the thread before each transaction, and gives up when told to", async () => {
  const options = await built();
  let paced = 0;
  const pace = async () => {
    paced += 1;
    if (paced === 3) throw new RangeError("enough");
  };
  await expect(buildBatchWitness({ ...options, pace })).rejects.toThrow("enough");
  expect(paced).toBe(3);
});
