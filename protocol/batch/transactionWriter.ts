/**
 * Envelopes → columns. Every envelope is counted first, then the tables of what repeats are written, then the envelopes
 * in order. What has no columns of its own stands in them raw. See docs/batch-format.md.
 */

import { countWords, writeWords } from "./calldata.ts";
import type { ColumnWriters } from "./columns.ts";
import { createColumns } from "./columns.ts";
import { writeDecimal } from "./decimal.ts";
import { type Envelope, numberToBytes, splitEnvelope } from "./envelope.ts";
import { calldataForm, KIND } from "./kind.ts";
import { NonceWriter } from "./nonces.ts";
import { RepetitionWriter } from "./repetitions.ts";
import { SignatureWriter } from "./signatures.ts";

export interface WrittenTransactions {
  columns: ColumnWriters;
  signatures: Buffer;
}

export function writeTransactions(raws: Uint8Array[]): WrittenTransactions {
  const writer = new TransactionWriter();
  const envelopes = raws.map((raw) => {
    const envelope = splitEnvelope(raw);
    return envelope !== undefined && hasLongSignatures(envelope) ? envelope : undefined;
  });
  for (const envelope of envelopes) if (envelope !== undefined) writer.count(envelope);
  writer.writeTables();
  for (const [index, raw] of raws.entries()) {
    const envelope = envelopes[index];
    if (envelope === undefined) writer.writeRaw(raw);
    else writer.write(envelope);
  }
  return { columns: writer.columns, signatures: writer.signatures.finish() };
}

/** Leading zeros that a signature may have, of its 64 bytes, to stand in the column of signatures. */
const SHORT_BY = 2;

/**
 * Every signature takes 64 bytes there. One with many leading zeros is somebody's choice, who could make a batch longer
 * than its transactions: such an envelope stays as it is.
 */
function hasLongSignatures({ r, s, authorizationList }: Envelope): boolean {
  let zeros = 64 - r.length - s.length;
  for (const authorization of authorizationList)
    zeros += 64 - authorization.r.length - authorization.s.length;
  return zeros <= SHORT_BY * (1 + authorizationList.length);
}

class TransactionWriter {
  readonly columns = createColumns();
  readonly signatures = new SignatureWriter();
  private readonly nonces = new NonceWriter();
  private readonly chainIds: RepetitionWriter;
  private readonly gasLimits: RepetitionWriter;
  private readonly feeCaps: RepetitionWriter;
  private readonly tips: RepetitionWriter;
  private readonly values: RepetitionWriter;
  private readonly selectors: RepetitionWriter;
  private readonly addresses: RepetitionWriter;
  private readonly storageKeys: RepetitionWriter;

  constructor() {
    const { columns } = this;
    const { chainIds, gasLimits, feeCaps, feeCapDigits, tips, tipDigits, values, valueDigits } = columns;
    this.chainIds = new RepetitionWriter((value) => writeDecimal(chainIds, chainIds, value));
    this.gasLimits = new RepetitionWriter((value) => writeDecimal(gasLimits, gasLimits, value));
    this.feeCaps = new RepetitionWriter((value) => writeDecimal(feeCaps, feeCapDigits, value));
    this.tips = new RepetitionWriter((value) => writeDecimal(tips, tipDigits, value));
    this.values = new RepetitionWriter((value) => writeDecimal(values, valueDigits, value));
    this.selectors = new RepetitionWriter((value) => columns.selectors.bytes(value));
    this.addresses = new RepetitionWriter((value) => columns.addresses.bytes(value));
    this.storageKeys = new RepetitionWriter((value) => columns.storageKeys.bytes(value));
  }

  count(envelope: Envelope): void {
    if (envelope.chainId !== undefined) this.chainIds.count(envelope.chainId);
    this.gasLimits.count(envelope.gasLimit);
    this.feeCaps.count(envelope.feeCap);
    if (hasTip(envelope)) this.tips.count(envelope.tip);
    if (envelope.to.length > 0) this.addresses.count(envelope.to);
    this.values.count(envelope.value);
    if (calldataForm(envelope) === KIND.words) countWords(envelope.data, this.selectors, this.addresses);
    for (const { address, storageKeys } of envelope.accessList) {
      this.addresses.count(address);
      for (const key of storageKeys) this.storageKeys.count(key);
    }
    for (const { address, chainId } of envelope.authorizationList) {
      this.addresses.count(address);
      this.chainIds.count(chainId);
    }
  }

  writeTables(): void {
    const { columns } = this;
    this.chainIds.writeTable(columns.chainIds);
    this.gasLimits.writeTable(columns.gasLimits);
    this.feeCaps.writeTable(columns.feeCaps);
    this.tips.writeTable(columns.tips);
    this.values.writeTable(columns.values);
    this.selectors.writeTable(columns.selectors);
    this.addresses.writeTable(columns.addresses);
    this.storageKeys.writeTable(columns.storageKeys);
  }

  writeRaw(raw: Uint8Array): void {
    this.columns.kinds.byte(KIND.raw);
    this.columns.rawLengths.varint(raw.length);
    this.columns.raw.bytes(raw);
  }

  write(envelope: Envelope): void {
    const { columns } = this;
    const form = calldataForm(envelope);
    const hasLists = envelope.accessList.length > 0 || envelope.authorizationList.length > 0;
    columns.kinds.byte(
      envelope.type |
        (envelope.to.length === 0 ? KIND.creation : 0) |
        (hasLists || envelope.chainId === undefined ? KIND.lists : 0) |
        form,
    );
    if (envelope.chainId !== undefined) this.chainIds.write(columns.chainIds, envelope.chainId);
    this.nonces.write(columns.nonces, envelope.nonce);
    this.gasLimits.write(columns.gasLimits, envelope.gasLimit);
    this.feeCaps.write(columns.feeCaps, envelope.feeCap);
    if (hasTip(envelope)) this.tips.write(columns.tips, envelope.tip);
    if (envelope.to.length > 0) this.addresses.write(columns.recipients, envelope.to);
    this.values.write(columns.values, envelope.value);
    if (form === KIND.words) writeWords(envelope.data, columns, this.selectors, this.addresses);
    if (form === KIND.bytes) {
      columns.dataLengths.varint(envelope.data.length);
      columns.data.bytes(envelope.data);
    }
    if (hasLists) this.writeLists(envelope);
    this.signatures.parity(envelope.yParity);
    this.signatures.pair(envelope.r, envelope.s);
  }

  private writeLists({ type, accessList, authorizationList }: Envelope): void {
    const { lists } = this.columns;
    lists.varint(accessList.length);
    for (const { address, storageKeys } of accessList) {
      this.addresses.write(lists, address);
      lists.varint(storageKeys.length);
      for (const key of storageKeys) this.storageKeys.write(lists, key);
    }
    if (type !== 4) return;
    lists.varint(authorizationList.length);
    for (const { chainId, address, nonce, yParity, r, s } of authorizationList) {
      this.chainIds.write(lists, chainId);
      this.addresses.write(lists, address);
      lists.prefixed(nonce);
      lists.prefixed(numberToBytes(yParity));
      this.signatures.pair(r, s);
    }
  }
}

function hasTip({ type }: Envelope): boolean {
  return type === 2 || type === 4;
}
