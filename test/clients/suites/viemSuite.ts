import { createPublicClient, createWalletClient, defineChain, http, webSocket } from "viem";
import { describe } from "vitest";
import { CHAIN_ID, type ClientsNode, type FundedKey } from "../clientsNode.ts";
import { viemErrors } from "./viem/viemErrors.ts";
import { viemEvents } from "./viem/viemEvents.ts";
import { viemReads } from "./viem/viemReads.ts";
import { viemSends } from "./viem/viemSends.ts";

export function viemChain(rpcUrl: string) {
  return defineChain({
    id: CHAIN_ID,
    name: "Braid",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
}

/** A reader over HTTP, one over a WebSocket, and a wallet, of one account. */
export function viemClients(node: ClientsNode, { account }: FundedKey) {
  const options = { chain: viemChain(node.rpcUrl), pollingInterval: 50, cacheTime: 0 };
  return {
    reader: createPublicClient({ ...options, transport: http(node.rpcUrl) }),
    wallet: createWalletClient({ ...options, transport: http(node.rpcUrl), account }),
    socket: createPublicClient({ ...options, transport: webSocket(node.wsUrl, { reconnect: false }) }),
  };
}

export type ViemClients = ReturnType<typeof viemClients>;

export function viemSuite(node: () => ClientsNode): void {
  describe("viem", () => {
    viemSends(node);
    viemReads(node);
    viemErrors(node);
    viemEvents(node);
  });
}
