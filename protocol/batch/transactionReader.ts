/**
 * Columns → envelopes, one after another. Work and memory are bounded by the columns' size and by BATCH_LIMITS.
 */

import { EMPTY_BYTES } from "../bytes.ts";
import { DecodeError } from "../errors.ts";
import { DEPOSIT_TYPE } from "../transaction/deposit.ts";
import type { AccessListEntry } from "../transaction/transaction.ts";
import { readWords } from "./calldata.ts";
import type { ColumnReaders } from "./columns.ts";
import { readDecimal, readInteger } from "./decimal.ts";
import { bytesToNumber, type Envelope, type EnvelopeAuthorization, joinEnvelope } from "./envelope.ts";
import { KIND } from "./kind.ts";
import { NonceReader } from "./nonces.ts";
import { OutputBudget } from "./outputBudget.ts";
import { RepetitionReader } from "./repetitions.ts";
import type { SignatureReader } from "./signatures.ts";

/** `35 + 2 · chainId + 1` has to be an exact number. */
const MAX_LEGACY_CHAIN_ID = (Number.MAX_SAFE_INTEGER - 36) / 2;

type Lists = Pick<Envelope, "accessList" | "authorizationList">;

export class TransactionReader {
  private readonly columns: ColumnReaders;
  private readonly signatures: SignatureReader;
  private readonly budget = new OutputBudget();
  private readonly nonces = new NonceReader();
  private readonly chainIds: RepetitionReader;
  private readonly gasLimits: RepetitionReader;
  private readonly feeCaps: RepetitionReader;
  private readonly tips: RepetitionReader;
  private readonly values: RepetitionReader;
  private readonly selectors: RepetitionReader;
  private readonly addresses: RepetitionReader;
  private readonly storageKeys: RepetitionReader;
  private readonly expect = (bytes: number): void => this.budget.expect(bytes);

  constructor(columns: ColumnReaders, signatures: SignatureReader) {
    this.columns = columns;
    this.signatures = signatures;
    const { chainIds, gasLimits, feeCaps, feeCapDigits, tips, tipDigits, values, valueDigits } = columns;
    const decimals = (heads: typeof values, digits: typeof values, maxBytes: number, what: string) =>
      new RepetitionReader(heads, 2, () => readDecimal(heads, digits, maxBytes, what));
    const fixed = (column: typeof values, length: number, what: string) =>
      new RepetitionReader(column, length, () => column.view(length, what));
    this.chainIds = decimals(chainIds, chainIds, 32, "chain id");
    this.gasLimits = decimals(gasLimits, gasLimits, 8, "gas limit");
    this.feeCaps = decimals(feeCaps, feeCapDigits, 32, "fee cap");
    this.tips = decimals(tips, tipDigits, 32, "tip");
    this.values = decimals(values, valueDigits, 32, "value");
    this.selectors = fixed(columns.selectors, 4, "selector");
    this.addresses = fixed(columns.addresses, 20, "address");
    this.storageKeys = fixed(columns.storageKeys, 32, "storage key");
  }

  /** The next envelope, in memory of its own. */
  read(): Uint8Array {
    const kind = this.columns.kinds.byte("kind");
    const raw = kind === KIND.raw ? this.readRaw() : joinEnvelope(this.readEnvelope(kind));
    this.budget.spend(raw.length);
    return raw;
  }

  private readRaw(): Uint8Array {
    const { rawLengths, raw } = this.columns;
    const length = rawLengths.varint("raw length");
    if (length === 0) throw new DecodeError("raw length: zero");
    this.budget.expect(length);
    const envelope = raw.bytes(length, "raw transaction");
    if (envelope[0] === DEPOSIT_TYPE) throw new DecodeError("transaction: a batch holds no deposits");
    return envelope;
  }

  private readEnvelope(kind: number): Envelope {
    const { columns } = this;
    const type = readType(kind);
    const hasChainId = type !== 0 || (kind & KIND.lists) === 0;
    return {
      type,
      chainId: hasChainId ? this.readChainId(type) : undefined,
      nonce: this.nonces.read(columns.nonces),
      gasLimit: this.gasLimits.read(columns.gasLimits, "gas limit"),
      feeCap: this.feeCaps.read(columns.feeCaps, "fee cap"),
      tip: type === 2 || type === 4 ? this.tips.read(columns.tips, "tip") : EMPTY_BYTES,
      to: (kind & KIND.creation) === 0 ? this.addresses.read(columns.recipients, "recipient") : EMPTY_BYTES,
      value: this.values.read(columns.values, "value"),
      data: this.readData(kind),
      ...(type !== 0 && (kind & KIND.lists) !== 0 ? this.readLists(type) : NO_LISTS),
      yParity: this.signatures.parity(),
      ...this.signatures.pair(),
    };
  }

  private readChainId(type: Envelope["type"]): Uint8Array {
    const chainId = this.chainIds.read(this.columns.chainIds, "chain id");
    if (type === 0 && bytesToNumber(chainId) > MAX_LEGACY_CHAIN_ID) {
      throw new DecodeError("chain id: too large for a legacy transaction");
    }
    return chainId;
  }

  private readData(kind: number): Uint8Array {
    const { columns } = this;
    switch (kind & KIND.calldata) {
      case 0:
        return EMPTY_BYTES;
      case KIND.words:
        return readWords(columns, this.selectors, this.addresses, this.expect);
      case KIND.bytes: {
        const length = columns.dataLengths.varint("data length");
        this.budget.expect(length);
        return columns.data.view(length, "data");
      }
      default:
        throw new DecodeError(`kind: ${kind}`);
    }
  }

  private readLists(type: Envelope["type"]): Lists {
    const { lists } = this.columns;
    const accessList: AccessListEntry[] = [];
    for (let entries = lists.varint("access list"); entries > 0; entries--) {
      this.budget.expect(20);
      const address = this.addresses.read(lists, "address");
      const storageKeys: Uint8Array[] = [];
      for (let keys = lists.varint("storage keys"); keys > 0; keys--) {
        this.budget.expect(32);
        storageKeys.push(this.storageKeys.read(lists, "storage key"));
      }
      accessList.push({ address, storageKeys });
    }
    const authorizationList: EnvelopeAuthorization[] = [];
    const count = type === 4 ? lists.varint("authorizations") : 0;
    for (let left = count; left > 0; left--) authorizationList.push(this.readAuthorization());
    return { accessList, authorizationList };
  }

  private readAuthorization(): EnvelopeAuthorization {
    const { lists } = this.columns;
    this.budget.expect(20);
    const chainId = this.chainIds.read(lists, "chain id");
    const address = this.addresses.read(lists, "address");
    const nonce = readInteger(lists, lists.varint("authorization nonce", 8), "authorization nonce");
    const yParity = bytesToNumber(readInteger(lists, lists.varint("authorization parity", 1), "parity"));
    return { chainId, address, nonce, yParity, ...this.signatures.pair() };
  }
}

const NO_LISTS: Lists = { accessList: [], authorizationList: [] };

function readType(kind: number): Envelope["type"] {
  const type = kind & KIND.type;
  if (kind >= KIND.raw || (type !== 0 && type !== 1 && type !== 2 && type !== 4)) {
    throw new DecodeError(`kind: ${kind}`);
  }
  return type;
}
