/** Batches by calldata and by blobs, as L1's prices say. */
import { type Hex, hexToNumber, numberToHex, parseEther, parseGwei } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startProxy } from "../../../sequencer/l1-watcher/testing/l1Proxy.ts";
import { readMetric } from "../../support/readMetric.ts";
import { checkSettlement } from "../../support/settlement/checkSettlement.ts";
import { posterWatch } from "../../support/settlement/posterWatch.ts";
import { devAccount, type SettlementClients, settlementClients } from "../../support/settlementClients.ts";
import { startTestNode, type TestNode } from "../../support/testNode.ts";
import { type UserTraffic, userTraffic } from "../../support/userTraffic.ts";

const DEAR = parseGwei("400");
const CHEAP = 1n;
const PATIENCE = { timeout: 120_000, interval: 100 };

let node: TestNode;
let clients: SettlementClients;
let traffic: UserTraffic;
let poster: ReturnType<typeof posterWatch>;
let way: Awaited<ReturnType<typeof startProxy>>;
/** What L1 says that a blob gas costs: Anvil's own price is always the least. */
let blobBaseFee = DEAR;

beforeAll(async () => {
  node = await startTestNode(
    {
      BRAID_BATCH_INTERVAL_MS: "1000",
      BRAID_FINALIZATION_PERIOD_SECONDS: "2",
      BRAID_L1_BUMP_AFTER_MS: "1500",
      BRAID_L1_POLLING_MS: "250",
    },
    {
      proves: true,
      l1By: async (l1Url) => {
        way = await startProxy(l1Url, (method, answer) =>
          method === "eth_blobBaseFee" ? { ...answer, result: numberToHex(blobBaseFee) } : answer,
        );
        return way.url;
      },
    },
  );
  clients = settlementClients(node, devAccount(3));
  traffic = userTraffic(node);
  poster = posterWatch(node, clients, traffic);
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await way?.cut();
});

const settled = () => checkSettlement(node, traffic);

it("a batch goes by calldata while blobs are dear, by blobs while they are cheap, and back", async () => {
  for (const [price, type] of [
    [DEAR, "eip1559"],
    [CHEAP, "eip4844"],
    [DEAR, "eip1559"],
  ] as const) {
    blobBaseFee = price;
    const [sent = "0x"] = await traffic.send(10);
    expect(await poster.commitmentOf(sent)).toMatchObject({ type });
  }
  await settled();
}, 240_000);

it("a poster without ether waits with its blobs, says so, and sends them once it has some", async () => {
  blobBaseFee = CHEAP;
  const { address } = poster.sequencer;
  await clients.control.setBalance({ address, value: 0n });
  const [sent = "0x"] = await traffic.send(10);
  const withoutFunds = () => readMetric(node.config.metricsPort, "braid_l1_held_back", { reason: "funds" });
  await expect.poll(withoutFunds, PATIENCE).toBe(1);
  expect((await poster.batchOf(sent)).status).toBe("sealed");
  await clients.control.setBalance({ address, value: parseEther("100") });
  expect(await poster.commitmentOf(sent)).toMatchObject({ type: "eip4844" });
  await settled();
}, 240_000);

it("blobs that are stuck while their price rises are taken back, and the batch goes by calldata", async () => {
  blobBaseFee = CHEAP;
  const { sent, first } = await poster.stuckCommitment();
  expect(first.type).toBe("0x3" satisfies Hex);
  blobBaseFee = DEAR;
  await expect
    .poll(
      async () => (await poster.offered()).some(({ to }) => to === poster.sequencer.address.toLowerCase()),
      PATIENCE,
    )
    .toBe(true);
  await clients.control.setIntervalMining({ interval: 1 });
  const commitment = await poster.commitmentOf(sent);
  expect(commitment.type).toBe("eip1559");
  expect(commitment.nonce).toBeGreaterThan(hexToNumber(first.nonce));
  await settled();
}, 240_000);
