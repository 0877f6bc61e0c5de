import { bytesToHex, type GenesisAccount, type Hex, padTo32 } from "../../protocol/index.ts";
import type { ExportedGenesis } from "./exportSource.ts";
import { createOutputFile } from "./outputFile.ts";

const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`;

const ZERO_BLOCKS = [
  "homesteadBlock",
  "eip150Block",
  "eip155Block",
  "eip158Block",
  "byzantiumBlock",
  "constantinopleBlock",
  "petersburgBlock",
  "istanbulBlock",
  "muirGlacierBlock",
  "berlinBlock",
  "londonBlock",
  "arrowGlacierBlock",
  "grayGlacierBlock",
  "mergeNetsplitBlock",
];
const ZERO_TIMES = ["shanghaiTime", "cancunTime", "pragueTime", "osakaTime"];

/** EIP-7840, as on Ethereum: no block has blobs, but clients ask for it. */
const BLOB_SCHEDULE = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
  osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
};

/**
 * Block 0 in geth's genesis format. `config.braid` holds what no other client knows and docs/export.md explains; clients
 * pass over names that they do not know.
 */
export function genesisJson({ config, header, accounts }: ExportedGenesis): string {
  const { chainId, baseFeeFloor, baseFeeElasticity, baseFeeChangeDenominator, feeRecipient } = config;
  const genesis = {
    config: {
      chainId,
      ...Object.fromEntries([...ZERO_BLOCKS, ...ZERO_TIMES].map((name) => [name, 0])),
      terminalTotalDifficulty: 0,
      terminalTotalDifficultyPassed: true,
      blobSchedule: BLOB_SCHEDULE,
      braid: {
        baseFeeFloor: hex(baseFeeFloor),
        baseFeeElasticity: hex(baseFeeElasticity),
        baseFeeChangeDenominator: hex(baseFeeChangeDenominator),
        feeRecipient: bytesToHex(feeRecipient),
      },
    },
    nonce: "0x0",
    timestamp: hex(header.timestamp),
    extraData: bytesToHex(header.extraData),
    gasLimit: hex(header.gasLimit),
    difficulty: "0x0",
    mixHash: bytesToHex(header.prevRandao),
    coinbase: bytesToHex(header.coinbase),
    baseFeePerGas: hex(header.baseFeePerGas),
    blobGasUsed: "0x0",
    excessBlobGas: "0x0",
    alloc: Object.fromEntries(accounts.map((account) => [bytesToHex(account.address), allocOf(account)])),
  };
  return `${JSON.stringify(genesis, null, 2)}\n`;
}

/** Writes it where there was no file, unless forced. */
export async function exportGenesis(genesis: ExportedGenesis, file: string, force = false): Promise<void> {
  const output = await createOutputFile(file, force);
  try {
    await output.write(Buffer.from(genesisJson(genesis)));
    await output.finish();
  } finally {
    await output.discard();
  }
}

function allocOf({ nonce, balance, code, storage }: GenesisAccount) {
  const slots = storage.map(({ slot, value }) => [bytesToHex(slot), bytesToHex(padTo32(value))]);
  return {
    balance: hex(balance),
    ...(nonce === 0n ? {} : { nonce: hex(nonce) }),
    ...(code.length === 0 ? {} : { code: bytesToHex(code) }),
    ...(slots.length === 0 ? {} : { storage: Object.fromEntries(slots) }),
  };
}
