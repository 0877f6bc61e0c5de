import { BraidError } from "../../protocol/index.ts";

/** An embedded service could not be found, started or kept running. */
export class EmbeddedError extends BraidError {}
