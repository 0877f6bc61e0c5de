/** What can go wrong with the poster's account, and how batches reach L1 all the same. */
import { hexToNumber, parseEther, parseGwei } from "viem";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { readMetric } from "../../support/readMetric.ts";
import { checkSettlement } from "../../support/settlement/checkSettlement.ts";
import { posterWatch } from "../../support/settlement/posterWatch.ts";
import { devAccount, type SettlementClients, settlementClients } from "../../support/settlementClients.ts";
import { startTestNode, type TestNode } from "../../support/testNode.ts";
import { type UserTraffic, userTraffic } from "../../support/userTraffic.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };

let node: TestNode;
let clients: SettlementClients;
let traffic: UserTraffic;
let poster: ReturnType<typeof posterWatch>;

beforeAll(async () => {
  node = await startTestNode(
    {
      BRAID_BATCH_INTERVAL_MS: "1000",
      BRAID_FINALIZATION_PERIOD_SECONDS: "2",
      BRAID_L1_BUMP_AFTER_MS: "1500",
      BRAID_L1_POLLING_MS: "250",
      BRAID_DATA_AVAILABILITY: "calldata",
    },
    { proves: true },
  );
  clients = settlementClients(node, devAccount(3));
  traffic = userTraffic(node);
  poster = posterWatch(node, clients, traffic);
}, 120_000);
afterAll(() => node?.stop());
afterEach(() => mining(1));

const displaced = () =>
  readMetric(node.config.metricsPort, "braid_l1_transactions_total", {
    purpose: "commit",
    outcome: "displaced",
  });
const withoutFunds = () => readMetric(node.config.metricsPort, "braid_l1_held_back", { reason: "funds" });
const settled = () => checkSettlement(node, traffic);
const mining = (interval: number) => clients.control.setIntervalMining({ interval });

it("a batch whose fee is too low for any block is offered more until L1 takes it", async () => {
  const { sent, first } = await poster.stuckCommitment();
  const tooMuch = 3n * BigInt(first.maxFeePerGas ?? 0);
  await clients.control.setNextBlockBaseFeePerGas({ baseFeePerGas: tooMuch });
  await clients.control.mine({ blocks: 1 });
  await mining(1);
  const commitment = await poster.commitmentOf(sent);
  expect(commitment.nonce).toBe(hexToNumber(first.nonce));
  expect(commitment.hash).not.toBe(first.hash);
  expect(commitment.maxFeePerGas).toBeGreaterThan(BigInt(first.maxFeePerGas ?? 0));
  await settled();
}, 90_000);

it("a nonce that somebody else used costs the batch nothing but another nonce", async () => {
  const before = await displaced();
  const { sent, first } = await poster.stuckCommitment();
  const nonce = hexToNumber(first.nonce);
  const other = await clients.wallet1.sendTransaction({
    account: poster.sequencer,
    ...{ nonce, to: poster.sequencer.address, gas: 21_000n },
    ...{ maxFeePerGas: parseGwei("500"), maxPriorityFeePerGas: parseGwei("100") },
  });
  await clients.control.mine({ blocks: 1 });
  expect((await clients.reader1.getTransactionReceipt({ hash: other })).status).toBe("success");
  await mining(1);
  expect((await poster.commitmentOf(sent)).nonce).toBeGreaterThan(nonce);
  expect(await displaced()).toBe(before + 1);
  await settled();
}, 90_000);

it("a poster without ether holds batches back and says so, L2 goes on, and with ether it goes on too", async () => {
  const { control } = clients;
  const { address } = poster.sequencer;
  await control.setBalance({ address, value: 0n });
  const sent = await traffic.send(5);
  await expect.poll(withoutFunds, PATIENCE).toBe(1);
  for (const hash of [...sent, ...(await traffic.send(5))]) {
    expect((await clients.reader2.waitForTransactionReceipt({ hash })).status).toBe("success");
  }
  const [first = "0x"] = sent;
  expect((await poster.batchOf(first)).status).toBe("sealed");
  await control.setBalance({ address, value: parseEther("100") });
  await poster.commitmentOf(first);
  await settled();
  expect(await withoutFunds()).toBe(0);
}, 90_000);
