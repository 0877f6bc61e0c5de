/** Passes on a report when `everyMs` have gone by since the last one that it passed on. */
export function throttled<T>(everyMs: number, report: (value: T) => void): (value: T) => void {
  let last = 0;
  return (value) => {
    const now = performance.now();
    if (now - last < everyMs) return;
    last = now;
    report(value);
  };
}
