import { BraidError } from "../../protocol/index.ts";

/** The chain has no place on L1, or not the one that the settings name. */
export class DeploymentError extends BraidError {
  constructor(message: string, hint: string) {
    super("ROLLUP_MISSING", message, { hint });
  }
}
