import type { EVM } from "@ethereumjs/evm";
import { Account, Address, bytesToHex } from "@ethereumjs/util";
import { type Authorization, EMPTY_BYTES } from "../../protocol/index.ts";
import { authorities } from "./authorities.ts";
import type { RecordingState } from "./recordingState.ts";

const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00);
const EXISTING_ACCOUNT_REFUND = 12_500n;
const MAX_NONCE = 2n ** 64n - 1n;
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Sets the delegations of a set-code transaction (EIP-7702) and answers the gas to refund. Bad tuples do nothing. */
export async function applyAuthorizations(
  list: Authorization[],
  evm: EVM,
  state: RecordingState,
  chainId: bigint,
): Promise<bigint> {
  let refund = 0n;
  for (const authorization of list) {
    if (authorization.chainId !== 0n && authorization.chainId !== chainId) continue;
    if (authorization.nonce >= MAX_NONCE || authorization.s > HALF_ORDER) continue;
    const [bytes] = authorities({ authorizationList: [authorization] });
    if (bytes === undefined) continue;
    const authority = new Address(bytes);
    evm.journal.addAlwaysWarmAddress(bytesToHex(bytes));
    const existing = await state.getAccount(authority);
    const code = await state.getCode(authority);
    if (code.length > 0 && !isDelegation(code)) continue;
    const account = existing ?? new Account();
    if (account.nonce !== authorization.nonce) continue;
    if (existing !== undefined) refund += EXISTING_ACCOUNT_REFUND;
    account.nonce += 1n;
    await evm.journal.putAccount(authority, account);
    await state.putCode(authority, delegationTo(authorization.address));
  }
  return refund;
}

function delegationTo(address: Uint8Array): Uint8Array {
  if (address.every((byte) => byte === 0)) return EMPTY_BYTES;
  const code = new Uint8Array(23);
  code.set(DELEGATION_PREFIX);
  code.set(address, 3);
  return code;
}

function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && DELEGATION_PREFIX.every((byte, index) => code[index] === byte);
}
