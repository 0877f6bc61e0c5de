import { createBlockHeaderFromRLP } from "@ethereumjs/block";
import { privateKeyToAccount } from "viem/accounts";
import { WitnessNodes } from "../executor/index.ts";
import {
  type BatchWitness,
  batchProofDigest,
  bytesToHex,
  type ChainConfig,
  type Hex,
  hexToBytes,
  outputRoot,
  type ProofBatch,
  type ProofSignature,
  publicInputsHash,
} from "../protocol/index.ts";
import { checkInput, type HashBlobs } from "./checkInput.ts";
import { Place } from "./execution/place.ts";
import { type ProvenParent, type Runner, runBlock } from "./execution/runBlock.ts";
import { createStockVm, stockCommon } from "./execution/stockVm.ts";
import { MissingLocationError, WitnessState } from "./execution/witnessState.ts";
import { expectSame } from "./expect.ts";
import { pacer } from "./pacer.ts";

/** A batch and what it shows: what a verifier on L1 is asked to believe. */
export interface Proof {
  /** 32 bytes: `Rollup.hashPublicInputs`. */
  publicInputs: Uint8Array;
  signatures: ProofSignature[];
}

export interface ProveOptions {
  /** Nobody waits for the proof any more: it is given up with the signal's reason. */
  signal?: AbortSignal;
}

/** What a prover is, whatever kind of proof it makes. */
export interface Prover {
  /**
   * Throws ProofRefusedError for a batch that is not what it says, WitnessGapError for a witness that does not show all
   * that the batch reads; nothing else about them is an error.
   */
  prove(batch: ProofBatch, witness: BatchWitness, options?: ProveOptions): Promise<Proof>;
}

export interface ProverOptions {
  chain: ChainConfig;
  l1: {
    chainId: number;
    /** 20 bytes each. */
    rollup: Uint8Array;
    verifier: Uint8Array;
  };
  /** 32 bytes. Secret. */
  key: Hex;
  /** Without it batches in blobs are refused. */
  hashBlobs?: HashBlobs;
}

/** L2ToL1MessagePasser: its storage is what withdrawals are proven in. */
const MESSAGE_PASSER = hexToBytes("0x4200000000000000000000000000000000000016");

/**
 * The stub: runs the batch again, one transaction at a time, on EthereumJS over a witness of the state before it, and
 * signs the public inputs when all that the batch claims came out. It believes L1's hash of the batch before, and
 * nothing else that it is given.
 */
export function createProver(options: ProverOptions): Prover & { signer: Uint8Array } {
  const { l1 } = options;
  const account = privateKeyToAccount(options.key);
  const signer = hexToBytes(account.address);
  return {
    signer,
    async prove(batch, witness, { signal } = {}) {
      await reExecute(options, batch, witness, pacer(signal));
      const { commitment, previous } = batch;
      const rollup = { chainId: l1.chainId, address: l1.rollup };
      const publicInputs = publicInputsHash(rollup, commitment, previous.header.postStateRoot);
      const digest = batchProofDigest(publicInputs, { chainId: l1.chainId, address: l1.verifier });
      const signature = hexToBytes(await account.sign({ hash: bytesToHex(digest) }));
      return { publicInputs, signatures: [{ signer, signature }] };
    },
  };
}

/** Returns when everything that the batch's commitment says has come out. */
async function reExecute(
  { chain, hashBlobs }: ProverOptions,
  batch: ProofBatch,
  witness: BatchWitness,
  pace: () => Promise<void>,
): Promise<void> {
  const blocks = await checkInput(batch, chain, hashBlobs);
  const { commitment, previous, claims } = batch;
  const state = new WitnessState(new WitnessNodes(witness), previous.header.postStateRoot);
  const common = stockCommon(chain.chainId);
  const place = new Place();
  try {
    const vm = await createStockVm(common, state);
    const runner: Runner = { chain, vm, state, pace, onTransaction: place.check };
    let last = { ...parentOf(batch), stateRoot: previous.header.postStateRoot };
    for (const [i, block] of blocks.entries()) {
      place.enter(block.block.number, claims[i]);
      const proven = await runBlock(runner, { ...block, parent: last });
      place.leave(proven);
      last = proven;
    }
    const { header } = commitment;
    expectSame("postStateRoot", header.postStateRoot, last.stateRoot, header.lastBlock);
    expectSame("lastBlockHash", header.lastBlockHash, last.hash, header.lastBlock);
    const messagePasserStorageRoot = await state.storageRoot(MESSAGE_PASSER);
    const output = outputRoot({ ...last, messagePasserStorageRoot, blockHash: last.hash });
    expectSame("outputRoot", header.outputRoot, output, header.lastBlock);
  } catch (error) {
    if (error instanceof MissingLocationError) throw place.incomplete(error);
    throw error;
  }
}

/** The header that `checkInput` has found to have the hash of the batch before. */
function parentOf({ parentHeader, previous }: ProofBatch): ProvenParent {
  const { timestamp, gasLimit, gasUsed, baseFeePerGas } = createBlockHeaderFromRLP(parentHeader, {
    common: stockCommon(1),
    skipConsensusFormatValidation: true,
  });
  return {
    hash: previous.header.lastBlockHash,
    timestamp: Number(timestamp),
    gasLimit,
    gasUsed,
    baseFeePerGas: baseFeePerGas ?? 0n,
  };
}
