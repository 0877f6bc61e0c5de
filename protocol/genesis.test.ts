import { mnemonicToAccount } from "viem/accounts";
import { expect, it } from "vitest";
import { bytesToHex } from "./bytes.ts";
import { keccak256 } from "./crypto/keccak256.ts";
import {
  BEACON_ROOTS_ADDRESS,
  DEVELOPMENT_ADDRESSES,
  DEVELOPMENT_MNEMONIC,
  developmentGenesis,
  HISTORY_STORAGE_ADDRESS,
} from "./genesis.ts";

it("funds the accounts of the mnemonic", () => {
  const derived = DEVELOPMENT_ADDRESSES.map((_, addressIndex) => {
    return mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex }).address;
  });
  expect(DEVELOPMENT_ADDRESSES).toEqual(derived);
  const { accounts } = developmentGenesis();
  expect(accounts.filter(({ balance }) => balance === 10_000n * 10n ** 18n)).toHaveLength(10);
});

it("carries the system contracts with the code that mainnet has", () => {
  const { accounts } = developmentGenesis({ chainId: 1 });
  const codeHash = (address: Uint8Array) => {
    const account = accounts.find((each) => bytesToHex(each.address) === bytesToHex(address));
    expect(account?.nonce).toBe(1n);
    return bytesToHex(keccak256(account?.code ?? new Uint8Array()));
  };
  // Code hashes of the deployed contracts.
  expect(codeHash(BEACON_ROOTS_ADDRESS)).toBe(
    "0xf57acd40259872606d76197ef052f3d35588dadf919ee1f0e3cb9b62d3f4b02c",
  );
  expect(codeHash(HISTORY_STORAGE_ADDRESS)).toBe(
    "0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d",
  );
});
