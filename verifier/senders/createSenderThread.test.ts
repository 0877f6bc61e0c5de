import { expect, test } from "vitest";
import type { BatchBlock } from "../../protocol/index.ts";
import { signTransfer, testAddress } from "../../test/support/signTransfer.ts";
import { createSenderThread } from "./createSenderThread.ts";

test("a thread finds the senders that the transactions have, and leaves out what is no transaction", async () => {
  const raws = await Promise.all([3, 1, 2].map((index) => signTransfer(index, { nonce: index })));
  const blockOf = (transactions: Uint8Array[]): BatchBlock => ({
    ...{ number: 1, timestamp: 1, baseFeePerGas: 1n, gasLimit: 1n, coinbase: new Uint8Array(20) },
    ...{ prevRandao: undefined, extraData: new Uint8Array(), parentBeaconBlockRoot: new Uint8Array(32) },
    transactions,
  });
  const broken = Uint8Array.of(2, 0xc0);
  const thread = createSenderThread();
  const [first, second] = await Promise.all([
    thread.recover([blockOf(raws.slice(0, 1)), blockOf([broken, ...raws.slice(1)])]),
    thread.recover([]),
  ]);
  expect(raws.map((raw) => first.get(raw))).toEqual([3, 1, 2].map(testAddress));
  expect(first.has(broken)).toBe(false);
  expect(second.size).toBe(0);
  await thread.stop();
  await expect(thread.recover([blockOf(raws)])).rejects.toMatchObject({ code: "VERIFY_SENDERS" });
}, 30_000);
