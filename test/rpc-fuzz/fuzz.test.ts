import { expect, it } from "vitest";
import { startFuzzedNode } from "./fuzzedNode.ts";
import { fuzzRpc } from "./fuzzRpc.ts";

const seed = Number(process.env["BRAID_TEST_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

it(`3,000 malformed and random requests are answered (BRAID_TEST_FUZZ_SEED=${seed})`, async () => {
  const node = await startFuzzedNode();
  const { sent, failures } = await fuzzRpc(node.url, 3000, seed);
  expect(failures).toEqual([]);
  expect(sent).toBe(3000);
  expect((await node.call("eth_chainId")).result).toBe("0x1cbd");
  await node.stop();
}, 120_000);
