import { encodeFunctionData, getContractAddress, parseAbi } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import {
  BraidError,
  bytesToHex,
  DEVELOPMENT_MNEMONIC,
  EMPTY_BYTES,
  type Hex,
  hexToBytes,
  keccak256,
} from "../../../protocol/index.ts";
import { HttpConnections } from "../e2e/httpConnections.ts";
import { signerOf } from "../e2e/signTransfers.ts";
import { HOLDERS, readContracts } from "./benchContracts.ts";
import { makeSigners, type Signer, signTransaction } from "./signTransaction.ts";
import type { RpcNode } from "./types.ts";

export const LOGS_PER_BLOCK = 1000;
const TRANSFERS = 1000;
const SENDERS = 100;
const ABI = parseAbi([
  "function emitLogs(uint256 start, uint256 count)",
  "function endow(address[] holders)",
  "function transfer(address to, uint256 value)",
]);

/** What the reads ask about: the same on every node that got the same transactions. */
export interface ChainData {
  token: Hex;
  emitter: Hex;
  holders: Hex[];
  /** Block of 1,000 plain transfers. */
  transferBlock: number;
  transfers: Hex[];
  /** Block of ERC-20 transfers. */
  tokenTransfers: Hex[];
  firstLogBlock: number;
  lastLogBlock: number;
}

interface PlannedBlock {
  name: keyof ChainData | "setup";
  transactions: Uint8Array[];
}

/** All transactions, block by block, and what will be where when each block is mined in turn on a fresh chain. */
export function planChain(chainId: number, logs: number): { blocks: PlannedBlock[]; data: ChainData } {
  const rich = richAccount();
  const senders = makeSigners("rpc bench", SENDERS);
  const holders = Array.from({ length: HOLDERS }, (_, index) => keccak256(numbered(index)).slice(12));
  let nonce = 0;
  const sign = (gasLimit: bigint, fields: Partial<Parameters<typeof signTransaction>[3]>) =>
    signTransaction(chainId, rich, nonce++, { gasLimit, value: 0n, data: EMPTY_BYTES, ...fields });
  const contract = (at: bigint) => getContractAddress({ from: bytesToHex(rich.address), nonce: at });
  const token = lower(contract(0n));
  const emitter = lower(contract(1n));
  const { token: tokenCode, emitter: emitterCode } = readContracts();

  const setup = [sign(3_000_000n, { data: tokenCode }), sign(1_000_000n, { data: emitterCode })];
  for (let from = 0; from < HOLDERS; from += 100) {
    const part = holders.slice(from, from + 100).map(bytesToHex);
    setup.push(sign(5_000_000n, { to: hexToBytes(token), data: call("endow", [part]) }));
  }
  setup.push(sign(1_000_000n, { to: hexToBytes(token), data: call("endow", [[bytesToHex(rich.address)]]) }));
  for (const { address } of senders) setup.push(sign(21_000n, { to: address, value: 10n ** 18n }));

  const transfers = Array.from({ length: TRANSFERS }, (_, index) => {
    const sender = senders[index % SENDERS] ?? rich;
    const to = keccak256(numbered(index + 100_000)).slice(12);
    const wish = { gasLimit: 21_000n, to, value: 1n, data: EMPTY_BYTES };
    return signTransaction(chainId, sender, Math.floor(index / SENDERS), wish);
  });
  const tokenTransfers = holders.slice(0, 500).map((holder) => {
    const data = call("transfer", [bytesToHex(holder), 1n]);
    return sign(100_000n, { to: hexToBytes(token), data });
  });
  const logBlocks = Array.from({ length: Math.ceil(logs / LOGS_PER_BLOCK) }, (_, index) => {
    const data = call("emitLogs", [BigInt(index * LOGS_PER_BLOCK), BigInt(LOGS_PER_BLOCK)]);
    return { name: "setup" as const, transactions: [sign(2_600_000n, { to: hexToBytes(emitter), data })] };
  });
  const blocks: PlannedBlock[] = [
    { name: "setup", transactions: setup },
    { name: "transferBlock", transactions: transfers },
    { name: "tokenTransfers", transactions: tokenTransfers },
    ...logBlocks,
  ];
  const data: ChainData = {
    token,
    emitter,
    holders: holders.map(bytesToHex),
    transferBlock: 2,
    transfers: transfers.map(hashOf),
    tokenTransfers: tokenTransfers.map(hashOf),
    firstLogBlock: 4,
    lastLogBlock: 3 + logBlocks.length,
  };
  return { blocks, data };
}

/** Mines the planned blocks on a fresh node that makes blocks when told. A block that differs is an error. */
export async function mineChain(
  { rpcUrl, name }: RpcNode,
  blocks: PlannedBlock[],
  progress: (line: string) => void,
): Promise<void> {
  const http = new HttpConnections(rpcUrl, 1);
  try {
    await http.call("evm_setAutomine", [false]);
    for (const [index, { transactions }] of blocks.entries()) {
      await send(http, transactions);
      await http.call("evm_mine", []);
      const number = `0x${(index + 1).toString(16)}`;
      const count = await http.call("eth_getBlockTransactionCountByNumber", [number]);
      if (Number(count) !== transactions.length) {
        throw new BraidError(
          "BENCH_CHAIN",
          `${name}: block ${index + 1} has ${String(count)} transactions instead of ${transactions.length}`,
        );
      }
      if ((index + 1) % 250 === 0) progress(`${name}: ${index + 1} of ${blocks.length} blocks`);
    }
  } finally {
    http.close();
  }
}

async function send(http: HttpConnections, transactions: Uint8Array[]): Promise<void> {
  const calls = transactions.map(
    (raw, id) =>
      `{"jsonrpc":"2.0","id":${id},"method":"eth_sendRawTransaction","params":["${bytesToHex(raw)}"]}`,
  );
  const answers: unknown = JSON.parse(await http.post(`[${calls.join(",")}]`));
  const refused = Array.isArray(answers)
    ? answers.find((answer: unknown) => typeof answer === "object" && answer !== null && "error" in answer)
    : answers;
  if (refused !== undefined) throw new BraidError("BENCH_REFUSED", JSON.stringify(refused));
}

function richAccount(): Signer {
  const key = mnemonicToAccount(DEVELOPMENT_MNEMONIC).getHdKey().privateKey;
  if (key === null) throw new BraidError("BENCH_NO_KEY", "the development mnemonic gave no key");
  return signerOf(key);
}

const call = (functionName: "emitLogs" | "endow" | "transfer", args: readonly unknown[]) =>
  hexToBytes(
    encodeFunctionData({ abi: ABI, functionName, args } as Parameters<typeof encodeFunctionData>[0]),
  );
const numbered = (index: number) => Buffer.from(`rpc bench ${index}`);
const hashOf = (raw: Uint8Array) => bytesToHex(keccak256(raw));
const lower = (address: string): Hex => `0x${address.slice(2).toLowerCase()}`;
