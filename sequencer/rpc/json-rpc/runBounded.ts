/**
 * Runs `work` on each item and gives the results in the items' order. At most `concurrency` run at once, except the
 * `unbounded` items, which all start in order before anything is waited for. `work` must not reject.
 */
export async function runBounded<Item, Result>(
  items: Item[],
  concurrency: number,
  unbounded: (item: Item) => boolean,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const run = async (item: Item, index: number) => {
    results[index] = await work(item);
  };
  const waiting: { item: Item; index: number }[] = [];
  const running: Promise<void>[] = [];
  items.forEach((item, index) => {
    if (unbounded(item)) running.push(run(item, index));
    else waiting.push({ item, index });
  });
  let next = 0;
  const drain = async () => {
    for (let entry = waiting[next++]; entry !== undefined; entry = waiting[next++]) {
      await run(entry.item, entry.index);
    }
  };
  for (let started = 0; started < Math.min(concurrency, waiting.length); started++) running.push(drain());
  await Promise.all(running);
  return results;
}
