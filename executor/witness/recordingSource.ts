import { type BatchWitness, BraidError, bytesToHex, PROOF_INPUT_LIMITS } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import { hashKey, type StateCommit } from "../trie/commitStateDiff.ts";
import type { HistoricalSource } from "../trie/historicalReader.ts";

/** The blocks read more of the state than a witness may hold: the batch must be cut smaller. */
export class WitnessTooLargeError extends BraidError {
  constructor(bytes: number) {
    super("WITNESS_TOO_LARGE", `the witness of these blocks takes more than ${bytes} bytes`, {
      hint: "seal smaller batches",
    });
  }
}

/** Leaves room in a proof input for everything else. */
const MAX_BYTES = PROOF_INPUT_LIMITS.bytes / 2;

/**
 * The states of a row of blocks: what the blocks before wrote, kept here, over what a store holds.
 *
 * Invariant: `witness` has every node and code that was read from the store, and none that the blocks themselves
 * wrote: whoever runs the same blocks on the same pre-state has made those by then. It holds no more than `maxBytes`.
 */
export class RecordingSource implements HistoricalSource {
  private readonly store: HistoricalSource;
  private readonly writtenNodes = new Map<string, Uint8Array>();
  private readonly writtenCodes = new Map<string, Uint8Array>();
  private readonly nodes = new Map<string, Uint8Array>();
  private readonly codes = new Map<string, Uint8Array>();

  private readonly maxBytes: number;
  private bytes = 0;

  constructor(store: HistoricalSource, maxBytes = MAX_BYTES) {
    this.store = store;
    this.maxBytes = maxBytes;
  }

  node(hash: Uint8Array): Uint8Array | undefined {
    const key = hashKey(hash);
    const known = this.writtenNodes.get(key) ?? this.nodes.get(key);
    if (known !== undefined) return known;
    const node = this.store.node(hash);
    if (node === undefined) return undefined;
    this.nodes.set(key, node);
    this.count(node);
    return node;
  }

  code(codeHash: Uint8Array): Uint8Array {
    const key = hashKey(codeHash);
    const known = this.writtenCodes.get(key) ?? this.codes.get(key);
    if (known !== undefined) return known;
    const code = this.store.code(codeHash);
    if (code.length === 0) return code;
    this.codes.set(key, code);
    this.count(code);
    return code;
  }

  /** After a block: what it wrote is there for the next. */
  add({ nodes }: StateCommit, codes: readonly { hash: Uint8Array; code: Uint8Array }[]): void {
    for (const [key, node] of nodes) this.writtenNodes.set(key, node);
    for (const { hash, code } of codes) this.writtenCodes.set(hashKey(hash), code);
  }

  witness(): BatchWitness {
    return { nodes: [...this.nodes.values()], codes: [...this.codes.values()] };
  }

  private count({ length }: Uint8Array): void {
    this.bytes += length;
    if (this.bytes > this.maxBytes) throw new WitnessTooLargeError(this.maxBytes);
  }
}

export function hasCode(codeHash: Uint8Array): boolean {
  return bytesToHex(codeHash) !== bytesToHex(EMPTY_CODE_HASH);
}
