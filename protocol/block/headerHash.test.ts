import { createBlockHeader } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { Address } from "@ethereumjs/util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesToHex } from "../bytes.ts";
import { headerHash } from "./headerHash.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("hashes headers as @ethereumjs/block does", () => {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka });
  const header = fc.record({
    parentHash: bytes(32),
    coinbase: bytes(20),
    stateRoot: bytes(32),
    transactionsRoot: bytes(32),
    receiptsRoot: bytes(32),
    logsBloom: bytes(256),
    number: fc.nat(),
    gasLimit: fc.constant(120_000_000n),
    gasUsed: fc.bigInt({ min: 0n, max: 120_000_000n }),
    timestamp: fc.nat(),
    extraData: fc.uint8Array({ maxLength: 32 }),
    prevRandao: bytes(32),
    baseFeePerGas: fc.bigInt({ min: 0n, max: 2n ** 70n }),
    parentBeaconBlockRoot: bytes(32),
  });
  fc.assert(
    fc.property(header, (fields) => {
      const { transactionsRoot, receiptsRoot, prevRandao, coinbase, ...same } = fields;
      const expected = createBlockHeader(
        {
          ...same,
          coinbase: new Address(coinbase),
          number: BigInt(fields.number),
          timestamp: BigInt(fields.timestamp),
          transactionsTrie: transactionsRoot,
          receiptTrie: receiptsRoot,
          mixHash: prevRandao,
        },
        { common, skipConsensusFormatValidation: true },
      );
      expect(bytesToHex(headerHash(fields))).toBe(bytesToHex(expected.hash()));
    }),
    { numRuns: 60 },
  );
});
