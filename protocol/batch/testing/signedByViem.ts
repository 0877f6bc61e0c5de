import { privateKeyToAccount } from "viem/accounts";
import { hexToBytes } from "../../bytes.ts";

const account = privateKeyToAccount(`0x${"42".repeat(32)}`);
const base = {
  nonce: 7,
  gas: 100_000n,
  to: `0x${"11".repeat(20)}`,
  value: 10n ** 18n,
  data: "0xa9059cbb",
} as const;
const accessList = [{ address: base.to, storageKeys: [`0x${"22".repeat(32)}`] }] as const;
const fees = { maxFeePerGas: 3n, maxPriorityFeePerGas: 1n } as const;

/** Real signatures: one transaction of each form, by name, and who signed them. */
export async function signedByViem(): Promise<{ sender: Uint8Array; signed: Record<string, Uint8Array> }> {
  const authorization = await account.signAuthorization({ chainId: 7357, address: base.to, nonce: 8 });
  const envelopes = {
    "legacy before EIP-155": await account.signTransaction({ ...base, type: "legacy", gasPrice: 2n }),
    legacy: await account.signTransaction({ ...base, type: "legacy", gasPrice: 2n, chainId: 7357 }),
    "type 1": await account.signTransaction({
      ...base,
      type: "eip2930",
      gasPrice: 2n,
      chainId: 7357,
      accessList,
    }),
    "type 2": await account.signTransaction({ ...base, ...fees, type: "eip1559", chainId: 7357, accessList }),
    "type 4": await account.signTransaction({
      ...base,
      ...fees,
      type: "eip7702",
      chainId: 7357,
      authorizationList: [authorization],
    }),
  };
  const signed = Object.fromEntries(Object.entries(envelopes).map(([name, hex]) => [name, hexToBytes(hex)]));
  return { sender: hexToBytes(account.address), signed };
}
