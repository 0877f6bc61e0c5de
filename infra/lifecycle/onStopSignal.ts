/**
 * Calls `stop` at the first SIGINT or SIGTERM and `force` at any later one. Returns the function that takes the
 * handlers off again.
 */
export function onStopSignal(
  stop: (signal: NodeJS.Signals) => void,
  force: (signal: NodeJS.Signals) => void,
): () => void {
  let asked = false;
  const handle = (signal: NodeJS.Signals) => {
    if (asked) force(signal);
    else {
      asked = true;
      stop(signal);
    }
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return () => {
    process.off("SIGINT", handle);
    process.off("SIGTERM", handle);
  };
}
