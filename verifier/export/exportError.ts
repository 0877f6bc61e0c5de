import { BraidError } from "../../protocol/index.ts";

/** Codes begin with EXPORT_. */
export class ExportError extends BraidError {}
