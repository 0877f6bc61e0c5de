import { expect, it } from "vitest";
import type { Log } from "../../../protocol/index.ts";
import { bytesToHex } from "../../../protocol/index.ts";
import { signedTransfer, startHarness } from "../testing/rpcHarness.ts";

const log = (topic: number): Log => ({
  address: new Uint8Array(20).fill(1),
  topics: [new Uint8Array(32).fill(topic)],
  data: new Uint8Array(0),
});

it("eth_getLogs refuses what geth refuses, and names a range that fits", async () => {
  const harness = await startHarness({ limits: { logResults: 3, logRange: 4 } });
  for (let nonce = 0; nonce < 6; nonce++) {
    const { transaction } = await signedTransfer(nonce);
    const logs = nonce === 5 ? [log(1), log(2), log(3), log(4)] : [log(nonce), log(9)];
    await harness.mine({ transactions: [transaction], logs: [logs] });
  }
  const ask = (filter: object) => harness.call("eth_getLogs", filter);
  const refused = async (filter: object) => (await ask(filter)).error;
  const invalid = (message: string) => ({ code: -32602, message });
  const limit = (message: string) => ({ code: -32005, message });

  expect((await ask({ fromBlock: "0x1", toBlock: "0x1" })).result).toHaveLength(2);
  expect(
    (await ask({ fromBlock: "0x1", toBlock: "0x4", topics: [`0x${"02".repeat(32)}`] })).result,
  ).toMatchObject([
    { blockNumber: "0x3", logIndex: "0x0", blockTimestamp: `0x${(1_700_000_003).toString(16)}` },
  ]);
  expect(await refused({ fromBlock: "0x5", toBlock: "0x2" })).toEqual(invalid("invalid block range params"));
  const future = invalid("block range extends beyond current head block");
  expect(await refused({ fromBlock: "0x5", toBlock: "0x7" })).toEqual(future);
  expect(await refused({ fromBlock: "0x7" })).toEqual(future);
  expect((await ask({ fromBlock: "latest", toBlock: "earliest" })).result).toEqual([]);
  expect(await refused({ fromBlock: "pending" })).toEqual({
    code: -32000,
    message: "pending logs are not supported",
  });
  expect(await refused({ blockHash: `0x${"77".repeat(32)}` })).toEqual({
    code: -32000,
    message: "unknown block",
  });

  expect(await refused({ fromBlock: "0x1", toBlock: "0x3" })).toEqual(
    limit("query returned more than 3 results. Try with this block range [0x1, 0x1]."),
  );
  expect(await refused({ fromBlock: "0x6", toBlock: "0x6" })).toEqual(
    limit("query returned more than 3 results"),
  );
  expect(await refused({ fromBlock: "0x1", toBlock: "0x5" })).toEqual(
    limit("query exceeds max block range 4. Try with this block range [0x1, 0x4]."),
  );
  const hash = bytesToHex(harness.chain.blocks[6]?.hash ?? new Uint8Array());
  expect((await ask({ blockHash: hash })).result).toHaveLength(4);
  await harness.stop();
});
