import {
  BaseError,
  ContractFunctionRevertedError,
  type Hex,
  parseEther,
  toFunctionSelector,
  zeroAddress,
  zeroHash,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import {
  buildInitiateWithdrawal,
  buildProveWithdrawal,
  estimateInitiateWithdrawalGas,
  estimateL1Fee,
  estimateL1Gas,
  estimateOperatorFee,
  estimateTotalFee,
  estimateTotalGas,
  getL1BaseFee,
  getWithdrawalHashStorageSlot,
  getWithdrawals,
  initiateWithdrawal,
} from "viem/op-stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  bytesToHex,
  DEVELOPMENT_MNEMONIC,
  hexToBytes,
  L1_PRICE_SLOTS,
  l1AttributesTransaction,
} from "../protocol/index.ts";
import { l1AttributesData, startL2Chain, wordOf } from "../test/support/l2Chain.ts";
import { gasPriceOracleArtifact } from "./artifacts/gasPriceOracle.ts";
import { l1BlockArtifact } from "./artifacts/l1Block.ts";
import { l2ToL1MessagePasserArtifact } from "./artifacts/l2ToL1MessagePasser.ts";
import { sequencerFeeVaultArtifact } from "./artifacts/sequencerFeeVault.ts";
import { developmentDeployment } from "./l2Deployment.ts";
import { l2Genesis, PREDEPLOYS } from "./l2Genesis.ts";

const DEPOSITOR = "0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001";
const RECIPIENT = "0x00000000000000000000000000000000000000fe";
const MINIMUM = parseEther("2");
const VERSION_ONE = 1n << 240n;
const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC);

let l2: Awaited<ReturnType<typeof startL2Chain>>;
let snapshot: Hex;
beforeAll(async () => {
  const feeVault = { recipient: RECIPIENT, minWithdrawalAmount: MINIMUM } as const;
  const l1StandardBridge = "0x00000000000000000000000000000000000000b1";
  l2 = await startL2Chain(7357, l2Genesis(developmentDeployment({ l1StandardBridge, feeVault })).accounts);
  await l2.control.impersonateAccount({ address: DEPOSITOR });
  await l2.control.setBalance({ address: DEPOSITOR, value: parseEther("1") });
});
afterAll(() => l2?.stop());
beforeEach(async () => {
  snapshot = await l2.control.snapshot();
});
afterEach(() => l2.control.revert({ id: snapshot }));

const l1Block = { address: PREDEPLOYS.l1Block, abi: l1BlockArtifact.abi } as const;
const passer = { address: PREDEPLOYS.l2ToL1MessagePasser, abi: l2ToL1MessagePasserArtifact.abi } as const;
const oracle = { address: PREDEPLOYS.gasPriceOracle, abi: gasPriceOracleArtifact.abi } as const;
const vault = { address: PREDEPLOYS.sequencerFeeVault, abi: sequencerFeeVaultArtifact.abi } as const;

const attributes = {
  sequenceNumber: 3n,
  timestamp: 1_767_225_601n,
  number: 2n ** 63n + 5n,
  basefee: 7n * 10n ** 9n,
  blobBaseFee: 11n,
  hash: wordOf("origin"),
  batcherHash: wordOf("batcher"),
};

async function confirm(hash: Hex) {
  const receipt = await l2.reader.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  return receipt;
}
const send = async (request: { to: Hex; data?: Hex; value?: bigint }) =>
  confirm(await l2.wallet.sendTransaction({ account, ...request }));
const setL1Block = async (data: Hex) =>
  confirm(await l2.wallet.sendTransaction({ account: DEPOSITOR, to: PREDEPLOYS.l1Block, data }));

async function revertOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const cause =
      error instanceof BaseError ? error.walk((e) => e instanceof ContractFunctionRevertedError) : null;
    if (cause instanceof ContractFunctionRevertedError) return cause.reason ?? cause.data?.errorName ?? "?";
    throw error;
  }
  return "no revert";
}

const l1BlockValues = async () => {
  const read = <const Name extends "number" | "timestamp" | "basefee" | "blobBaseFee" | "sequenceNumber">(
    name: Name,
  ) => l2.reader.readContract({ ...l1Block, functionName: name });
  const [number, timestamp, basefee, blobBaseFee, sequenceNumber] = await Promise.all([
    read("number"),
    read("timestamp"),
    read("basefee"),
    read("blobBaseFee"),
    read("sequenceNumber"),
  ]);
  const hash = await l2.reader.readContract({ ...l1Block, functionName: "hash" });
  const batcherHash = await l2.reader.readContract({ ...l1Block, functionName: "batcherHash" });
  return { number, timestamp, basefee, blobBaseFee, sequenceNumber, hash, batcherHash };
};

test("L1Block takes the packed attributes of Ecotone and of Isthmus", async () => {
  await setL1Block(l1AttributesData(attributes));
  expect(await l1BlockValues()).toEqual(attributes);
  const next = { ...attributes, number: 9n, sequenceNumber: 0n, blobBaseFee: 2n ** 200n };
  await setL1Block(l1AttributesData({ ...next, operatorFee: { scalar: 12, constant: 2n ** 63n } }));
  expect(await l1BlockValues()).toEqual(next);
  expect(await l2.reader.readContract({ ...l1Block, functionName: "operatorFeeScalar" })).toBe(12);
  expect(await l2.reader.readContract({ ...l1Block, functionName: "operatorFeeConstant" })).toBe(2n ** 63n);
});

test("L1Block takes what the protocol encodes, and keeps the prices where the protocol reads them", async () => {
  const values = {
    number: 12_345,
    timestamp: 1_767_225_601,
    baseFee: 2n ** 255n + 1n,
    blobBaseFee: 3n,
    hash: hexToBytes(wordOf("origin")),
    sequenceNumber: 0,
  };
  const { to, data, gasLimit } = l1AttributesTransaction(values);
  expect(to).toEqual(hexToBytes(l1Block.address));
  const receipt = await setL1Block(bytesToHex(data));
  expect(receipt.gasUsed).toBeLessThan(gasLimit);
  const { basefee, ...rest } = await l1BlockValues();
  expect({ ...rest, baseFee: basefee }).toEqual({
    ...values,
    number: 12_345n,
    timestamp: 1_767_225_601n,
    sequenceNumber: 0n,
    hash: wordOf("origin"),
    batcherHash: zeroHash,
  });
  for (const price of ["baseFee", "blobBaseFee"] as const) {
    const slot = bytesToHex(L1_PRICE_SLOTS[price]);
    const word = await l2.reader.getStorageAt({ address: l1Block.address, slot });
    expect(BigInt(word ?? 0)).toBe(values[price]);
  }
  const isthmus = { ...attributes, number: 12_345n, sequenceNumber: 0n, basefee: values.baseFee };
  const opStack = l1AttributesData({
    ...isthmus,
    blobBaseFee: 3n,
    batcherHash: zeroHash,
    operatorFee: { scalar: 0, constant: 0n },
  });
  expect(bytesToHex(data)).toBe(opStack);
});

test("L1Block: nobody but the depositor writes, and nothing of another length", async () => {
  const call = (from: Hex, data: Hex) => l2.reader.call({ account: from, to: PREDEPLOYS.l1Block, data });
  await expect(call(account.address, l1AttributesData(attributes))).rejects.toThrow("0x3cc50b45");
  const isthmus = l1AttributesData({ ...attributes, operatorFee: { scalar: 0, constant: 0n } });
  await expect(call(account.address, isthmus)).rejects.toThrow("0x3cc50b45");
  await expect(call(DEPOSITOR, `${l1AttributesData(attributes)}00`)).rejects.toThrow("revert");
  await expect(call(DEPOSITOR, "0x440a5e20")).rejects.toThrow("revert");
  await expect(call(DEPOSITOR, isthmus.slice(0, -2) as Hex)).rejects.toThrow("revert");
});

test("viem: what estimateTotalFee says is gas times gas price, and L1 adds nothing", async () => {
  await setL1Block(l1AttributesData(attributes));
  const request = { account: account.address, to: RECIPIENT, value: 1n, data: "0x1234" } as const;
  expect(await getL1BaseFee(l2.reader)).toBe(attributes.basefee);
  expect(await estimateL1Fee(l2.reader, request)).toBe(0n);
  expect(await estimateL1Gas(l2.reader, request)).toBe(0n);
  expect(await estimateOperatorFee(l2.reader, request)).toBe(0n);
  expect(await estimateOperatorFee(l2.reader, { ...request, l1BlockAddress: PREDEPLOYS.l1Block })).toBe(0n);
  const gas = await l2.reader.estimateGas(request);
  expect(await estimateTotalGas(l2.reader, request)).toBe(gas);
  expect(await estimateTotalFee(l2.reader, request)).toBe(gas * (await l2.reader.getGasPrice()));

  const { baseFeePerGas } = await l2.reader.getBlock();
  expect(await l2.reader.readContract({ ...oracle, functionName: "baseFee" })).toBe(baseFeePerGas);
  expect(await l2.reader.readContract({ ...oracle, functionName: "blobBaseFee" })).toBe(11n);
  expect(await l2.reader.readContract({ ...oracle, functionName: "decimals" })).toBe(6n);
  for (const functionName of ["overhead", "scalar"] as const) {
    const reason = await revertOf(l2.reader.readContract({ ...oracle, functionName }));
    expect(reason).toBe(`GasPriceOracle: ${functionName}() is deprecated`);
  }
});

test("viem: estimateTotalFee is what is charged, to the wei, whatever L1 costs", async () => {
  for (const basefee of [1n, 1_000n * 10n ** 9n]) {
    await setL1Block(l1AttributesData({ ...attributes, basefee, blobBaseFee: basefee }));
    for (const data of ["0x", `0x${"5a".repeat(5_000)}`] as const) {
      const gasPrice = await l2.reader.getGasPrice();
      const request = { account: account.address, to: RECIPIENT, value: 7n, data } as const;
      const estimated = await estimateTotalFee(l2.reader, request);
      const gas = await l2.reader.estimateGas(request);
      const before = await l2.reader.getBalance(account);
      const { gasUsed, effectiveGasPrice } = await confirm(
        await l2.wallet.sendTransaction({ ...request, account, gas, gasPrice }),
      );
      const charged = before - (await l2.reader.getBalance(account)) - 7n;
      expect(charged).toBe(estimated);
      expect(charged).toBe(gasUsed * effectiveGasPrice);
    }
  }
});

test("viem: who sends all but the estimated fee ends with nothing", async () => {
  const sender = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex: 3 });
  const gasPrice = await l2.reader.getGasPrice();
  const request = { account: sender.address, to: RECIPIENT, value: 1n } as const;
  const fee = await estimateTotalFee(l2.reader, request);
  const value = (await l2.reader.getBalance(sender)) - fee;
  await confirm(
    await l2.wallet.sendTransaction({ account: sender, to: RECIPIENT, value, gas: 21_000n, gasPrice }),
  );
  expect(await l2.reader.getBalance(sender)).toBe(0n);
});

test("viem: a withdrawal is initiated, found in its receipt, and proven against the passer's storage", async () => {
  const target = zeroAddress;
  const args = await buildInitiateWithdrawal(l2.reader, {
    account,
    to: target,
    value: 7n,
    gas: 21_000n,
    data: "0xab",
  });
  expect(
    await estimateInitiateWithdrawalGas(l2.reader, { account: account.address, request: args.request }),
  ).toBeGreaterThan(21_000n);
  const receipt = await confirm(await initiateWithdrawal(l2.wallet, args));
  const [withdrawal] = getWithdrawals(receipt);
  expect(withdrawal).toMatchObject({
    nonce: VERSION_ONE,
    sender: account.address,
    target,
    value: 7n,
    gasLimit: 21_000n,
    data: "0xab",
  });
  if (withdrawal === undefined) return;
  const slot = getWithdrawalHashStorageSlot(withdrawal);
  expect(await l2.reader.getStorageAt({ address: passer.address, slot })).toBe(`0x${"01".padStart(64, "0")}`);
  const sent = { ...passer, functionName: "sentMessages", args: [withdrawal.withdrawalHash] } as const;
  expect(await l2.reader.readContract(sent)).toBe(true);

  const block = await l2.reader.getBlock({ blockNumber: receipt.blockNumber });
  const output = {
    l2BlockNumber: receipt.blockNumber,
    outputIndex: 4n,
    outputRoot: wordOf("root"),
    timestamp: 0n,
  };
  const proof = await buildProveWithdrawal(l2.reader, { account, output, withdrawal });
  expect(proof.l2OutputIndex).toBe(4n);
  expect(proof.outputRootProof.latestBlockhash).toBe(block.hash);
  const storage = await l2.reader.getProof({ address: passer.address, storageKeys: [slot] });
  expect(proof.outputRootProof.messagePasserStorageRoot).toBe(storage.storageHash);
  expect(storage.storageProof[0]?.value).toBe(1n);
  expect(proof.withdrawalProof.length).toBeGreaterThan(0);
});

test("ether sent to the passer is withdrawn to its sender; nonces count; burn takes the ether out", async () => {
  const first = await send({ to: passer.address, value: 5n });
  const second = await send({ to: passer.address, value: 6n });
  const [one, two] = [getWithdrawals(first)[0], getWithdrawals(second)[0]];
  expect(one).toMatchObject({ nonce: VERSION_ONE, target: account.address, gasLimit: 100_000n, data: "0x" });
  expect(two?.nonce).toBe(VERSION_ONE + 1n);
  expect(await l2.reader.readContract({ ...passer, functionName: "messageNonce" })).toBe(VERSION_ONE + 2n);
  await confirm(await l2.wallet.writeContract({ ...passer, account, functionName: "burn" }));
  expect(await l2.reader.getBalance({ address: passer.address })).toBe(0n);
  const [burnt] = await l2.reader.getContractEvents({ ...passer, eventName: "WithdrawerBalanceBurnt" });
  expect(burnt?.args.amount).toBe(11n);
});

test("the vault pays its recipient on L1, from its minimum on, whoever asks", async () => {
  await l2.control.setBalance({ address: vault.address, value: MINIMUM - 1n });
  const withdraw = { ...vault, account, functionName: "withdraw" } as const;
  expect(await revertOf(l2.reader.simulateContract(withdraw))).toBe("BelowMinimum");
  await send({ to: vault.address, value: 1n });
  const receipt = await confirm(await l2.wallet.writeContract(withdraw));
  expect(getWithdrawals(receipt)).toMatchObject([
    {
      sender: vault.address,
      target: RECIPIENT,
      value: MINIMUM,
      gasLimit: 400_000n,
    },
  ]);
  expect(await l2.reader.getBalance({ address: vault.address })).toBe(0n);
  expect(await l2.reader.readContract({ ...vault, functionName: "totalProcessed" })).toBe(MINIMUM);
  for (const functionName of ["recipient", "RECIPIENT", "l1FeeWallet"] as const) {
    expect(BigInt(await l2.reader.readContract({ ...vault, functionName }))).toBe(0xfen);
  }
  expect(await l2.reader.readContract({ ...vault, functionName: "WITHDRAWAL_NETWORK" })).toBe(0);
});

test("a vault that pays on L2 does so, and says when its recipient refuses", async () => {
  const deploy = async (recipient: Hex) => {
    const hash = await l2.wallet.deployContract({
      account,
      abi: sequencerFeeVaultArtifact.abi,
      bytecode: sequencerFeeVaultArtifact.bytecode,
      args: [recipient, 0n, 1],
    });
    const address = (await confirm(hash)).contractAddress ?? zeroAddress;
    await send({ to: address, value: 9n });
    return { ...vault, account, address, functionName: "withdraw" } as const;
  };
  await confirm(await l2.wallet.writeContract(await deploy(RECIPIENT)));
  expect(await l2.reader.getBalance({ address: RECIPIENT })).toBe(9n);
  const refusing = await deploy(PREDEPLOYS.gasPriceOracle);
  expect(await revertOf(l2.reader.simulateContract(refusing))).toBe("SendFailed");
  await expect(deploy(zeroAddress)).rejects.toThrow(toFunctionSelector("ZeroRecipient()"));
});
