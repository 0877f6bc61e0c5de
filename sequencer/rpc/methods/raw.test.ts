import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeReceipt as sealedReceipt } from "../../../executor/engine/encodeReceipt.ts";
import {
  bytesToHex,
  encodeHeader,
  headerHash,
  hexToBytes,
  keccak256,
  type Log,
  logsBloom,
  padTo32,
  type Receipt,
} from "../../../protocol/index.ts";
import { encodeReceipt } from "../format/raw.ts";
import { type Harness, signedTransfer, startHarness } from "../testing/rpcHarness.ts";

let harness: Harness;
let raws: string[];
beforeAll(async () => {
  harness = await startHarness({ blocks: 1 });
  const [first, second] = [await signedTransfer(0), await signedTransfer(1)];
  raws = [first.raw, second.raw];
  await harness.mine({ transactions: [first.transaction, second.transaction] });
});
afterAll(() => harness.stop());

const result = async (method: string, ...params: unknown[]) => (await harness.call(method, ...params)).result;

it("a raw block is its header, its transactions and two empty lists", async () => {
  const raw = await result("debug_getRawBlock", "0x1");
  const decoded = RLP.decode(hexToBytes(String(raw)));
  const header = harness.chain.blocks[1]?.header;
  if (header === undefined) throw new TypeError("a block was mined");
  expect(decoded).toEqual([RLP.decode(encodeHeader(header)), raws.map(hexToBytes), [], []]);
  const rawHeader = hexToBytes(String(await result("debug_getRawHeader", "latest")));
  expect(keccak256(rawHeader)).toEqual(headerHash(header));
  expect((await harness.call("debug_getRawBlock", "0x9")).error).toEqual({
    code: -32000,
    message: "block not found",
  });
  expect((await harness.call("debug_getRawHeader", "0x9")).error).toEqual({
    code: -32000,
    message: "header not found",
  });
});

it("raw transactions come from blocks and from the pool", async () => {
  const pooled = await signedTransfer(2);
  expect(await result("eth_sendRawTransaction", pooled.raw)).toBe(bytesToHex(pooled.transaction.hash));
  expect(await result("debug_getRawTransaction", bytesToHex(pooled.transaction.hash))).toBe(pooled.raw);
  const mined = harness.chain.blocks[1]?.transactions[1];
  expect(await result("debug_getRawTransaction", bytesToHex(mined?.hash ?? new Uint8Array()))).toBe(raws[1]);
  expect(await result("debug_getRawTransaction", `0x${"ab".repeat(32)}`)).toBe("0x");
});

it("raw transactions come by hash and by place", async () => {
  const block = harness.chain.blocks[1];
  const { hash } = (await result("eth_getBlockByNumber", "0x1", false)) as { hash: string };
  const mined = block?.transactions[1]?.hash ?? new Uint8Array();
  expect(await result("eth_getRawTransactionByHash", bytesToHex(mined))).toBe(raws[1]);
  expect(await result("eth_getRawTransactionByHash", `0x${"ab".repeat(32)}`)).toBe("0x");
  for (const [method, name] of [
    ["eth_getRawTransactionByBlockNumberAndIndex", "0x1"],
    ["eth_getRawTransactionByBlockHashAndIndex", hash],
  ] as const) {
    expect(await result(method, name, "0x0")).toBe(raws[0]);
    expect(await result(method, name, "0x1")).toBe(raws[1]);
    expect(await result(method, name, "0x2")).toBe("0x");
  }
  expect(await result("eth_getRawTransactionByBlockNumberAndIndex", "0x9", "0x0")).toBe("0x");
  const nowhere = `0x${"ab".repeat(32)}`;
  expect(await result("eth_getRawTransactionByBlockHashAndIndex", nowhere, "0x0")).toBe("0x");
});

it("raw receipts are what the receipts trie is made of", async () => {
  const log: Log = {
    address: new Uint8Array(20).fill(1),
    topics: [new Uint8Array(32).fill(2)],
    data: new Uint8Array(70),
  };
  const receipt = (type: number, logs: Log[]): Receipt => ({
    type,
    status: type === 1 ? 0 : 1,
    gasUsed: 21_000n,
    cumulativeGasUsed: 42_000n,
    effectiveGasPrice: 1n,
    logsBloom: logsBloom(logs),
    logs,
    contractAddress: undefined,
  });
  for (const one of [
    receipt(0, []),
    receipt(0, [log]),
    receipt(1, []),
    receipt(2, [log, log]),
    receipt(4, []),
  ]) {
    expect(encodeReceipt(one)).toEqual(sealedReceipt(one));
  }
  const beforeByzantium = RLP.decode(
    encodeReceipt({ ...receipt(0, []), stateRoot: padTo32(Uint8Array.of(7)) }),
  );
  expect(beforeByzantium[0]).toEqual(padTo32(Uint8Array.of(7)));
  const given = (await result("debug_getRawReceipts", "0x1")) as string[];
  const trie = await createMPT();
  for (const [index, encoded] of given.entries()) await trie.put(RLP.encode(index), hexToBytes(encoded));
  const expected = await createMPT();
  for (const [index, one] of (harness.chain.blocks[1]?.receipts ?? []).entries()) {
    await expected.put(RLP.encode(index), sealedReceipt(one));
  }
  expect(bytesToHex(trie.root())).toBe(bytesToHex(expected.root()));
  expect(await result("debug_getBadBlocks")).toEqual([]);
});
