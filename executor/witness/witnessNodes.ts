import { type BatchWitness, BraidError, bytesToHex, type Hex, keccak256 } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import { hashKey } from "../trie/commitStateDiff.ts";

/** The witness lacks a part that execution needs. Another witness may have it. */
export class WitnessIncompleteError extends BraidError {
  readonly part: "node" | "code";
  readonly hash: Hex;

  constructor(part: "node" | "code", hash: Uint8Array) {
    const hex = bytesToHex(hash);
    super("WITNESS_INCOMPLETE", `the witness lacks the ${part} ${hex}`, {
      hint: "build the witness again; name what was being read among `also`",
    });
    this.part = part;
    this.hash = hex;
  }
}

/**
 * A witness as a source of nodes and code.
 *
 * Invariant: what it gives for a hash has that hash. So whoever starts from a trusted root reads the state of that
 * root or gets WitnessIncompleteError, never anything else.
 */
export class WitnessNodes {
  private readonly nodes = new Map<string, Uint8Array>();
  private readonly codes = new Map<string, Uint8Array>();

  constructor(witness: BatchWitness) {
    for (const node of witness.nodes) this.nodes.set(hashKey(keccak256(node)), node);
    for (const code of witness.codes) this.codes.set(hashKey(keccak256(code)), code);
  }

  /** Throws WitnessIncompleteError. */
  node(hash: Uint8Array): Uint8Array {
    const node = this.nodes.get(hashKey(hash));
    if (node === undefined) throw new WitnessIncompleteError("node", hash);
    return node;
  }

  /** Empty for the empty hash. Throws WitnessIncompleteError. */
  code(codeHash: Uint8Array): Uint8Array {
    const key = hashKey(codeHash);
    const code = this.codes.get(key);
    if (code !== undefined) return code;
    if (key === hashKey(EMPTY_CODE_HASH)) return new Uint8Array(0);
    throw new WitnessIncompleteError("code", codeHash);
  }
}
