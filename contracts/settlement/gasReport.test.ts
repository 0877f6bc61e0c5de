/**
 * The gas of each call, as docs/contracts.md says it. `BRAID_UPDATE_DOCS=1 npx vitest run contracts/settlement/gasReport.test.ts`
 * writes the table anew; `biome check --write docs` then sets its width.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type Address, encodeFunctionData, type Hex, keccak256, numberToHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { l1StandardBridgeArtifact } from "../artifacts/l1StandardBridge.ts";
import { testTokenArtifact } from "../artifacts/testToken.ts";
import { createBatchChain } from "./batchChain.ts";
import { constantBlob } from "./constantBlob.ts";
import { createL2State, type Withdrawal, withdrawalOf } from "./l2State.ts";
import { type Call, createFixture, ETHER, type Fixture, SETTINGS } from "./settlementFixture.ts";
import { createWithdrawalFlow } from "./withdrawalFlow.ts";

const DOCUMENT = new URL("../../docs/contracts.md", import.meta.url);
const [START, END] = ["<!-- gas -->\n", "<!-- /gas -->"];
/** Hashes and signatures differ from run to run, and with them the count of zero bytes. */
const TOLERANCE = 0.03;

const L2_BRIDGE: Address = "0x4200000000000000000000000000000000000010";
const L2_TOKEN: Address = "0x00000000000000000000000000000000000000E2";
const RECIPIENT: Address = "0x00000000000000000000000000000000000000B0";

let stack: TestStack;
let fixture: Fixture;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());

type Row = [what: string, gas: bigint];

async function gasOf(call: Call): Promise<bigint> {
  // Above the deposit market's least price, so that what is burnt for L2 gas does not hide the call.
  await fixture.control.setNextBlockBaseFeePerGas({ baseFeePerGas: 100n * 10n ** 9n });
  return (await fixture.sends(fixture.accounts.user, call)).gasUsed;
}

async function measureBatches(): Promise<Row[]> {
  const { accounts, contracts, sends, passes, wallet, reader, deployment } = fixture;
  const batches = createBatchChain(fixture);
  const gasOfCommit = async (bytes: number) => {
    const header = await batches.next();
    const data: Hex = `0x${"5b".repeat(bytes)}`;
    const { gasUsed } = await sends(accounts.sequencer, batches.commitCall(header, data));
    await batches.committed(header, keccak256(`0x00${keccak256(data).slice(2)}`));
    return gasUsed;
  };
  const first = await batches.commit();
  const small = await gasOfCommit(1_000);
  const large = await gasOfCommit(100_000);
  const blob = constantBlob(7);
  const request = {
    type: "eip4844",
    chainId: 31337,
    nonce: await reader.getTransactionCount({ address: accounts.sequencer.address }),
    to: deployment.rollup,
    data: encodeFunctionData({
      abi: contracts.rollup.abi,
      functionName: "commitBatchBlobs",
      args: [await batches.next(), 1n],
    }),
    gas: 500_000n,
    maxFeePerBlobGas: 10n ** 10n,
    ...(await reader.estimateFeesPerGas()),
    blobVersionedHashes: [blob.versionedHash],
    sidecars: [{ blob: blob.blob, commitment: blob.commitment, proof: blob.proof }],
  } as const;
  const serializedTransaction = await accounts.sequencer.signTransaction(request);
  const hash = await wallet.sendRawTransaction({ serializedTransaction });
  const byBlob = (await reader.waitForTransactionReceipt({ hash })).gasUsed;
  const proof = (await batches.prove(first)).gasUsed;
  await passes(SETTINGS.finalizationPeriodSeconds);
  const finality = await gasOf({ ...contracts.rollup, functionName: "finalizeBatch", args: [1n] });
  const { gasUsed } = await sends(accounts.guardian, {
    ...contracts.rollup,
    functionName: "revertBatches",
    args: [2n],
  });
  return [
    ["`commitBatch`, 1,000 bytes", small],
    ["`commitBatch`, 100,000 bytes", large],
    ["`commitBatchBlobs`, one blob (blob gas apart)", byBlob],
    ["`proveBatch`, two signatures", proof],
    ["`finalizeBatch`", finality],
    ["`revertBatches`", gasUsed],
  ];
}

async function measureMessages(token: Address): Promise<Row[]> {
  const { contracts, accounts } = fixture;
  const to = accounts.user.address;
  const deposit = (data: Hex, gasLimit: bigint): Call => ({
    ...contracts.portal,
    functionName: "depositTransaction",
    args: [to, ETHER, gasLimit, false, data],
    value: ETHER,
  });
  await gasOf(deposit("0x", 21_000n));
  const forced: Call = {
    ...contracts.portal,
    functionName: "forceTransaction",
    args: [`0x02${"5b".repeat(110)}`],
  };
  const bridge = (functionName: string, args: readonly unknown[], value = 0n): Call => ({
    ...contracts.bridge,
    functionName,
    args,
    value,
  });
  await gasOf(bridge("depositERC20", [token, L2_TOKEN, 1n, 200_000, "0x"]));
  return [
    ["`depositTransaction`, plain", await gasOf(deposit("0x", 21_000n))],
    ["`depositTransaction`, 1,000 bytes", await gasOf(deposit(`0x${"5b".repeat(1_000)}`, 200_000n))],
    ["`forceTransaction`, 111 bytes", await gasOf(forced)],
    ["`depositETH` of the bridge", await gasOf(bridge("depositETH", [200_000, "0x"], ETHER))],
    [
      "`depositERC20` of the bridge",
      await gasOf(bridge("depositERC20", [token, L2_TOKEN, 1n, 200_000, "0x"])),
    ],
  ];
}

async function measureWithdrawals(token: Address): Promise<Row[]> {
  const { deployment, accounts, passes } = fixture;
  const flow = createWithdrawalFlow(fixture);
  const ether = withdrawalOf({ nonce: 1n, target: accounts.stranger.address, value: ETHER });
  const ofToken = (nonce: bigint, to: Address) =>
    withdrawalOf({
      ...{ nonce, sender: L2_BRIDGE, target: deployment.standardBridge, gasLimit: 200_000n },
      data: encodeFunctionData({
        abi: l1StandardBridgeArtifact.abi,
        functionName: "finalizeBridgeERC20",
        args: [token, L2_TOKEN, to, to, 1n, "0x"],
      }),
    });
  const [erc20, limited] = [ofToken(2n, RECIPIENT), ofToken(3n, L2_TOKEN)];
  const state = await createL2State([ether, erc20, limited], 500);
  await flow.batches.prove(await flow.batches.commit(state.header));
  const proved = (await flow.proves(state, ether)).gasUsed;
  await flow.proves(state, erc20);
  await flow.proves(state, limited);
  await passes(SETTINGS.finalizationPeriodSeconds);
  const finalized = async (withdrawal: Withdrawal) => {
    const receipt = await flow.finalizes(withdrawal);
    expect(receipt.logs.at(-1)?.data).toBe(numberToHex(1, { size: 32 }));
    return receipt.gasUsed;
  };
  const rows: Row[] = [
    ["`proveWithdrawalTransaction`, 500 withdrawals on L2", proved],
    ["`finalizeWithdrawalTransaction`, ether to an account", await finalized(ether)],
    ["`finalizeWithdrawalTransaction`, a token through the bridge", await finalized(erc20)],
  ];
  const args = [token, 100n, 86_400n];
  const limit = { ...fixture.contracts.bridge, functionName: "setTokenWithdrawalLimit", args };
  await fixture.sends(accounts.deployer, limit);
  return [...rows, ["the same, a token under a limit", await finalized(limited)]];
}

async function measureDeployment(): Promise<Row[]> {
  const { reader, deployment } = fixture;
  const block = async (number: bigint) => reader.getBlock({ blockNumber: number, includeTransactions: true });
  let total = 0n;
  const head = await reader.getBlockNumber();
  for (let number = BigInt(deployment.deployedAtBlock); number <= head; number++) {
    for (const { hash, to } of (await block(number)).transactions) {
      if (to === null) total += (await reader.getTransactionReceipt({ hash })).gasUsed;
    }
  }
  return [["Deployment of everything, seven transactions", total]];
}

const number = (gas: bigint | number) => Number(gas).toLocaleString("en-US");

function render(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([what]) => what.length));
  const line = (what: string, gas: string) => `| ${what.padEnd(width)} | ${gas.padStart(10)} |\n`;
  return [
    line("Call", "Gas"),
    `| ${"-".repeat(width)} | ${"-".repeat(9)}: |\n`,
    ...rows.map(([what, gas]) => line(what, number(gas))),
  ].join("");
}

function documented(): { before: string; table: string; after: string } {
  const text = readFileSync(DOCUMENT, "utf8");
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  expect(start, "the document marks where the table is").toBeGreaterThan(0);
  return {
    before: text.slice(0, start + START.length),
    table: text.slice(start + START.length, end),
    after: text.slice(end),
  };
}

test("the document says what each call costs", async () => {
  const deployment = await measureDeployment();
  const snapshot = await fixture.control.snapshot();
  const token = await fixture.deployToken();
  const { user } = fixture.accounts;
  const ofToken = (functionName: string, args: readonly unknown[]): Call => ({
    address: token,
    abi: testTokenArtifact.abi,
    functionName,
    args,
  });
  await fixture.sends(user, ofToken("mint", [user.address, 1_000n]));
  await fixture.sends(user, ofToken("approve", [fixture.deployment.standardBridge, 1_000n]));
  const messages = await measureMessages(token);
  const inner = await fixture.control.snapshot();
  const batches = await measureBatches();
  await fixture.control.revert({ id: inner });
  const withdrawals = await measureWithdrawals(token);
  await fixture.control.revert({ id: snapshot });

  const rows = [...batches, ...messages, ...withdrawals, ...deployment];
  const { before, table, after } = documented();
  if (process.env.BRAID_UPDATE_DOCS === "1") writeFileSync(DOCUMENT, before + render(rows) + after);
  else {
    for (const [what, gas] of rows) {
      const found = table.split("\n").find((row) => row.startsWith(`| ${what} `));
      const written = Number(found?.split("|")[2]?.replaceAll(",", ""));
      expect(Math.abs(written / Number(gas) - 1), `${what}: ${number(gas)}`).toBeLessThan(TOLERANCE);
    }
    expect(table.trim().split("\n")).toHaveLength(rows.length + 2);
  }
});
