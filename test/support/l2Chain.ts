/** An Anvil that holds the accounts of a genesis: a real EVM with L2's predeploys, before the node itself has them. */
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  http,
  numberToHex,
  toHex,
} from "viem";
import { chainConfig } from "viem/op-stack";
import type { GenesisAccount } from "../../protocol/index.ts";
import { bytesToHex } from "../../protocol/index.ts";
import { type SpawnedAnvil, spawnAnvil } from "./spawnAnvil.ts";

export async function startL2Chain(chainId: number, accounts: GenesisAccount[]) {
  const anvil = await spawnAnvil(["--chain-id", String(chainId)]);
  try {
    return { ...(await connect(anvil, chainId, accounts)), stop: () => anvil.stop() };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

async function connect(anvil: SpawnedAnvil, chainId: number, accounts: GenesisAccount[]) {
  const chain = defineChain({
    id: chainId,
    name: "L2",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [anvil.rpcUrl] } },
    contracts: {
      ...chainConfig.contracts,
      multicall3: { address: "0xcA11bde05977b3631167028862bE2a173976CA11" },
    },
  });
  const transport = http(anvil.rpcUrl);
  const control = createTestClient({ chain, transport, mode: "anvil" });
  for (const { address, code, nonce, storage } of accounts) {
    const place = bytesToHex(address);
    await control.setCode({ address: place, bytecode: bytesToHex(code) });
    await control.setNonce({ address: place, nonce: Number(nonce) });
    for (const { slot, value } of storage) {
      await control.setStorageAt({ address: place, index: bytesToHex(slot), value: bytesToHex(value) });
    }
  }
  await control.mine({ blocks: 1 });
  return {
    chain,
    rpcUrl: anvil.rpcUrl,
    control,
    reader: createPublicClient({ chain, transport, pollingInterval: 20, cacheTime: 0 }),
    wallet: createWalletClient({ chain, transport, pollingInterval: 20 }),
  };
}

/** The packed arguments of `setL1BlockValuesEcotone`, behind its selector; those of Isthmus with `operatorFee`. */
export function l1AttributesData(values: {
  sequenceNumber: bigint;
  timestamp: bigint;
  number: bigint;
  basefee: bigint;
  blobBaseFee: bigint;
  hash: `0x${string}`;
  batcherHash: `0x${string}`;
  operatorFee?: { scalar: number; constant: bigint };
}): `0x${string}` {
  const part = (value: bigint | number, size: number) => numberToHex(value, { size }).slice(2);
  const ecotone = [
    part(0, 8),
    part(values.sequenceNumber, 8),
    part(values.timestamp, 8),
    part(values.number, 8),
    part(values.basefee, 32),
    part(values.blobBaseFee, 32),
    values.hash.slice(2),
    values.batcherHash.slice(2),
  ].join("");
  const { operatorFee } = values;
  if (operatorFee === undefined) return `0x440a5e20${ecotone}`;
  return `0x098999be${ecotone}${part(operatorFee.scalar, 4)}${part(operatorFee.constant, 8)}`;
}

export const wordOf = (text: string): `0x${string}` => toHex(text, { size: 32 });
