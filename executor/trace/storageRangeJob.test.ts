import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { describe, expect, it } from "vitest";
import { bytesToHex, EMPTY_BYTES, keccak256, padTo32 } from "../../protocol/index.ts";
import { TimeLimit } from "../readers/timeLimit.ts";
import type { ReadDesk } from "../readers/types.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { storageRangeJob } from "./storageRangeJob.ts";

const SLOTS = 200;
const slot = (number: number) => padTo32(Uint8Array.of(number >> 8, number & 255));

async function deskOver(slots: number) {
  const trie = await createMPT({ useKeyHashing: true });
  for (let i = 0; i < slots; i++) await trie.put(slot(i), RLP.encode(Uint8Array.of(i + 1)));
  const storageRoot = slots === 0 ? EMPTY_TRIE_ROOT : trie.root();
  const record = { nonce: 1n, balance: 0n, codeHash: keccak256(EMPTY_BYTES), storageRoot };
  const nodes = new Map<string, Uint8Array>();
  if (slots > 0)
    await trie.walkTrie(trie.root(), async (_, node, __, controller) => {
      if (node === null) return;
      const rlp = node.serialize();
      nodes.set(bytesToHex(keccak256(rlp)), rlp);
      controller.allChildren(node, []);
    });
  const desk: ReadDesk = {
    limit: new TimeLimit(10_000),
    open: () => ({ account: () => record, storage: () => EMPTY_BYTES, code: () => EMPTY_BYTES }),
    node: (hash) => nodes.get(bytesToHex(hash)),
    code: () => EMPTY_BYTES,
  };
  const ask = (start: Uint8Array, count: number) =>
    storageRangeJob(desk, {
      state: { blockNumber: 1, stateRoot: EMPTY_TRIE_ROOT },
      address: new Uint8Array(20),
      start,
      count,
    });
  return ask;
}

describe("storageRangeJob", () => {
  const expected = Array.from({ length: SLOTS }, (_, i) => ({
    hash: bytesToHex(keccak256(slot(i))),
    value: i + 1,
  })).sort((a, b) => (a.hash < b.hash ? -1 : 1));

  it("pages through all slots by the order of their hashes", async () => {
    const ask = await deskOver(SLOTS);
    const found: { hash: string; value: number | undefined }[] = [];
    let start: Uint8Array | undefined = EMPTY_BYTES;
    let pages = 0;
    while (start !== undefined) {
      const range: Awaited<ReturnType<typeof ask>> = await ask(start, 33);
      for (const { hash, value } of range?.slots ?? [])
        found.push({ hash: bytesToHex(hash), value: value[0] });
      start = range?.next;
      pages++;
    }
    expect(found).toEqual(expected);
    expect(pages).toBe(Math.ceil(SLOTS / 33));
  });

  it("begins at the first hash that is not before the start", async () => {
    const ask = await deskOver(SLOTS);
    const range = await ask(Uint8Array.of(0x80), 1);
    expect(bytesToHex(range?.slots[0]?.hash ?? EMPTY_BYTES)).toBe(
      expected.find(({ hash }) => hash >= `0x80${"00".repeat(31)}`)?.hash,
    );
    expect(await ask(new Uint8Array(32).fill(0xff), 5)).toEqual({ slots: [], next: undefined });
  });

  it("says when there is no storage", async () => {
    const ask = await deskOver(0);
    expect(await ask(EMPTY_BYTES, 5)).toBeUndefined();
  });
});
