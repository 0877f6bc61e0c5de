export { migrate } from "./migrate.ts";
export { MigrationError } from "./migrationError.ts";
