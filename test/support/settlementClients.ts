import {
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  type HDAccount,
  http,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import {
  chainConfig,
  publicActionsL1,
  publicActionsL2,
  walletActionsL1,
  walletActionsL2,
} from "viem/op-stack";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import type { TestNode } from "./testNode.ts";

/** Where the development deployment puts Multicall3 on L1. */
const MULTICALL3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";
const L1 = { ...foundry, contracts: { multicall3: { address: MULTICALL3 } } };

/** Account 0 of the development mnemonic is the sequencer, 1 the prover; the others are users. */
export function devAccount(addressIndex: number): HDAccount {
  return mnemonicToAccount(DEV_MNEMONIC, { addressIndex });
}

export type SettlementClients = ReturnType<typeof settlementClients>;

/** viem's clients of both chains, as a wallet has them, and control of the L1. */
export function settlementClients(node: TestNode, account: HDAccount) {
  const { portal, l2OutputOracle, l1StandardBridge } = node.contracts;
  const on = (address: Address) => ({ [foundry.id]: { address } });
  const l2 = defineChain({
    ...chainConfig,
    id: node.config.l2ChainId,
    name: "Braid",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [node.rpcUrl] } },
    sourceId: foundry.id,
    contracts: {
      ...chainConfig.contracts,
      portal: on(portal),
      l2OutputOracle: on(l2OutputOracle),
      l1StandardBridge: on(l1StandardBridge),
    },
  });
  const transport = http(node.l1Url);
  const polling = { pollingInterval: 100, cacheTime: 0 };
  return {
    l2,
    account,
    control: createTestClient({ chain: L1, transport, mode: "anvil" }),
    reader1: createPublicClient({ chain: L1, transport, ...polling }).extend(publicActionsL1()),
    wallet1: createWalletClient({ account, chain: L1, transport }).extend(walletActionsL1()),
    reader2: createPublicClient({ chain: l2, transport: http(), ...polling }).extend(publicActionsL2()),
    wallet2: createWalletClient({ account, chain: l2, transport: http() }).extend(walletActionsL2()),
  };
}
