import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * A worker thread that runs the module at `module`, written as `new URL("./x.ts", import.meta.url)`. The same call
 * works from source (tsx, Vitest) and in a bundle, whose build makes a file of each module that is named so and calls
 * it `x.js` here. The module reads `workerData` from `node:worker_threads` as usual; errors while it loads arrive as
 * the worker's `error` event.
 */
export function startThread(module: URL, workerData: unknown, options: WorkerOptions = {}): Worker {
  if (module.pathname.endsWith(".js")) return new Worker(module, { ...options, workerData });
  return new Worker(new URL("./bootstrap.mjs", import.meta.url), {
    ...options,
    workerData,
    // Loaders of the parent's command line would be registered twice.
    execArgv: [],
    argv: [...(options.argv ?? []), module.href],
  });
}
