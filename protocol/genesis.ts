import { EMPTY_BYTES, hexToBytes } from "./bytes.ts";
import type { ChainConfig, Genesis, GenesisAccount } from "./chainConfig.ts";
import { keccak256 } from "./crypto/keccak256.ts";

const GWEI = 10n ** 9n;
const ETHER = 10n ** 18n;

/** The SequencerFeeVault predeploy. */
export const FEE_VAULT_ADDRESS = hexToBytes("0x4200000000000000000000000000000000000011");
/** EIP-2935: ring of parent hashes. */
export const HISTORY_STORAGE_ADDRESS = hexToBytes("0x0000F90827F1C53a10cb7A02335B175320002935");
/** EIP-4788: ring of beacon roots. */
export const BEACON_ROOTS_ADDRESS = hexToBytes("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");

/** Phrase behind {@link DEVELOPMENT_ADDRESSES}: BIP-44 path m/44'/60'/0'/0/i. Known to all: for development only. */
export const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";

export const DEVELOPMENT_ADDRESSES: readonly string[] = [
  "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
  "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
  "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
  "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
  "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
  "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
  "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
  "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
  "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
];

/** EIP-2935, section "Deployment": the runtime code on all chains. */
const HISTORY_STORAGE_CODE = hexToBytes(
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500",
);

/** EIP-4788, section "Block processing": the runtime code on all chains. */
const BEACON_ROOTS_CODE = hexToBytes(
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500",
);

/** EIP-1559's 1/8 for a block of 12 s, scaled to a block of 100 ms: prices move as fast in time as on L1. */
const CHANGE_DENOMINATOR = 8n * 12n * 10n;

const DEVELOPMENT_CONFIG: ChainConfig = {
  chainId: 7357,
  gasLimit: 120_000_000n,
  baseFeeFloor: GWEI / 50n,
  baseFeeElasticity: 2n,
  baseFeeChangeDenominator: CHANGE_DENOMINATOR,
  feeRecipient: FEE_VAULT_ADDRESS,
};

/** 2026-01-01T00:00:00Z. Fixed: the same genesis everywhere has the same hash. */
const DEVELOPMENT_TIMESTAMP = 1_767_225_600;

/** The chain that `braid up` starts: ten rich accounts, the system contracts, Osaka rules from block 0. */
export function developmentGenesis(overrides: Partial<ChainConfig> = {}): Genesis {
  return {
    config: { ...DEVELOPMENT_CONFIG, ...overrides },
    timestamp: DEVELOPMENT_TIMESTAMP,
    extraData: EMPTY_BYTES,
    accounts: [
      ...DEVELOPMENT_ADDRESSES.map((address) => richAccount(hexToBytes(address))),
      ...systemContracts(),
    ],
  };
}

/** The contracts that the protocol itself writes to at the start of a block. */
export function systemContracts(): GenesisAccount[] {
  return [
    systemContract(HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE),
    systemContract(BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE),
  ];
}

function richAccount(address: Uint8Array): GenesisAccount {
  return {
    address,
    nonce: 0n,
    balance: 10_000n * ETHER,
    codeHash: keccak256(EMPTY_BYTES),
    code: EMPTY_BYTES,
    storage: [],
  };
}

function systemContract(address: Uint8Array, code: Uint8Array): GenesisAccount {
  return { address, nonce: 1n, balance: 0n, codeHash: keccak256(code), code, storage: [] };
}
