import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesToHex, DecodeError, developmentGenesis, type Genesis, type Hex } from "../protocol/index.ts";
import { decodeL2Deployment, developmentDeployment, encodeL2Deployment } from "./l2Deployment.ts";
import { l2Genesis } from "./l2Genesis.ts";

const BRIDGE: Hex = `0x${"b1".repeat(20)}`;
const feeVault = { recipient: `0x${"fe".repeat(20)}`, minWithdrawalAmount: 5n } as const;
const deployment = developmentDeployment({ l1StandardBridge: BRIDGE, feeVault });
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** All of a genesis in one text. */
const textIn = (genesis: Genesis) =>
  JSON.stringify(genesis, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}`;
    return value instanceof Uint8Array ? bytesToHex(value) : value;
  });

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex);
const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const anyDeployment = fc.record({
  chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  timestamp: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  gasLimit: amount,
  baseFeeFloor: amount,
  baseFeeElasticity: amount,
  baseFeeChangeDenominator: amount,
  l1StandardBridge: address,
  feeVault: fc.record({ recipient: address, minWithdrawalAmount: amount }),
  balances: fc.array(fc.record({ address, balance: amount }), { maxLength: 3 }),
});

test("what is published on L1 gives the same genesis again, account by account", () => {
  const again = textIn(l2Genesis(decodeL2Deployment(encodeL2Deployment(deployment))));
  expect(again).toBe(textIn(l2Genesis(deployment)));
  expect(textIn(l2Genesis({ ...deployment, l1StandardBridge: feeVault.recipient }))).not.toBe(again);
  const order = [...deployment.balances].reverse();
  expect(textIn(l2Genesis({ ...deployment, balances: order }))).toBe(again);
});

test("any deployment is decoded as it was encoded; the writing of addresses makes no difference", () => {
  fc.assert(
    fc.property(anyDeployment, (value) => {
      expect(decodeL2Deployment(encodeL2Deployment(value))).toEqual(value);
    }),
  );
  const shouting = { ...deployment, l1StandardBridge: BRIDGE.replaceAll("b", "B") as Hex };
  expect(encodeL2Deployment(shouting)).toEqual(encodeL2Deployment(deployment));
});

test("the development chain is the one without settlement, and what settlement needs", () => {
  const base = developmentGenesis();
  const genesis = l2Genesis(deployment);
  expect({ ...genesis, accounts: [] }).toEqual({ ...base, accounts: [] });
  const key = ({ address: bytes }: { address: Uint8Array }) => bytesToHex(bytes);
  const accounts = new Map(genesis.accounts.map((account) => [key(account), account]));
  for (const account of base.accounts) expect(accounts.get(key(account))).toEqual(account);
});

test("nothing else is a deployment", () => {
  const good = JSON.parse(textOf(encodeL2Deployment(deployment))) as Record<string, unknown>;
  expect(decodeL2Deployment(bytesOf(good))).toEqual(deployment);
  for (const change of [
    { version: 2 },
    { chainId: "7357" },
    { chainId: -1 },
    { gasLimit: 120_000_000 },
    { gasLimit: "0x10" },
    { gasLimit: "-1" },
    { gasLimit: "01" },
    { gasLimit: "1".repeat(79) },
    { l1StandardBridge: BRIDGE.slice(2) },
    { l1StandardBridge: BRIDGE.toUpperCase() },
    { balances: undefined },
    { balances: [{ address: BRIDGE }] },
    { extra: 1 },
  ]) {
    expect(() => decodeL2Deployment(bytesOf({ ...good, ...change })), JSON.stringify(change)).toThrow(
      DecodeError,
    );
  }
  for (const bytes of [new Uint8Array(), Uint8Array.of(0xff), new Uint8Array(2 ** 20 + 1), bytesOf([])]) {
    expect(() => decodeL2Deployment(bytes)).toThrow(DecodeError);
  }
});
