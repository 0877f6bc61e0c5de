import { startFuzzedNode } from "./fuzzedNode.ts";
import { fuzzRpc } from "./fuzzRpc.ts";

/** `npx tsx test/rpc-fuzz/run.ts [requests] [seed]` */
const count = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
const mib = (bytes: number) => Math.round(bytes / 2 ** 20);

process.stdout.write(`seed ${seed}\n`);
const node = await startFuzzedNode();
const began = performance.now();
const { sent, failures, answers, rssAtStart, rssAtMost } = await fuzzRpc(node.url, count, seed);
const seconds = (performance.now() - began) / 1000;
for (const failure of failures) process.stdout.write(`${String(failure)}\n\n`);
const kinds = [...answers].sort(([, one], [, other]) => other - one);
process.stdout.write(`answers: ${kinds.map(([kind, times]) => `${kind} ${times}`).join(", ")}\n`);
process.stdout.write(
  `${sent} requests in ${seconds.toFixed(1)} s, ${failures.length} failures, ` +
    `memory ${mib(rssAtStart)} MiB at the start, ${mib(rssAtMost)} MiB at most\n`,
);
await node.stop();
process.exitCode = failures.length === 0 ? 0 : 1;
