import fc from "fast-check";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { bytesToHex, decodeTransaction, hexToBytes } from "../../protocol/index.ts";
import { type Outgoing, toSerializable, unsignedTransaction } from "./outgoingTransaction.ts";

const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
const amount = fc.bigInt({ min: 0n, max: 2n ** 80n });
const outgoing: fc.Arbitrary<Outgoing> = fc
  .record({
    shared: fc.record({
      from: fc.oneof(address, fc.constant(new Uint8Array(20))),
      chainId: fc.constant(7357),
      nonce: fc.bigInt({ min: 0n, max: 2n ** 40n }),
      gas: fc.bigInt({ min: 0n, max: 2n ** 24n }),
      value: amount,
      data: fc.uint8Array({ maxLength: 40 }),
    }),
    to: fc.option(address),
    gasPrice: fc.option(amount),
    withList: fc.boolean(),
  })
  .map(({ shared, to, gasPrice, withList }) => ({
    ...shared,
    ...(to === null ? {} : { to }),
    ...(gasPrice === null ? { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 5n } : { gasPrice }),
    ...(withList
      ? { accessList: [{ address: shared.from, storageKeys: [new Uint8Array(32).fill(3)] }] }
      : {}),
  }));

test("an impersonated transaction is a whole one: it comes back from its bytes, with its sender beside it", () => {
  fc.assert(
    fc.property(outgoing, (given) => {
      const transaction = unsignedTransaction(given);
      const { from, nonce, gas, to, value, data } = given;
      expect(transaction).toMatchObject({ sender: from, nonce, gasLimit: gas, to, value, data });
      expect(transaction.type).toBe(
        given.gasPrice === undefined ? 2 : given.accessList === undefined ? 0 : 1,
      );
      expect(transaction.chainId).toBe(7357n);
      expect(decodeTransaction(transaction.raw, { sender: from })).toEqual(transaction);
    }),
  );
});

test("two impersonated senders never have one hash", () => {
  fc.assert(
    fc.property(outgoing, address, (given, other) => {
      fc.pre(bytesToHex(other) !== bytesToHex(given.from));
      const [ours, theirs] = [unsignedTransaction(given), unsignedTransaction({ ...given, from: other })];
      expect(bytesToHex(ours.hash)).not.toBe(bytesToHex(theirs.hash));
    }),
  );
});

test("what is signed with a key decodes to its account", async () => {
  const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
  const from = hexToBytes(account.address.toLowerCase());
  const sent = {
    from,
    chainId: 7357,
    nonce: 1n,
    gas: 21_000n,
    to: from,
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: 2n,
  };
  const raw = await account.signTransaction(toSerializable(sent));
  expect(decodeTransaction(hexToBytes(raw))).toMatchObject({ sender: from, type: 2, maxFeePerGas: 9n });
});
