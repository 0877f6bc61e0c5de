/** What the sealer and the poster need of a logger; pino's has it. */
export interface BatchLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
