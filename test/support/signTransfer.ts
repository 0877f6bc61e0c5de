import { privateKeyToAccount } from "viem/accounts";
import { hexToBytes } from "../../protocol/index.ts";

export interface TransferFields {
  nonce: number;
  chainId?: number;
  tip?: bigint;
  feeCap?: bigint;
  value?: bigint;
  gas?: bigint;
}

/** A deterministic test key: 32 bytes that hold `index`. */
export function testKey(index: number): `0x${string}` {
  return `0x${(index + 1).toString(16).padStart(64, "0")}`;
}

/** A signed EIP-1559 transfer from test key `index`, as its envelope. */
export async function signTransfer(index: number, fields: TransferFields): Promise<Uint8Array> {
  const signed = await privateKeyToAccount(testKey(index)).signTransaction({
    type: "eip1559",
    chainId: fields.chainId ?? 7357,
    nonce: fields.nonce,
    gas: fields.gas ?? 21_000n,
    maxFeePerGas: fields.feeCap ?? 10n ** 9n,
    maxPriorityFeePerGas: fields.tip ?? 1_000n,
    to: "0x00000000000000000000000000000000000000aa",
    value: fields.value ?? 1n,
  });
  return hexToBytes(signed);
}

/** The address of test key `index`, 20 bytes. */
export function testAddress(index: number): Uint8Array {
  return hexToBytes(privateKeyToAccount(testKey(index)).address);
}
