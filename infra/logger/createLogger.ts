import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

export interface LoggerOptions {
  level: string;
  format: "pretty" | "json";
  /** Role of this process, in every line. */
  name: string;
}

/**
 * Writes to standard error, so that standard output stays for what the user asked for. The pretty form is a
 * synchronous stream and not a transport thread: the last lines before a crash are the ones that matter.
 */
export function createLogger(options: LoggerOptions): Logger {
  const settings = { level: options.level, name: options.name, base: { name: options.name } };
  if (options.format === "json") return pino(settings, pino.destination({ fd: 2, sync: true }));
  const stream = pretty({
    colorize: process.stderr.isTTY === true,
    destination: 2,
    sync: true,
    ignore: "pid,hostname",
    translateTime: "HH:MM:ss.l",
    singleLine: true,
  });
  return pino(settings, stream);
}
