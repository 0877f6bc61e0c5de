import { BraidError } from "../../protocol/index.ts";

/** A genesis or chain file that is not an Ethereum chain as its own headers describe it. */
export class ImportError extends BraidError {
  constructor(message: string, options: { cause?: unknown; hint?: string } = {}) {
    super("CHAIN_IMPORT", message, options);
  }
}

/** Says which block and which of its fields is wrong. `hash`: `0x…`. */
export class BadBlockError extends ImportError {
  readonly blockNumber: number;
  readonly field: string;

  constructor(block: { number: number; hash: string }, field: string, detail: string, cause?: unknown) {
    super(`block ${block.number} (${block.hash}): ${field}: ${detail}`, { cause });
    this.blockNumber = block.number;
    this.field = field;
  }
}
