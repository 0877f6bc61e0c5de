/** Batches for tests, computed beside the contract: headers, hashes, public inputs and the provers' signatures. */
import { concat, encodeAbiParameters, type Hex, keccak256, zeroHash } from "viem";
import type { HDAccount } from "viem/accounts";
import { bytesToHex } from "../../protocol/index.ts";
import { type Call, type Fixture, GENESIS, word } from "./settlementFixture.ts";

export interface Header {
  number: bigint;
  previousHash: Hex;
  firstBlock: bigint;
  lastBlock: bigint;
  postStateRoot: Hex;
  lastBlockHash: Hex;
  outputRoot: Hex;
  l1OriginNumber: bigint;
  l1OriginHash: Hex;
  messagesConsumed: bigint;
}

export interface CommittedBatch {
  header: Header;
  dataHash: Hex;
  rollingHash: Hex;
  hash: Hex;
  previousStateRoot: Hex;
}

const HEADER = {
  type: "tuple",
  components: [
    { name: "number", type: "uint64" },
    { name: "previousHash", type: "bytes32" },
    { name: "firstBlock", type: "uint64" },
    { name: "lastBlock", type: "uint64" },
    { name: "postStateRoot", type: "bytes32" },
    { name: "lastBlockHash", type: "bytes32" },
    { name: "outputRoot", type: "bytes32" },
    { name: "l1OriginNumber", type: "uint64" },
    { name: "l1OriginHash", type: "bytes32" },
    { name: "messagesConsumed", type: "uint64" },
  ],
} as const;
const BYTES32 = { type: "bytes32" } as const;

export const DATA: Hex = "0x0102";

export function hashBatch(header: Header, dataHash: Hex, rollingHash: Hex): Hex {
  return keccak256(encodeAbiParameters([HEADER, BYTES32, BYTES32], [header, dataHash, rollingHash]));
}

export function calldataHash(data: Hex): Hex {
  return keccak256(concat(["0x00", keccak256(data)]));
}

export function blobsHash(versionedHashes: readonly Hex[]): Hex {
  return keccak256(concat(["0x01", keccak256(concat(versionedHashes))]));
}

/** Keeps the last committed batch, so that the next one continues it. */
export function createBatchChain(fixture: Fixture) {
  const { reader, contracts, accounts, sends } = fixture;
  const genesis: Header = {
    number: 0n,
    previousHash: zeroHash,
    firstBlock: 0n,
    lastBlock: 0n,
    postStateRoot: bytesToHex(GENESIS.stateRoot),
    lastBlockHash: bytesToHex(GENESIS.blockHash),
    outputRoot: zeroHash,
    l1OriginNumber: 0n,
    l1OriginHash: zeroHash,
    messagesConsumed: 0n,
  };
  let last: CommittedBatch = {
    header: genesis,
    dataHash: zeroHash,
    rollingHash: zeroHash,
    hash: hashBatch(genesis, zeroHash, zeroHash),
    previousStateRoot: zeroHash,
  };

  /** The header that continues the last batch by five blocks, with L1's last block as origin. */
  const next = async (change: Partial<Header> = {}): Promise<Header> => {
    const origin = await reader.getBlock();
    return {
      number: last.header.number + 1n,
      previousHash: last.hash,
      firstBlock: last.header.lastBlock + 1n,
      lastBlock: last.header.lastBlock + 5n,
      postStateRoot: word("aa"),
      lastBlockHash: word("bb"),
      outputRoot: word("cc"),
      l1OriginNumber: origin.number,
      l1OriginHash: origin.hash,
      messagesConsumed: await reader.readContract({ ...contracts.portal, functionName: "count" }),
      ...change,
    };
  };

  const commitCall = (header: Header, data: Hex = DATA): Call => ({
    ...contracts.rollup,
    functionName: "commitBatch",
    args: [header, data],
  });

  const committed = async (header: Header, dataHash: Hex): Promise<CommittedBatch> => {
    const rollingHash = await reader.readContract({
      ...contracts.portal,
      functionName: "rollingHash",
      args: [header.messagesConsumed],
    });
    const hash = hashBatch(header, dataHash, rollingHash);
    last = { header, dataHash, rollingHash, hash, previousStateRoot: last.header.postStateRoot };
    return last;
  };

  const commit = async (change: Partial<Header> = {}, data: Hex = DATA): Promise<CommittedBatch> => {
    const header = await next(change);
    await sends(accounts.sequencer, commitCall(header, data));
    return committed(header, calldataHash(data));
  };

  const prove = async (batch: CommittedBatch) =>
    sends(accounts.stranger, proveCall(fixture, batch, await sign(fixture, batch)));

  return {
    next,
    commitCall,
    commit,
    committed,
    prove,
    /** Goes on from an earlier batch, after others were reverted. */
    rewind(batch: CommittedBatch) {
      last = batch;
    },
    get last() {
      return last;
    },
  };
}

export function publicInputsOf(fixture: Fixture, batch: CommittedBatch): Hex {
  const { header, hash, rollingHash, previousStateRoot } = batch;
  const types = ["uint256", "address", ...Array(5).fill("bytes32"), "uint64", "bytes32", "bytes32"];
  return keccak256(
    encodeAbiParameters(
      types.map((type: string) => ({ type })),
      [
        31337n,
        fixture.deployment.rollup,
        header.previousHash,
        hash,
        previousStateRoot,
        header.postStateRoot,
        header.outputRoot,
        header.l1OriginNumber,
        header.l1OriginHash,
        rollingHash,
      ],
    ),
  );
}

export async function signInputs(
  fixture: Fixture,
  publicInputs: Hex,
  provers: readonly HDAccount[],
): Promise<Hex> {
  const sorted = [...provers].sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  return concat(await Promise.all(sorted.map((prover) => signOne(fixture, publicInputs, prover))));
}

export function signOne(fixture: Fixture, publicInputs: Hex, prover: HDAccount): Promise<Hex> {
  return prover.signTypedData({
    domain: {
      name: "Braid AttestationVerifier",
      version: "1",
      chainId: 31337,
      verifyingContract: fixture.deployment.verifier,
    },
    types: { BatchProof: [{ name: "publicInputs", type: "bytes32" }] },
    primaryType: "BatchProof",
    message: { publicInputs },
  });
}

export function sign(fixture: Fixture, batch: CommittedBatch): Promise<Hex> {
  const { prover1, prover2 } = fixture.accounts;
  return signInputs(fixture, publicInputsOf(fixture, batch), [prover1, prover2]);
}

export function proveCall(fixture: Fixture, batch: CommittedBatch, proof: Hex): Call {
  return {
    ...fixture.contracts.rollup,
    functionName: "proveBatch",
    args: [batch.header, batch.dataHash, proof],
  };
}
