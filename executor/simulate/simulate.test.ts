import { encodeErrorResult, encodeFunctionData, type Hex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BraidError,
  bytesToHex,
  contractAddress,
  EMPTY_BYTES,
  hexToBytes,
  keccak256,
  padTo32,
} from "../../protocol/index.ts";
import { compileSolidity } from "../../test/support/compileSolidity.ts";
import { receiptOf } from "../../test/support/receiptOf.ts";
import { rpc } from "../../test/support/rpc.ts";
import { type SpawnedAnvil, spawnAnvil } from "../../test/support/spawnAnvil.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import { braidRules } from "../engine/chainRules.ts";
import { TimeLimit } from "../readers/timeLimit.ts";
import type { ReadDesk } from "../readers/types.ts";
import type { AccountRecord, StateReader } from "../state/types.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { callJob } from "./callJob.ts";
import { createAccessListJob } from "./createAccessList.ts";
import { estimateGasJob } from "./estimateGas.ts";
import type { CallRequest, SimulationParams } from "./types.ts";

const SOURCE = `
pragma solidity ^0.8.20;
contract Inner { mapping(uint256 => uint256) public values;
  function set(uint256 k, uint256 v) external { values[k] = v; }
  function burn(uint256 n) external { for (uint256 i = 0; i < n; i++) values[i] = i + 1; } }
contract Probe {
  uint256 public counter; mapping(uint256 => uint256) public map; event Seen(address indexed who, uint256 what);
  error Custom(uint256 code);
  function fail() external pure { require(false, "no way"); }
  function custom() external pure { revert Custom(7); }
  function panic(uint256 d) external pure returns (uint256) { return 1 / d; }
  function spin() external pure { while (true) {} }
  function base() external view returns (uint256, uint256, address) { return (block.basefee, tx.gasprice, msg.sender); }
  function work(Inner inner, uint256 n) external {
    counter += 1; for (uint256 i = 0; i < n; i++) { map[i] = i + counter; } inner.set(counter, n);
    emit Seen(msg.sender, n); }
  function chained(Inner inner) external { counter = inner.values(map[counter]) + 1; inner.set(counter, 1); }
  function deep(Inner inner, uint256 n) external { inner.burn(n); }
  function refund() external { map[1] = 0; counter = 0; }
}`;
const ether = 10n ** 18n;
const PROBE = "0x1000000000000000000000000000000000000001";
const INNER = "0x1000000000000000000000000000000000000002";
const DELEGATED = "0x1000000000000000000000000000000000000003";
const RICH = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

/** A state of a few accounts, as the flat store would hold them. */
class FewAccounts implements StateReader {
  private readonly accounts = new Map<string, AccountRecord>();
  private readonly codes = new Map<string, Uint8Array>();
  private readonly slots = new Map<string, Uint8Array>();

  put(address: string, balance: bigint, code: Uint8Array = EMPTY_BYTES): void {
    const codeHash = keccak256(code);
    this.codes.set(bytesToHex(codeHash), code);
    this.accounts.set(address, { nonce: 0n, balance, codeHash, storageRoot: EMPTY_TRIE_ROOT });
  }

  putSlot(address: string, slot: number, value: number): void {
    this.slots.set(`${address}${bytesToHex(padTo32(Uint8Array.of(slot)))}`, Uint8Array.of(value));
  }

  account(address: Uint8Array): AccountRecord | undefined {
    return this.accounts.get(bytesToHex(address));
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    return this.slots.get(`${bytesToHex(address)}${bytesToHex(slot)}`) ?? EMPTY_BYTES;
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.codes.get(bytesToHex(codeHash)) ?? EMPTY_BYTES;
  }
}

const environment: BlockEnvironment = {
  number: 5,
  timestamp: 1_800_000_000,
  baseFeePerGas: 10_000_000n,
  gasLimit: 120_000_000n,
  coinbase: hexToBytes("0x4200000000000000000000000000000000000011"),
  prevRandao: new Uint8Array(32),
  parentBeaconBlockRoot: new Uint8Array(32),
  parentHash: new Uint8Array(32),
  extraData: new Uint8Array(0),
};

describe("simulation", () => {
  const { Probe, Inner } = compileSolidity(SOURCE);
  if (Probe === undefined || Inner === undefined)
    throw new BraidError("NOT_COMPILED", "a contract is missing");
  const state = new FewAccounts();
  const desk = (timeoutMs = 2_000): ReadDesk => ({
    limit: new TimeLimit(timeoutMs),
    open: () => state,
    node: () => undefined,
    code: (codeHash) => state.code(codeHash),
  });
  const params = (given: CallRequest, gasCap = 50_000_000n): SimulationParams => ({
    scene: {
      state: { blockNumber: 5, stateRoot: EMPTY_TRIE_ROOT },
      environment,
      rules: braidRules(7357),
    },
    request: given,
    gasCap,
  });
  let anvil: SpawnedAnvil;

  const probeData = (functionName: string, args: unknown[] = []): Hex =>
    encodeFunctionData({ abi: Probe.abi, functionName, args });
  const request = (data: Hex, more: Partial<CallRequest> = {}): CallRequest => ({
    from: hexToBytes(RICH),
    to: hexToBytes(PROBE),
    data: hexToBytes(data),
    ...more,
  });
  const call = (data: Hex, more: Partial<CallRequest> = {}) => callJob(desk(), params(request(data, more)));
  const estimate = (data: Hex, more: Partial<CallRequest> = {}) =>
    estimateGasJob(desk(), params(request(data, more)));
  /** Gas that Anvil charges for the same transaction, really mined, then undone. */
  const minedGas = async (data: Hex, accessList: unknown[] = [], gas = "0xf42400"): Promise<bigint> => {
    const snapshot = await rpc(anvil.rpcUrl, "evm_snapshot", []);
    const transaction = { from: RICH, to: PROBE, data, gas, accessList };
    const hash = await rpc(anvil.rpcUrl, "eth_sendTransaction", [transaction]);
    const receipt = await receiptOf(anvil.rpcUrl, String(hash));
    await rpc(anvil.rpcUrl, "evm_revert", [snapshot]);
    expect(receipt.status).toBe("0x1");
    return BigInt(receipt.gasUsed);
  };

  beforeAll(async () => {
    anvil = await spawnAnvil(["--base-fee", "10000000"]);
    state.put(RICH, 10_000n * ether);
    state.put(PROBE, 0n, hexToBytes(Probe.runtimeBytecode));
    state.put(INNER, 0n, hexToBytes(Inner.runtimeBytecode));
    state.put(DELEGATED, 0n, hexToBytes(`0xef0100${PROBE.slice(2)}`));
    await rpc(anvil.rpcUrl, "anvil_setCode", [PROBE, Probe.runtimeBytecode]);
    await rpc(anvil.rpcUrl, "anvil_setCode", [INNER, Inner.runtimeBytecode]);
    for (const slot of [0, 5]) {
      state.putSlot(PROBE, slot, 3);
      const key = bytesToHex(padTo32(Uint8Array.of(slot)));
      await rpc(anvil.rpcUrl, "anvil_setStorageAt", [PROBE, key, bytesToHex(padTo32(Uint8Array.of(3)))]);
    }
  });
  afterAll(() => anvil.stop());

  it("answers data, logs and the gas that Anvil charges", async () => {
    const data = probeData("work", [INNER, 4]);
    const result = await call(data);
    expect(result.gasUsed).toBe(await minedGas(data));
    expect(result.logs).toHaveLength(1);
    expect(result.logs[0]?.topics).toHaveLength(2);
    expect((await call(probeData("refund"))).gasUsed).toBe(await minedGas(probeData("refund")));
  });

  it("has no base fee unless the call pays", async () => {
    const free = await call(probeData("base"));
    expect(bytesToHex(free.returnData).slice(0, 130)).toBe(`0x${"0".repeat(128)}`);
    const paid = await call(probeData("base"), { gasPrice: 20_000_000n, gas: 100_000n });
    expect(BigInt(bytesToHex(paid.returnData.subarray(0, 32)))).toBe(10_000_000n);
    expect(BigInt(bytesToHex(paid.returnData.subarray(32, 64)))).toBe(20_000_000n);
    await expect(call(probeData("base"), { gasPrice: 1n })).rejects.toThrow(
      "max fee per gas less than block base fee",
    );
  });

  it("runs the code that an account is delegated to", async () => {
    const result = await call(probeData("counter"), { to: hexToBytes(DELEGATED) });
    expect(BigInt(bytesToHex(result.returnData))).toBe(0n);
  });

  it("words failures as geth does and keeps the revert data", async () => {
    await expect(call(probeData("fail"))).rejects.toThrow("execution reverted: no way");
    await expect(call(probeData("panic", [0]))).rejects.toThrow(
      "execution reverted: division or modulo by zero",
    );
    await expect(call(probeData("custom"))).rejects.toMatchObject({
      message: "execution reverted",
      code: "EXECUTION_REVERTED",
      data: hexToBytes(encodeErrorResult({ abi: Probe.abi, errorName: "Custom", args: [7n] })),
    });
    await expect(call("0x", { value: ether, from: hexToBytes(INNER) })).rejects.toThrow(
      "insufficient funds for gas * price + value",
    );
    await expect(call(probeData("work", [INNER, 4]), { gas: 30_000n })).rejects.toThrow("out of gas");
    await expect(call(probeData("work", [INNER, 4]), { gas: 3_000n })).rejects.toThrow(
      "intrinsic gas too low",
    );
    await expect(estimate(probeData("fail"))).rejects.toThrow("execution reverted: no way");
  });

  it("ends a call that runs too long, leaving the event loop its turn", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const endless = params(request(probeData("spin")), 2n ** 31n - 1n);
    await expect(callJob(desk(1_500), endless)).rejects.toThrow("execution aborted (timeout = 1.5s)");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it("estimates what is enough and not much more", async () => {
    const address = hexToBytes("0x2000000000000000000000000000000000000009");
    expect(await estimate("0x", { to: address, value: 1n })).toBe(21_000n);
    for (const data of [
      probeData("work", [INNER, 12]),
      probeData("deep", [INNER, 20]),
      probeData("refund"),
    ]) {
      const gas = await estimate(data);
      const used = (await call(data, { gas })).gasUsed;
      expect(await minedGas(data, [], `0x${gas.toString(16)}`)).toBe(used);
      expect(gas).toBeLessThan((used * 130n) / 100n + 3_000n);
    }
    const long: Hex = `0x${"11".repeat(2_000)}`;
    const floor = 21_000n + 40n * 2_000n;
    const atFloor = await estimate(long, { to: address });
    expect(atFloor).toBeGreaterThanOrEqual(floor);
    expect(atFloor).toBeLessThan((floor * 1_016n) / 1_000n);
    const poor = { from: hexToBytes(INNER), gasPrice: 10_000_000n };
    await expect(estimate(probeData("work", [INNER, 1]), poor)).rejects.toThrow(
      "gas required exceeds allowance (0)",
    );
  });

  it("finds the access list that Anvil finds, and its gas is what Anvil charges", async () => {
    for (const data of [probeData("work", [INNER, 3]), probeData("chained", [INNER])]) {
      const found = await createAccessListJob(desk(), params(request(data)));
      const list = found.accessList.map(({ address, storageKeys }) => ({
        address: bytesToHex(address),
        storageKeys: storageKeys.map(bytesToHex),
      }));
      const theirs = (await rpc(anvil.rpcUrl, "eth_createAccessList", [{ from: RICH, to: PROBE, data }])) as {
        accessList: { address: string; storageKeys: string[] }[];
      };
      expect(sorted(list)).toEqual(sorted(theirs.accessList));
      expect(found.gasUsed).toBe(await minedGas(data, list));
      expect(found.error).toBeUndefined();
    }
    const failing = await createAccessListJob(desk(), params(request(probeData("fail"))));
    expect(failing.error).toBe("execution reverted");
  });

  it("creates contracts and runs requests at the same time without mixing them up", async () => {
    const creation: CallRequest = { from: hexToBytes(RICH), data: hexToBytes(Inner.bytecode) };
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        i % 2 === 0
          ? callJob(desk(), params(creation))
          : call(probeData("counter"), { gas: 200_000n + BigInt(i) }),
      ),
    );
    expect(bytesToHex(results[0]?.returnData ?? EMPTY_BYTES)).toBe(Inner.runtimeBytecode);
    expect(results[1]?.returnData.at(-1)).toBe(3);
    const list = await createAccessListJob(desk(), params(creation));
    const created = bytesToHex(contractAddress(hexToBytes(RICH), 0n));
    expect(list.accessList.map(({ address }) => bytesToHex(address))).not.toContain(created);
  });
});

function sorted(list: { address: string; storageKeys: string[] }[]) {
  return list
    .map(({ address, storageKeys }) => ({ address, storageKeys: [...storageKeys].sort() }))
    .sort((a, b) => a.address.localeCompare(b.address));
}
