import { z } from "zod";
import { bigIntToBytes, padTo32, stripLeadingZeros } from "../../../protocol/index.ts";
import { address, bytes, hash } from "../../rpc/schema/hex.ts";
import { devMethod } from "./devMethod.ts";
import { amount } from "./schema.ts";

/** Each change is a block of its own: see docs/development-methods.md. */
export const stateMethods = [
  ...devMethod({
    names: ["anvil_setBalance", "hardhat_setBalance", "tenderly_setBalance"],
    summary: "Sets an account's balance",
    params: z.tuple([address(), amount("balance")]),
    handler: (dev, [account, balance]) =>
      dev.run({ kind: "amend", amendment: { address: account, balance } }),
  }),
  ...devMethod({
    names: ["anvil_addBalance", "tenderly_addBalance"],
    summary: "Adds to an account's balance",
    params: z.tuple([address(), amount("amount")]),
    handler: (dev, [account, addBalance]) =>
      dev.run({ kind: "amend", amendment: { address: account, addBalance } }),
  }),
  ...devMethod({
    names: ["anvil_setNonce", "hardhat_setNonce", "evm_setAccountNonce"],
    summary: "Sets an account's nonce",
    params: z.tuple([address(), amount("nonce", 64)]),
    handler: (dev, [account, nonce]) => dev.run({ kind: "amend", amendment: { address: account, nonce } }),
  }),
  ...devMethod({
    names: ["anvil_setCode", "hardhat_setCode"],
    summary: "Sets the code at an address",
    params: z.tuple([address(), bytes().describe("code")]),
    handler: (dev, [account, code]) => dev.run({ kind: "amend", amendment: { address: account, code } }),
  }),
  ...devMethod({
    names: ["anvil_setStorageAt", "hardhat_setStorageAt"],
    summary: "Sets a storage slot of an account",
    params: z.tuple([address(), amount("slot"), hash("value")]),
    handler: async (dev, [account, slot, value]) => {
      const storage = [{ slot: padTo32(bigIntToBytes(slot)), value: stripLeadingZeros(value) }];
      await dev.run({ kind: "amend", amendment: { address: account, storage } });
      return true;
    },
  }),
];
