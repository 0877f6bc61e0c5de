import { afterAll, beforeAll, describe, it } from "vitest";
import { type ClientsNode, startClientsNode } from "./clientsNode.ts";
import { castSuite } from "./suites/castSuite.ts";
import { ethers5Suite } from "./suites/ethers5Suite.ts";
import { ethers6Suite } from "./suites/ethers6Suite.ts";
import { forgeSuite } from "./suites/forgeSuite.ts";
import { hardhatSuite } from "./suites/hardhatSuite.ts";
import { multicallSuite } from "./suites/multicallSuite.ts";
import { safeSuite } from "./suites/safeSuite.ts";
import { uniswapV2Suite } from "./suites/uniswapV2Suite.ts";
import { uniswapV3Suite } from "./suites/uniswapV3Suite.ts";
import { userOperationSuite } from "./suites/userOperationSuite.ts";
import { viemDevSuite } from "./suites/viemDevSuite.ts";
import { viemSuite } from "./suites/viemSuite.ts";
import { web3Suite } from "./suites/web3Suite.ts";

let started: ClientsNode | undefined;
const node = (): ClientsNode => {
  if (started === undefined) throw new TypeError("the node has not started");
  return started;
};

beforeAll(async () => {
  started = await startClientsNode();
}, 120_000);
afterAll(() => started?.stop());

/** One node for all: what a client leaves behind is what the next one meets. */
describe("clients", () => {
  viemSuite(node);
  ethers6Suite(node);
  ethers5Suite(node);
  web3Suite(node);
  castSuite(node);
  forgeSuite(node);
  hardhatSuite(node);
});

describe("contracts as their authors published them", () => {
  uniswapV2Suite(node);
  uniswapV3Suite(node);
  safeSuite(node);
  userOperationSuite(node);
  multicallSuite(node);
  it.skip("Permit2 (skipped: its authors publish no compiled code on npm)");
});

/** Last: it winds time and state back. */
describe("test methods", () => {
  viemDevSuite(node);
});
