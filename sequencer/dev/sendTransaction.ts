import type { CallRequest } from "../../executor/index.ts";
import { bytesToHex, EMPTY_BYTES, hexToBytes, keccak256 } from "../../protocol/index.ts";
import { checkForm } from "../admission/checkForm.ts";
import { checkSender } from "../admission/checkSender.ts";
import type { RpcContext } from "../rpc/context.ts";
import type { Caller } from "../rpc/json-rpc/method.ts";
import { eth_estimateGas } from "../rpc/methods/eth_estimateGas.ts";
import type { DevAccess } from "./devAccess.ts";
import { DevError } from "./devError.ts";
import { type Outgoing, toSerializable, unsignedTransaction } from "./outgoingTransaction.ts";

const EMPTY_CODE_HASH = keccak256(EMPTY_BYTES);
const GAS = /^0x[0-9a-f]+$/;

/** Whoever calls, and what the call can use. */
export interface Sending {
  dev: DevAccess;
  context: RpcContext;
  caller: Caller;
}

/** Fills in what was left out. `given`: the request as it came, for the estimate. */
export async function complete(request: CallRequest, given: unknown, sending: Sending): Promise<Outgoing> {
  const { context, dev } = sending;
  const from = request.from ?? firstAccount(dev);
  const nonce = request.nonce ?? (await nextNonce(from, context));
  const gas = request.gas ?? (await estimate(given, from, sending));
  const outgoing = { ...request, from, nonce, gas, chainId: context.config.chainId };
  if (request.gasPrice !== undefined) return outgoing;
  const head = context.heads.heads().latest;
  const header = await context.blocks.headerByNumber(head.number);
  const tip = request.maxPriorityFeePerGas ?? context.minimumTip;
  const maxFeePerGas = request.maxFeePerGas ?? (header?.header.baseFeePerGas ?? 0n) * 2n + tip;
  return { ...outgoing, maxFeePerGas, maxPriorityFeePerGas: tip < maxFeePerGas ? tip : maxFeePerGas };
}

/** Signs with a development key. Throws Anvil's error for every other account. */
export async function signTransaction(outgoing: Outgoing, dev: DevAccess): Promise<Uint8Array> {
  return hexToBytes(await signer(dev, outgoing.from).signTransaction(toSerializable(outgoing)));
}

export function signer(dev: DevAccess, address: Uint8Array) {
  const account = dev.accounts.get(bytesToHex(address));
  if (account === undefined) throw new DevError("No Signer available");
  return account;
}

/** Sends for a development account with its key, for whoever is impersonated without one. Resolves to the hash. */
export async function sendTransaction(outgoing: Outgoing, force: boolean, sending: Sending): Promise<string> {
  const { dev, context } = sending;
  const isImpersonated = force || (await dev.impersonation.has(outgoing.from));
  const hash = isImpersonated
    ? await sendUnsigned(outgoing, context)
    : await context.admission.admit(await signTransaction(outgoing, dev));
  const text = bytesToHex(hash);
  context.submitted.add(text);
  await dev.run({ kind: "submitted" });
  return text;
}

/** As admission, but for the signature and EIP-3607: a contract may send. */
async function sendUnsigned(outgoing: Outgoing, context: RpcContext): Promise<Uint8Array> {
  const transaction = unsignedTransaction(outgoing);
  checkForm(transaction, context.config);
  const state = context.state.latest();
  try {
    const account = state.account(transaction.sender);
    checkSender(transaction, account && { ...account, codeHash: EMPTY_CODE_HASH }, state);
    const sender = { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n };
    await context.mempool.add(transaction, sender);
  } finally {
    state.close();
  }
  return transaction.hash;
}

function firstAccount(dev: DevAccess): Uint8Array {
  for (const address of dev.accounts.keys()) return hexToBytes(address);
  throw new DevError("No Signer available");
}

async function nextNonce(from: Uint8Array, context: RpcContext): Promise<bigint> {
  const state = context.state.latest();
  try {
    return await context.mempool.nextNonce(from, state.account(from)?.nonce ?? 0n);
  } finally {
    state.close();
  }
}

async function estimate(given: unknown, from: Uint8Array, { context, caller }: Sending): Promise<bigint> {
  const request = { ...(typeof given === "object" ? given : {}), from: bytesToHex(from) };
  const gas = await eth_estimateGas.invoke(context, [request], caller);
  if (typeof gas !== "string" || !GAS.test(gas)) throw new DevError("gas could not be estimated");
  return BigInt(gas);
}
