import { expect } from "vitest";
import { encodeReceipt } from "../../executor/engine/encodeReceipt.ts";
import { type Engine, executeTransactions } from "../../executor/engine/executeTransactions.ts";
import type { LaneVm } from "../../executor/engine/laneVm.ts";
import { noKnowledge, planBlock, planOf } from "../../executor/engine/plan.ts";
import { sealBlock } from "../../executor/engine/seal.ts";
import { EMPTY_TRIE_ROOT } from "../../executor/trie/accountRlp.ts";
import { TrieCommitter } from "../../executor/trie/commitStateDiff.ts";
import {
  type Block,
  type BlockInput,
  bytesToHex,
  type GenesisAccount,
  type StateDiff,
} from "../../protocol/index.ts";
import { InProcessLanes, type TakesBack } from "./inProcessLanes.ts";
import { MemoryState } from "./memoryState.ts";
import { runStockBlock } from "./stockBlock.ts";

export interface OracleRun {
  block: Block;
  stateDiff: StateDiff;
  skipped: { index: number; reason: string; retryable: boolean }[];
  reExecuted: number;
}

/** A genesis in memory with its trie: where the oracle's blocks start. */
export class OracleChain {
  readonly state: MemoryState;
  readonly genesis: GenesisAccount[];
  /** Kept from block to block, as the executor does: what it has learned must not matter. */
  private readonly knowledge = noKnowledge();
  private readonly committer: TrieCommitter;
  private readonly root: Uint8Array;

  constructor(genesis: GenesisAccount[]) {
    this.genesis = genesis;
    const empty = new MemoryState();
    const nodes = new Map<string, Uint8Array>();
    const committer = new TrieCommitter({ node: (hash) => nodes.get(bytesToHex(hash).slice(2)) });
    const committed = committer.commit(
      EMPTY_TRIE_ROOT,
      (address) => empty.account(address),
      genesisDiff(genesis),
    );
    for (const [hash, rlp] of committed.nodes) nodes.set(hash, rlp);
    this.committer = committer;
    this.root = committed.stateRoot;
    this.state = new MemoryState(genesis);
    for (const [address, storageRoot] of committed.storageRoots) {
      const account = this.state.accounts.get(address);
      if (account !== undefined) account.storageRoot = storageRoot;
    }
  }

  /**
   * The block in one lane, inline, or in `vms.length` lanes however small it is: planned as usual, or on the lanes
   * that `laneOf` names, sensible or not.
   */
  async run(
    input: BlockInput,
    coordinator: LaneVm,
    vms: LaneVm[],
    laneOf?: (index: number) => number,
    takesBack?: TakesBack,
  ): Promise<OracleRun> {
    const { knowledge } = this;
    const options = { lanes: vms.length + 1, inlineBelowMicros: 0 };
    const engine: Engine = {
      vm: coordinator,
      carrier: vms.length === 0 ? undefined : new InProcessLanes(vms, this.state, takesBack),
      knowledge,
      plan: (candidates, overlay) =>
        laneOf === undefined
          ? planBlock(candidates, overlay, knowledge, options)
          : planOf(
              candidates.map((_, i) => laneOf(i)),
              // Any of them may run as if its sender's earlier ones had: that must not decide anything either.
              new Set(candidates.map((_, i) => i).filter((i) => laneOf(i) % 2 === 1)),
            ),
    };
    const { transactions, ...inputs } = input;
    const environment = { ...inputs, collectsBaseFee: true };
    const { assembly, reExecuted } = await executeTransactions(engine, this.state, environment, transactions);
    const stateDiff = assembly.overlay.diff();
    const { stateRoot } = this.committer.commit(
      this.root,
      (address) => this.state.account(address),
      stateDiff,
    );
    const block = sealBlock(
      {
        environment,
        transactions: assembly.transactions,
        receipts: assembly.receipts,
        gasUsed: assembly.gasUsed,
        stateDiff,
      },
      stateRoot,
    );
    const skipped = assembly.skipped.map(({ transaction, reason, retryable }) => ({
      index: transactions.indexOf(transaction),
      reason,
      retryable,
    }));
    return { block, stateDiff, skipped, reExecuted };
  }
}

export function genesisDiff(genesis: GenesisAccount[]): StateDiff {
  const bytewise = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b);
  return {
    accounts: [...genesis]
      .sort((a, b) => bytewise(a.address, b.address))
      .map(({ address, nonce, balance, codeHash, storage }) => ({
        address,
        account: { nonce, balance, codeHash },
        storageCleared: false,
        storage,
      })),
    codes: [],
  };
}

/** Same block, same writes, same refusals. */
export function expectSameRun(actual: OracleRun, expected: OracleRun): void {
  expect(actual.skipped).toEqual(expected.skipped);
  expect(actual.block.receipts).toEqual(expected.block.receipts);
  expect(actual.stateDiff).toEqual(expected.stateDiff);
  expect(bytesToHex(actual.block.hash)).toBe(bytesToHex(expected.block.hash));
  expect(actual.block).toEqual(expected.block);
}

/** The same receipts and state root as EthereumJS, one transaction at a time. */
export async function expectStockRun(
  actual: OracleRun,
  chainId: number,
  genesis: GenesisAccount[],
  input: BlockInput,
): Promise<void> {
  const stock = await runStockBlock(chainId, genesis, input);
  const included = input.transactions
    .map((_, i) => i)
    .filter((i) => !actual.skipped.some(({ index }) => index === i));
  expect(included).toEqual(stock.included.map(({ index }) => index));
  expect(actual.block.receipts.map((receipt) => bytesToHex(encodeReceipt(receipt)))).toEqual(
    stock.included.map(({ receipt }) => bytesToHex(receipt)),
  );
  expect(actual.block.receipts.map(({ contractAddress }) => contractAddress)).toEqual(
    stock.included.map(({ index, createdAddress }) =>
      input.transactions[index]?.to === undefined ? createdAddress : undefined,
    ),
  );
  expect(actual.block.header.gasUsed).toBe(stock.gasUsed);
  expect(bytesToHex(actual.block.header.stateRoot)).toBe(bytesToHex(stock.stateRoot));
}
