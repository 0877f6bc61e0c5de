import { type Hash, numberToHex, type RpcTransaction } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect } from "vitest";
import { rpc } from "../rpc.ts";
import type { SettlementClients } from "../settlementClients.ts";
import type { TestNode } from "../testNode.ts";
import type { UserTraffic } from "../userTraffic.ts";

const PATIENCE = { timeout: 120_000, interval: 100 };

/** The poster's doings, seen from outside: the node's own account of its batches, L1's blocks, and L1's pool. */
export function posterWatch(node: TestNode, { reader1, control }: SettlementClients, traffic: UserTraffic) {
  const sequencer = privateKeyToAccount(node.config.sequencerKey);

  /** The batch with this L2 transaction, as `rollup_getBatchOfBlock` tells of it; empty while there is none. */
  async function batchOf(hash: Hash) {
    const receipt = Object(await rpc(node.rpcUrl, "eth_getTransactionReceipt", [hash]));
    if (receipt.blockNumber === undefined) return {};
    return Object(await rpc(node.rpcUrl, "rollup_getBatchOfBlock", [receipt.blockNumber]));
  }

  /** The L1 transaction that it came in. */
  async function commitmentOf(hash: Hash) {
    const l1TransactionHash = async () => (await batchOf(hash)).l1TransactionHash ?? undefined;
    await expect.poll(l1TransactionHash, PATIENCE).toBeTypeOf("string");
    return reader1.getTransaction({ hash: await l1TransactionHash() });
  }

  /** What L1's pool holds of the poster's. */
  async function offered(): Promise<RpcTransaction[]> {
    const content = Object(await rpc(node.l1Url, "txpool_content", []));
    const own = sequencer.address.toLowerCase();
    return ["pending", "queued"].flatMap((part) =>
      Object.entries(Object(content[part]))
        .filter(([address]) => address.toLowerCase() === own)
        .flatMap(([, byNonce]) => Object.values(Object(byNonce))),
    ) as RpcTransaction[];
  }

  /**
   * Stops L1's making of blocks, and has a batch whose transaction waits in L1's pool. Nothing else may be on its way
   * before. What stands on L1's newest block is sent when there is another on top.
   */
  async function stuckCommitment() {
    await control.setIntervalMining({ interval: 0 });
    const [sent = "0x"] = await traffic.send(3);
    await expect.poll(async () => (await batchOf(sent)).status, PATIENCE).toBe("sealed");
    const { l1OriginNumber } = await batchOf(sent);
    const height = numberToHex(await reader1.getBlockNumber({ cacheTime: 0 }));
    if (l1OriginNumber === height) await control.mine({ blocks: 1 });
    await expect.poll(async () => (await offered()).length, PATIENCE).toBe(1);
    const [first] = await offered();
    if (first === undefined) throw new TypeError("nothing is offered");
    return { sent, first };
  }

  return { sequencer, batchOf, commitmentOf, offered, stuckCommitment };
}
