import { encodeFunctionData, getAddress, type Hex, keccak256, toBytes, zeroAddress, zeroHash } from "viem";
import type { HDAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { attestationVerifierArtifact } from "../artifacts/attestationVerifier.ts";
import { l1StandardBridgeArtifact } from "../artifacts/l1StandardBridge.ts";
import { optimismPortalArtifact } from "../artifacts/optimismPortal.ts";
import { rollupArtifact } from "../artifacts/rollup.ts";
import { testTargetArtifact } from "../artifacts/testTarget.ts";
import { createBatchChain, publicInputsOf, signInputs, signOne } from "./batchChain.ts";
import { type Call, createFixture, type Fixture, PAUSE, SETTINGS, word } from "./settlementFixture.ts";

const DAY = 86_400n;
const UPGRADEABLE = ["rollup", "portal", "bridge"] as const;
const ARTIFACTS = {
  rollup: rollupArtifact,
  portal: optimismPortalArtifact,
  bridge: l1StandardBridgeArtifact,
};
const IMPLEMENTATION_SLOT = slotNumber("eip1967.proxy.implementation");

let stack: TestStack;
let fixture: Fixture;
let snapshot: Hex;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  snapshot = await fixture.control.snapshot();
});
afterEach(() => fixture.control.revert({ id: snapshot }));

type ContractName = keyof Fixture["contracts"];
const call = (contract: ContractName, functionName: string, args: readonly unknown[] = []): Call => ({
  ...fixture.contracts[contract],
  functionName,
  args,
});
const read = (contract: ContractName, functionName: string, args: readonly unknown[] = []) =>
  fixture.reader.readContract(call(contract, functionName, args) as never) as Promise<unknown>;
const owner = () => fixture.accounts.deployer;
const sends = (account: HDAccount, request: Call) => fixture.sends(account, request);
const refuses = (account: HDAccount, request: Call) => fixture.refuses(account, request);

function slotNumber(name: string): Hex {
  const slot = BigInt(keccak256(toBytes(name))) - 1n;
  return `0x${slot.toString(16).padStart(64, "0")}`;
}

test("what the owner alone may do, nobody else may", async () => {
  const { stranger, guardian, sequencer } = fixture.accounts;
  const { address } = stranger;
  const owned: Call[] = [
    call("rollup", "setSequencer", [address, true]),
    call("rollup", "setVerifier", [address]),
    call("rollup", "setSilenceWindow", [1n]),
    call("rollup", "revertProvenBatches", [createBatchChain(fixture).last.header, zeroHash]),
    call("portal", "setInclusionWindow", [50n]),
    call("portal", "setWithdrawalLimit", [1n, 1n]),
    call("bridge", "setTokenWithdrawalLimit", [address, 1n, 1n]),
    call("verifier", "addProver", [address]),
    call("verifier", "removeProver", [address]),
    call("verifier", "setThreshold", [1n]),
    call("verifier", "transferOwnership", [address]),
    call("verifier", "renounceOwnership"),
    ...(["rollup", "portal"] as const).flatMap((name) => [
      call(name, "setGuardian", [address]),
      call(name, "unpause", [0]),
    ]),
    ...UPGRADEABLE.flatMap((name) => [
      call(name, "transferOwnership", [address]),
      call(name, "renounceOwnership"),
      call(name, "upgradeToAndCall", [address, "0x"]),
    ]),
  ];
  for (const request of owned) {
    for (const account of [stranger, guardian, sequencer]) {
      const expected = `OwnableUnauthorizedAccount(${account.address})`;
      expect(await refuses(account, request), request.functionName).toBe(expected);
    }
  }
});

test("ownership changes in two steps and never vanishes", async () => {
  const { stranger, user } = fixture.accounts;
  for (const name of [...UPGRADEABLE, "verifier"] as const) {
    expect(await refuses(owner(), call(name, "renounceOwnership"))).toBe(
      `RenounceDisabled(${owner().address})`,
    );
    await sends(owner(), call(name, "transferOwnership", [stranger.address]));
    expect(await read(name, "owner")).toBe(owner().address);
    expect(await refuses(user, call(name, "acceptOwnership"))).toBe(
      `OwnableUnauthorizedAccount(${user.address})`,
    );
    await sends(stranger, call(name, "acceptOwnership"));
    expect(await read(name, "owner")).toBe(stranger.address);
    expect(await refuses(owner(), call(name, "renounceOwnership"))).toMatch(/^OwnableUnauthorizedAccount/);
  }
});

test("settings refuse what would make a dead rollup", async () => {
  expect(await refuses(owner(), call("rollup", "setSequencer", [zeroAddress, true]))).toBe("ZeroAddress()");
  expect(await refuses(owner(), call("rollup", "setVerifier", [zeroAddress]))).toBe("ZeroAddress()");
  expect(await refuses(owner(), call("rollup", "setSilenceWindow", [0n]))).toBe("ZeroPeriod()");
  expect(await refuses(owner(), call("rollup", "setGuardian", [zeroAddress]))).toBe("ZeroAddress()");
  const { sequencer, stranger } = fixture.accounts;
  await sends(owner(), call("rollup", "setSilenceWindow", [7n]));
  expect(await read("rollup", "silenceWindow")).toBe(7n);
  await sends(owner(), call("rollup", "setSequencer", [sequencer.address, false]));
  expect(await read("rollup", "isSequencer", [sequencer.address])).toBe(false);
  await sends(owner(), call("portal", "setGuardian", [stranger.address]));
  expect(await read("portal", "guardian")).toBe(stranger.address);
  const verifier = await fixture.deploys(attestationVerifierArtifact, [
    stranger.address,
    [stranger.address],
    1n,
  ]);
  await sends(owner(), call("rollup", "setVerifier", [verifier]));
  expect(await read("rollup", "verifier")).toBe(verifier);
  expect(getAddress(String(await read("rollup", "queue")))).toBe(getAddress(fixture.deployment.queue));
});

test("a guardian's pause ends by itself and cannot follow at once", async () => {
  const { guardian, stranger } = fixture.accounts;
  const pause = (kind: number, seconds: bigint) => call("portal", "pause", [kind, seconds]);
  const longest = 7n * DAY;
  expect(await refuses(stranger, pause(PAUSE.deposit, 1n))).toBe(`NotGuardian(${stranger.address})`);
  expect(await refuses(guardian, pause(PAUSE.commit, 1n))).toBe("PauseKindUnused(0)");
  expect(await refuses(guardian, call("rollup", "pause", [PAUSE.withdraw, 1n]))).toBe("PauseKindUnused(5)");
  for (const seconds of [0n, longest + 1n]) {
    const refused = `BadPauseDuration(${seconds},${longest})`;
    expect(await refuses(guardian, pause(PAUSE.deposit, seconds))).toBe(refused);
    expect(await refuses(owner(), pause(PAUSE.deposit, seconds))).toBe(refused);
  }
  const { blockNumber } = await sends(guardian, pause(PAUSE.withdraw, longest));
  const { timestamp } = await fixture.reader.getBlock({ blockNumber });
  expect(await read("portal", "pausedUntil", [PAUSE.withdraw])).toBe(timestamp + longest);
  expect(await read("portal", "paused")).toBe(true);
  expect(await read("portal", "isPaused", [PAUSE.deposit])).toBe(false);
  const cooling = `PauseCoolingDown(${PAUSE.withdraw},${timestamp + longest + 3n * DAY})`;
  expect(await refuses(guardian, pause(PAUSE.withdraw, 1n))).toBe(cooling);
  await fixture.passes(Number(longest));
  expect(await read("portal", "paused")).toBe(false);
  expect(await refuses(guardian, pause(PAUSE.withdraw, 1n))).toBe(cooling);
  await fixture.passes(Number(3n * DAY));
  await sends(guardian, pause(PAUSE.withdraw, 1n));
});

test("the owner may pause on, and end a pause; a guardian cannot shorten it", async () => {
  const { guardian } = fixture.accounts;
  const pause = (seconds: bigint) => call("rollup", "pause", [PAUSE.finalize, seconds]);
  await sends(owner(), pause(5n * DAY));
  const until = await read("rollup", "pausedUntil", [PAUSE.finalize]);
  await sends(guardian, pause(1n));
  expect(await read("rollup", "pausedUntil", [PAUSE.finalize])).toBe(until);
  await sends(owner(), pause(7n * DAY));
  expect(await read("rollup", "isPaused", [PAUSE.finalize])).toBe(true);
  await sends(owner(), call("rollup", "unpause", [PAUSE.finalize]));
  expect(await read("rollup", "isPaused", [PAUSE.finalize])).toBe(false);
  await sends(guardian, pause(1n));
});

test("the verifier wants enough different provers, each signing this batch once", async () => {
  const { prover1, prover2, prover3, stranger } = fixture.accounts;
  const batch = await createBatchChain(fixture).commit();
  const inputs = publicInputsOf(fixture, batch);
  const verify = (proof: Hex, about = inputs) => read("verifier", "verify", [about, proof]);
  const both = await signInputs(fixture, inputs, [prover1, prover2]);
  const all = await signInputs(fixture, inputs, [prover1, prover2, prover3]);
  const [first, second] = [both.slice(2, 132), both.slice(132)];
  expect([await verify(both), await verify(all)]).toEqual([true, true]);
  expect(await verify(both, word("01"))).toBe(false);
  expect(await verify(`0x${second}${first}`)).toBe(false);
  expect(await verify(`0x${first}${first}`)).toBe(false);
  expect(await verify(`0x${first}`)).toBe(false);
  expect(await verify(`${both}00`)).toBe(false);
  expect(await verify("0x")).toBe(false);
  expect(await verify(await signInputs(fixture, inputs, [prover1, stranger]))).toBe(false);
  expect(await verify(`0x${first.slice(0, -2)}1f${second}`)).toBe(false);
  // The other root of the same signature (EIP-2).
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${first.slice(64, 128)}`);
  const flipped = first.endsWith("1b") ? "1c" : "1b";
  const twin = `${first.slice(0, 64)}${s.toString(16).padStart(64, "0")}${flipped}`;
  expect(await verify(`0x${twin}${second}`)).toBe(false);
  const one = (await signOne(fixture, inputs, prover1)).slice(2);
  await sends(owner(), call("verifier", "setThreshold", [1n]));
  expect(await verify(`0x${one}`)).toBe(true);
  expect(await verify(`0x${one.repeat(33)}`)).toBe(false);
});

test("provers come and go, never below the threshold", async () => {
  const { prover1, prover2, stranger } = fixture.accounts;
  const verifier = (functionName: string, args: readonly unknown[]) => call("verifier", functionName, args);
  expect(await refuses(owner(), verifier("addProver", [prover1.address]))).toBe(
    `ProverUnchanged(${prover1.address},true)`,
  );
  expect(await refuses(owner(), verifier("removeProver", [stranger.address]))).toBe(
    `ProverUnchanged(${stranger.address},false)`,
  );
  expect(await refuses(owner(), verifier("addProver", [zeroAddress]))).toBe("ZeroAddress()");
  expect(await refuses(owner(), verifier("setThreshold", [0n]))).toBe("BadThreshold(0,3)");
  expect(await refuses(owner(), verifier("setThreshold", [4n]))).toBe("BadThreshold(4,3)");
  await sends(owner(), verifier("removeProver", [prover1.address]));
  expect(await refuses(owner(), verifier("removeProver", [prover2.address]))).toBe("BadThreshold(2,1)");
  await sends(owner(), verifier("addProver", [stranger.address]));
  expect([await read("verifier", "proverCount"), await read("verifier", "threshold")]).toEqual([3n, 2n]);
});

test("the verifier's creation refuses sets that prove nothing", async () => {
  const { stranger } = fixture.accounts;
  const provers = Array.from({ length: 33 }, (_, i) =>
    getAddress(`0x${(i + 1).toString(16).padStart(40, "0")}`),
  );
  const creation = (...args: unknown[]) => fixture.refusesCreation(attestationVerifierArtifact, args);
  expect(await creation(zeroAddress, provers.slice(0, 1), 1n)).toBe(`OwnableInvalidOwner(${zeroAddress})`);
  expect(await creation(stranger.address, [], 0n)).toBe("BadThreshold(0,0)");
  expect(await creation(stranger.address, provers.slice(0, 1), 2n)).toBe("BadThreshold(2,1)");
  expect(await creation(stranger.address, provers, 1n)).toBe("TooManyProvers(33)");
  expect(await creation(stranger.address, provers.slice(0, 32), 32n)).toBe("not refused");
});

test("an upgrade keeps address and state, and takes only a real implementation", async () => {
  const { deployment, reader, deploys, contracts, accounts } = fixture;
  const target = await fixture.deployTarget();
  const implementations = {
    rollup: deployment.implementations.rollup,
    portal: deployment.implementations.portal,
    bridge: deployment.implementations.standardBridge,
  };
  for (const name of UPGRADEABLE) {
    const { address } = contracts[name];
    const upgrade = (to: Hex, data: Hex = "0x") => call(name, "upgradeToAndCall", [to, data]);
    expect(await refuses(owner(), upgrade(contracts.verifier.address))).toBe(
      `ERC1967InvalidImplementation(${getAddress(contracts.verifier.address)})`,
    );
    expect(await refuses(owner(), upgrade(target))).toBe(
      `UUPSUnsupportedProxiableUUID(${word("00").slice(0, -1)}1)`,
    );
    const same = implementations[name];
    expect(await refuses(owner(), { ...upgrade(same), value: 1n })).toBe("ERC1967NonPayable()");
    const direct = { ...upgrade(same), address: same };
    expect(await refuses(owner(), direct)).toBe("UUPSUnauthorizedCallContext()");
    const before = await read(name, "owner");
    const next = await deploys(ARTIFACTS[name]);
    await sends(owner(), upgrade(next));
    const slot = await reader.getStorageAt({ address, slot: IMPLEMENTATION_SLOT });
    expect(getAddress(`0x${slot?.slice(26)}`)).toBe(next);
    expect(await read(name, "owner")).toBe(before);
    const implementationOwner = await reader.readContract({ ...call(name, "owner"), address: next } as never);
    expect(implementationOwner).toBe("0x000000000000000000000000000000000000dEaD");
  }
  expect(await read("rollup", "finalizationPeriodSeconds")).toBe(BigInt(SETTINGS.finalizationPeriodSeconds));
  expect(await read("portal", "inclusionWindow")).toBe(BigInt(SETTINGS.inclusionWindowBlocks));
  expect(await read("bridge", "portal")).toBe(getAddress(deployment.portal));
  expect(await read("portal", "guardian")).toBe(accounts.guardian.address);
});

test("a failing call in an upgrade undoes it", async () => {
  const { deployment } = fixture;
  const quiet = encodeFunctionData({ abi: testTargetArtifact.abi, functionName: "failSilently" });
  const upgrade = call("rollup", "upgradeToAndCall", [deployment.implementations.rollup, quiet]);
  expect(await refuses(owner(), upgrade)).toBe("FailedCall()");
});
