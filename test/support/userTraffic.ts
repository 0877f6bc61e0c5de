import { setTimeout as delay } from "node:timers/promises";
import { type Hash, type HDAccount, keccak256 } from "viem";
import { rpc } from "./rpc.ts";
import { devAccount } from "./settlementClients.ts";
import type { TestNode } from "./testNode.ts";

export interface UserTraffic {
  /** Sends so many transfers, and resolves to their hashes once the node has acknowledged all. */
  send(count: number): Promise<Hash[]>;
  /** Sends, each as soon as the one before has a receipt, until the function that it gives is called. */
  keepSending(): () => Promise<void>;
  /** What the node said that it has. */
  acknowledged: ReadonlySet<Hash>;
}

const POLL_MS = 50;

/** Transfers on L2 by users who count their own nonces, as wallets do that send much. */
export function userTraffic(node: TestNode, users: readonly number[] = [4, 5, 6]): UserTraffic {
  const acknowledged = new Set<Hash>();
  const senders = users.map((index) => ({ account: devAccount(index), nonce: 0 }));
  let turn = 0;

  async function sendOne(): Promise<Hash> {
    const sender = senders[turn++ % senders.length];
    if (sender === undefined) throw new TypeError("there are no users");
    const raw = await signed(node, sender.account, sender.nonce++, turn);
    const hash = keccak256(raw);
    await rpc(node.rpcUrl, "eth_sendRawTransaction", [raw]);
    acknowledged.add(hash);
    return hash;
  }

  async function mined(hash: Hash, isOver: () => boolean): Promise<void> {
    while (!isOver() && (await rpc(node.rpcUrl, "eth_getTransactionReceipt", [hash])) === null) {
      await delay(POLL_MS);
    }
  }

  async function send(count: number): Promise<Hash[]> {
    const hashes: Hash[] = [];
    for (let sent = 0; sent < count; sent++) hashes.push(await sendOne());
    return hashes;
  }

  return {
    send,
    keepSending() {
      let stopped = false;
      const running = (async () => {
        while (!stopped) await mined(await sendOne(), () => stopped);
      })();
      // Seen by whoever stops it.
      running.catch(() => undefined);
      return async () => {
        stopped = true;
        await running;
      };
    },
    acknowledged,
  };
}

function signed({ config }: TestNode, account: HDAccount, nonce: number, salt: number) {
  return account.signTransaction({
    chainId: config.l2ChainId,
    nonce,
    type: "eip1559",
    gas: 21_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1_000_000n,
    to: `0x${(0x5000_0000 + salt).toString(16).padStart(40, "0")}`,
    value: 1n,
  });
}
