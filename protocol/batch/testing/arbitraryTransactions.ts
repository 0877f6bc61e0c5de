/** Random canonical envelopes of every type that a batch may hold, as fast-check arbitraries. */
import fc from "fast-check";
import { bigIntToBytes } from "../../bytes.ts";
import { type Envelope, joinEnvelope } from "../envelope.ts";

export const fixedBytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const integer = (bytes: number) =>
  fc
    .oneof(
      fc.bigInt({ min: 0n, max: 2n ** BigInt(8 * bytes) - 1n }),
      fc.bigInt({ min: 0n, max: 300n }),
      fc
        .tuple(fc.integer({ min: 0, max: 2 * bytes }), fc.integer({ min: 0, max: 999 }))
        .map(([zeros, digits]) => BigInt(digits) * 10n ** BigInt(zeros)),
    )
    .map((value) => bigIntToBytes(value % 2n ** BigInt(8 * bytes)));

/** Few enough that they repeat. */
const address = fc.oneof(
  fc.nat(5).map((seed) => new Uint8Array(20).fill(seed)),
  fixedBytes(20),
);
const storageKey = fc.oneof(
  fc.nat(3).map((seed) => new Uint8Array(32).fill(seed)),
  fixedBytes(32),
);

const word = fc.oneof(
  fixedBytes(32),
  fc.constant(new Uint8Array(32)),
  fc.tuple(fc.nat(32), fixedBytes(32)).map(([length, bytes]) => bytes.fill(0, 0, 32 - length)),
  fc.tuple(fc.nat(32), fixedBytes(32)).map(([length, bytes]) => bytes.fill(0, length)),
  address.map((bytes) => Buffer.concat([new Uint8Array(12), bytes])),
  integer(32).map((bytes) => Buffer.concat([new Uint8Array(32 - bytes.length), bytes])),
);

const data = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(
      fc.oneof(fc.constant(Uint8Array.of(0xa9, 5, 0x9c, 0xbb)), fixedBytes(4)),
      fc.array(word, { maxLength: 12 }),
    )
    .map(([selector, words]) => new Uint8Array(Buffer.concat([selector, ...words]))),
);

const accessList = fc.oneof(
  fc.constant<Envelope["accessList"]>([]),
  fc.array(fc.record({ address, storageKeys: fc.array(storageKey, { maxLength: 4 }) }), { maxLength: 4 }),
);

const authorizationList: fc.Arbitrary<Envelope["authorizationList"]> = fc.array(
  fc.record({
    chainId: integer(32),
    address,
    nonce: integer(8),
    yParity: fc.constantFrom(0, 1, 27, 255),
    r: integer(32),
    s: integer(32),
  }),
  { minLength: 1, maxLength: 4 },
);

const signature = {
  yParity: fc.constantFrom<0 | 1>(0, 1),
  r: fc.oneof(fixedBytes(32), integer(32)),
  s: fc.oneof(fixedBytes(32), integer(32)),
};
const common = {
  nonce: fc.oneof(fc.nat(40), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  gasLimit: fc.oneof(fc.constant(Uint8Array.of(0x52, 0x08)), integer(8)),
  feeCap: integer(32),
  value: integer(32),
  data,
  ...signature,
};
const to = fc.oneof(fc.constant(new Uint8Array(0)), address, address);
const chainId = fc.oneof(fc.constant(Uint8Array.of(0x1c, 0xbd)), integer(32));
const noTip = fc.constant(new Uint8Array(0));
const noAccessList = fc.constant<Envelope["accessList"]>([]);
const noAuthorizations = fc.constant<Envelope["authorizationList"]>([]);

const legacy: fc.Arbitrary<Envelope> = fc.record({
  ...common,
  type: fc.constant<0>(0),
  chainId: fc.oneof(fc.constant(undefined), fc.constant(Uint8Array.of(0x1c, 0xbd)), integer(6)),
  tip: noTip,
  to,
  accessList: noAccessList,
  authorizationList: noAuthorizations,
});
const type1: fc.Arbitrary<Envelope> = fc.record({
  ...common,
  type: fc.constant<1>(1),
  chainId,
  tip: noTip,
  to,
  accessList,
  authorizationList: noAuthorizations,
});
const type2: fc.Arbitrary<Envelope> = fc.record({
  ...common,
  type: fc.constant<2>(2),
  chainId,
  tip: integer(32),
  to,
  accessList,
  authorizationList: noAuthorizations,
});
const type4: fc.Arbitrary<Envelope> = fc.record({
  ...common,
  type: fc.constant<4>(4),
  chainId,
  tip: integer(32),
  to: address,
  accessList,
  authorizationList,
});

export const arbitraryEnvelope: fc.Arbitrary<Envelope> = fc.oneof(legacy, type1, type2, type4);
export const arbitraryTransaction: fc.Arbitrary<Uint8Array> = arbitraryEnvelope.map(joinEnvelope);
