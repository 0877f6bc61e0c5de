import { type Abi, encodeDeployData, encodeFunctionData, getAddress, type Hex, maxUint256 } from "viem";
import { receiptOf } from "../support/receiptOf.ts";
import { rpc } from "../support/rpc.ts";
import type { TestSender } from "../support/testSender.ts";
import { type Deployable, uniswapContracts } from "../support/uniswapContracts.ts";

export interface DeployedContract {
  address: Hex;
  abi: Abi;
  call(functionName: string, args: unknown[], value?: bigint): { to: Hex; data: Hex; value: bigint };
}

export interface Uniswap {
  weth: DeployedContract;
  tokenA: DeployedContract;
  tokenB: DeployedContract;
  factory: DeployedContract;
  router: DeployedContract;
  pairAbi: Abi;
}

const ETHER = 10n ** 18n;
const LIQUIDITY_GAS = 4_000_000n;

/** Deploys all and opens the pools WETH/A, WETH/B and A/B. */
export async function deployUniswap(deployer: TestSender, rpcUrl: string): Promise<Uniswap> {
  const contracts = uniswapContracts();
  const owner = deployer.account.address;
  const weth = await deploy(deployer, rpcUrl, contracts.weth, []);
  const tokenA = await deploy(deployer, rpcUrl, contracts.tokenA, []);
  const tokenB = await deploy(deployer, rpcUrl, contracts.tokenB, []);
  const factory = await deploy(deployer, rpcUrl, contracts.factory, [owner]);
  const router = await deploy(deployer, rpcUrl, contracts.router, [factory.address, weth.address]);
  for (const token of [tokenA, tokenB]) {
    await succeed(deployer, token.call("mint", [owner, 1_000_000n * ETHER]));
    await succeed(deployer, token.call("approve", [router.address, maxUint256]));
    const amount = 200_000n * ETHER;
    const withEther = router.call(
      "addLiquidityETH",
      [token.address, amount, amount, 100n * ETHER, owner, maxUint256],
      100n * ETHER,
    );
    await succeed(deployer, { ...withEther, gas: LIQUIDITY_GAS });
  }
  const both = [300_000n * ETHER, 150_000n * ETHER];
  const pool = router.call("addLiquidity", [
    tokenA.address,
    tokenB.address,
    ...both,
    ...both,
    owner,
    maxUint256,
  ]);
  await succeed(deployer, { ...pool, gas: LIQUIDITY_GAS });
  return { weth, tokenA, tokenB, factory, router, pairAbi: contracts.pair.abi };
}

async function deploy(
  deployer: TestSender,
  rpcUrl: string,
  { abi, bytecode }: Deployable,
  args: unknown[],
): Promise<DeployedContract> {
  const data = encodeDeployData({ abi, bytecode, args });
  const estimate = await rpc(rpcUrl, "eth_estimateGas", [{ from: deployer.account.address, data }]);
  const hash = await deployer.send({ data, gas: (BigInt(String(estimate)) * 11n) / 10n });
  const receipt = await receiptOf(rpcUrl, hash);
  if (receipt.status !== "0x1" || receipt.contractAddress === null) {
    throw new TypeError(`deployment ${hash} failed`);
  }
  return deployedContract(getAddress(receipt.contractAddress), abi);
}

function deployedContract(address: Hex, abi: Abi): DeployedContract {
  return {
    address,
    abi,
    call: (functionName, args, value = 0n) => ({
      to: address,
      data: encodeFunctionData({ abi, functionName, args }),
      value,
    }),
  };
}

async function succeed(sender: TestSender, wish: Parameters<TestSender["send"]>[0]): Promise<void> {
  const receipt = await sender.sendAndWait(wish);
  if (receipt.status !== "0x1") throw new TypeError(`set-up transaction ${receipt.transactionHash} failed`);
}
