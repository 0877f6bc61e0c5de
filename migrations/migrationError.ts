import { BraidError } from "../protocol/index.ts";

/**
 * Codes: `MIGRATION_FAILED` (a migration did not run; it was rolled back), `MIGRATION_CHANGED` (a recorded migration's
 * text is another one now), `MIGRATION_UNKNOWN` (the database is newer than this program), `MIGRATION_MISNUMBERED`.
 */
export class MigrationError extends BraidError {}
