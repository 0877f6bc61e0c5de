import { BraidError } from "../../protocol/index.ts";

/** Codes begin with ARCHIVE_. */
export class ArchiveError extends BraidError {}
