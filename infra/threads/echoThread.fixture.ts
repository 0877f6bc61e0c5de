import { parentPort, workerData } from "node:worker_threads";
import { keccak256 } from "../../protocol/index.ts";

parentPort?.postMessage({
  doubled: Number(workerData.value) * 2,
  hash: Buffer.from(keccak256(new Uint8Array())).toString("hex"),
});
