/** What a prover is given of a batch, from the database and the state store. */
import { setImmediate as turn } from "node:timers/promises";
import {
  blockClaim,
  buildBatchWitness,
  type ChainRules,
  type WitnessLocation,
} from "../../executor/index.ts";
import {
  type BatchMessage,
  type Block,
  bytesEqual,
  encodeHeader,
  forcedTransaction,
  InvariantError,
  isL1Attributes,
  type ProofInput,
  type Transaction,
} from "../../protocol/index.ts";
import type { BatchRecord, ChainStore, L1Message } from "../chain-store/index.ts";
import { commitmentOf, genesisOf } from "./batchCommitments.ts";

type WitnessSource = Parameters<typeof buildBatchWitness>[0]["source"];

export interface ProofInputsOptions {
  chain: ChainStore;
  /** The state store, open for as long as inputs are built. */
  source: WitnessSource & { refresh(): void };
  rules: ChainRules;
  chainId: number;
}

/** `also`: what a prover missed in an earlier witness. */
export type BuildProofInput = (batch: BatchRecord, also: readonly WitnessLocation[]) => Promise<ProofInput>;

/** The thread is let go this often: it builds blocks too. */
const TURN_MS = 5;

export function createProofInputs(options: ProofInputsOptions): BuildProofInput {
  const { chain, source, rules } = options;
  return async (batch, also) => {
    const data = await chain.batchData(batch.number);
    const parent = await chain.headerByNumber(batch.firstBlock - 1);
    if (data === undefined || parent === undefined) {
      throw new InvariantError(
        `batch ${batch.number} has no data, or block ${batch.firstBlock - 1} is missing`,
      );
    }
    const previous = await previousCommitment(chain, batch.number);
    const blocks = await blocksOf(chain, batch);
    const messages = await messagesOf(chain, blocks);
    source.refresh();
    const { witness } = await buildBatchWitness({
      source,
      rules,
      preStateRoot: parent.header.stateRoot,
      blocks: blocks.map((block) => ({ ...block, omitted: omittedOf(block, messages, options.chainId) })),
      also: [...also],
      pace: pacer(),
    });
    return {
      batch: {
        commitment: commitmentOf(batch, data),
        previous,
        parentHeader: encodeHeader(parent.header),
        data,
        blobs: batch.posting?.blobHashes,
        messages,
        claims: blocks.map(blockClaim),
      },
      witness,
    };
  };
}

function pacer(): () => Promise<void> {
  let turned = performance.now();
  return async () => {
    if (performance.now() - turned < TURN_MS) return;
    await turn();
    turned = performance.now();
  };
}

async function previousCommitment(chain: ChainStore, number: number) {
  if (number === 1) return genesisOf(chain);
  const before = await chain.batchByNumber(number - 1);
  const data = await chain.batchData(number - 1);
  if (before === undefined || data === undefined) throw new InvariantError(`batch ${number - 1} is missing`);
  return commitmentOf(before, data);
}

async function blocksOf(chain: ChainStore, { firstBlock, lastBlock }: BatchRecord): Promise<Block[]> {
  const blocks: Block[] = [];
  for (let number = firstBlock; number <= lastBlock; number++) {
    const block = await chain.blockByNumber(number);
    if (block === undefined) throw new InvariantError(`block ${number} of a batch is missing`);
    blocks.push(block);
  }
  return blocks;
}

async function messagesOf(chain: ChainStore, blocks: readonly Block[]): Promise<BatchMessage[]> {
  const messages: BatchMessage[] = [];
  let consumed = await consumedAt(chain, (blocks[0]?.header.number ?? 1) - 1);
  for (const { header, transactions } of blocks) {
    const [first] = transactions;
    if (first !== undefined && isL1Attributes(first)) {
      messages.push({ kind: "attributes", block: header.number, raw: first.raw });
    }
    const after = await consumedAt(chain, header.number);
    const queued = await chain.l1Messages(consumed, after);
    if (queued.length !== after - consumed) {
      throw new InvariantError(
        `messages ${consumed} to ${after} of block ${header.number} are not all there`,
      );
    }
    for (const message of queued) messages.push(toBatchMessage(message, header.number));
    consumed = after;
  }
  return messages;
}

async function consumedAt(chain: ChainStore, block: number): Promise<number> {
  const position = await chain.l1Position(block);
  if (position === undefined) throw new InvariantError(`block ${block} is missing`);
  return position.messagesConsumed;
}

function toBatchMessage({ kind, l1Block, sender, payload }: L1Message, block: number): BatchMessage {
  return kind === "deposit"
    ? { kind, block, l1Block, raw: payload }
    : { kind, block, l1Block, from: sender, raw: payload };
}

/** Forced transactions that the block has not: they were not valid in their turn, or are none at all. */
function omittedOf(
  { header, transactions }: Block,
  messages: BatchMessage[],
  chainId: number,
): Transaction[] {
  return messages
    .filter(({ kind, block }) => kind === "forced" && block === header.number)
    .filter(({ raw }) => !transactions.some((transaction) => bytesEqual(transaction.raw, raw)))
    .map(({ raw }) => forcedTransaction(raw, BigInt(chainId)))
    .filter((transaction) => typeof transaction !== "string");
}
