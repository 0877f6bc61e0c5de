import { encodeBlock, type GenesisAccount, InvariantError, type StateDiff } from "../../protocol/index.ts";
import type { Archive } from "../archive/index.ts";
import { ExportError } from "./exportError.ts";
import type { ExportSource } from "./exportSource.ts";

/** The blocks of a verifier's archive. Another process may be writing to it. */
export function archiveSource(archive: Archive): ExportSource {
  const found = <T>(value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new ExportError("EXPORT_EMPTY", "the archive holds no block yet", {
      retryable: true,
      hint: "`braid verify --archive` fills it.",
    });
  };
  return {
    head: async () => found(archive.headNow()).number,
    async *blocks(first, last) {
      for (let number = first; number <= last; number++) {
        const record = archive.header(number);
        const transactions = archive.body(number);
        if (record === undefined || transactions === undefined) throw chainChanged(number);
        yield encodeBlock({ header: record.header, transactions });
      }
    },
    genesisHash: async () => found(archive.genesis()).hash,
    async genesis() {
      const { header, stateDiff } = found(archive.genesis());
      return { config: found(archive.chain()).config, header, accounts: accountsOf(stateDiff) };
    },
  };
}

/** The chain went back while it was exported. */
export function chainChanged(number: number): ExportError {
  return new ExportError("EXPORT_CHAIN_CHANGED", `the chain changed at block ${number} during the export`, {
    retryable: true,
    hint: "L1 took blocks back. Export again, or with --to up to a block that is final.",
  });
}

function accountsOf({ accounts, codes }: StateDiff): GenesisAccount[] {
  const byHash = new Map(codes.map(({ hash, code }) => [Buffer.from(hash).toString("hex"), code]));
  return accounts.map(({ address, account, storage }) => {
    if (account === undefined) throw new InvariantError("the genesis removes an account");
    const code = byHash.get(Buffer.from(account.codeHash).toString("hex")) ?? new Uint8Array(0);
    return { address, ...account, code, storage };
  });
}
