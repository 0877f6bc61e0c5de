import { type Hash, zeroAddress } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import type { ClientsNode } from "../../clientsNode.ts";
import { type ViemProbe, viemProbe } from "./viemProbe.ts";

export function viemEvents(node: () => ClientsNode): void {
  describe("events", () => {
    let world: ViemProbe;
    beforeAll(async () => {
      world = await viemProbe(node(), "viem events");
    });

    it("by range, address, topic and block", async () => {
      const { reader, probe, address, account, deployed, mined } = world;
      const receipt = await mined(await probe.write.move([zeroAddress, 4n]));
      const all = await probe.getEvents.Moved({}, { fromBlock: deployed.blockNumber, strict: true });
      expect(all.map(({ args }) => args.amount)).toEqual([10n ** 18n, 4n]);
      expect(all.at(-1)).toMatchObject({
        args: { from: account.address, to: zeroAddress },
        ...receipt.logs[0],
      });
      const from = { from: account.address };
      expect(await probe.getEvents.Moved(from, { fromBlock: 0n })).toHaveLength(1);
      expect(await probe.getEvents.Moved({ to: address }, { fromBlock: 0n })).toEqual([]);
      const { blockHash } = receipt;
      expect(await reader.getLogs({ blockHash, address })).toMatchObject(receipt.logs);
    });

    it("by filters that are polled", async () => {
      const { reader, probe, address, mined } = world;
      const filter = await reader.createContractEventFilter({
        address,
        abi: probe.abi,
        eventName: "Moved",
        strict: true,
      });
      const blocks = await reader.createBlockFilter();
      const pending = await reader.createPendingTransactionFilter();
      const hash = await probe.write.move([zeroAddress, 6n]);
      const receipt = await mined(hash);
      const amounts: bigint[] = [];
      await expect
        .poll(async () => {
          amounts.push(...(await reader.getFilterChanges({ filter })).map(({ args }) => args.amount));
          return amounts;
        })
        .toEqual([6n]);
      expect(await reader.getFilterChanges({ filter: blocks })).toContain(receipt.blockHash);
      expect(await reader.getFilterChanges({ filter: pending })).toContain(hash);
      expect((await reader.getFilterLogs({ filter })).map(({ args }) => args.amount)).toEqual([6n]);
      expect(await reader.uninstallFilter({ filter })).toBe(true);
      expect(await reader.uninstallFilter({ filter })).toBe(false);
    });

    it("by subscription: heads, logs and pending transactions, once each and in order", async () => {
      const { socket, wallet, account, probe, mined } = world;
      const heads: bigint[] = [];
      const amounts: bigint[] = [];
      const pending: Hash[] = [];
      const stops = [
        socket.watchBlocks({ onBlock: ({ number }) => heads.push(number) }),
        socket.watchContractEvent({
          address: probe.address,
          abi: probe.abi,
          strict: true,
          onLogs: (logs) => amounts.push(...logs.map(({ args }) => args.amount)),
        }),
        socket.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes) }),
      ];
      // A subscription stands once its first head has come.
      await expect
        .poll(async () => {
          await mined(await wallet.sendTransaction({ to: account.address }));
          return heads.length;
        })
        .toBeGreaterThan(0);
      const hashes: Hash[] = [];
      for (const amount of [11n, 12n, 13n]) {
        const hash = await probe.write.move([zeroAddress, amount]);
        hashes.push(hash);
        await mined(hash);
      }
      await expect.poll(() => amounts).toEqual([11n, 12n, 13n]);
      await expect.poll(() => pending.slice(-3)).toEqual(hashes);
      const first = heads[0] ?? 0n;
      expect(heads).toEqual(heads.map((_, index) => first + BigInt(index)));
      for (const stop of stops) stop();
      (await socket.transport.getRpcClient()).close();
    });
  });
}
