import type { Hex, LocalAccount } from "viem";
import { type RpcReceipt, receiptOf } from "./receiptOf.ts";
import { rpc } from "./rpc.ts";

export interface TransactionWish {
  to?: Hex | undefined;
  data?: Hex;
  value?: bigint;
  gas?: bigint;
  accessList?: { address: Hex; storageKeys: Hex[] }[];
  /** Wei per gas. */
  tip?: bigint;
}

const MAX_FEE = 100_000_000_000n;
const DEFAULT_TIP = 1_000_000_000n;
const DEFAULT_GAS = 300_000n;

/** One account of a test: signs here and keeps its own nonce, so that the same wishes make the same transactions. */
export class TestSender {
  readonly account: LocalAccount;
  private readonly rpcUrl: string;
  private readonly chainId: number;
  private nonce: number;

  private constructor(account: LocalAccount, rpcUrl: string, chainId: number, nonce: number) {
    this.account = account;
    this.rpcUrl = rpcUrl;
    this.chainId = chainId;
    this.nonce = nonce;
  }

  static async create(account: LocalAccount, rpcUrl: string): Promise<TestSender> {
    const chainId = Number(await rpc(rpcUrl, "eth_chainId", []));
    const nonce = Number(await rpc(rpcUrl, "eth_getTransactionCount", [account.address, "pending"]));
    return new TestSender(account, rpcUrl, chainId, nonce);
  }

  sign(wish: TransactionWish): Promise<Hex> {
    const { to, data = "0x", value = 0n, gas = DEFAULT_GAS, accessList = [], tip = DEFAULT_TIP } = wish;
    return this.account.signTransaction({
      type: "eip1559",
      chainId: this.chainId,
      nonce: this.nonce++,
      ...(to === undefined ? {} : { to }),
      data,
      value,
      gas,
      accessList,
      maxFeePerGas: MAX_FEE,
      maxPriorityFeePerGas: tip,
    });
  }

  /** Answers when the node has taken it. */
  async send(wish: TransactionWish): Promise<Hex> {
    return (await rpc(this.rpcUrl, "eth_sendRawTransaction", [await this.sign(wish)])) as Hex;
  }

  async sendAndWait(wish: TransactionWish): Promise<RpcReceipt> {
    return receiptOf(this.rpcUrl, await this.send(wish));
  }
}
