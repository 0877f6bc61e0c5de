import { inlineReaders } from "../../executor/index.ts";
import { hexToBytes, keccak256 } from "../../protocol/index.ts";
import { type Harness, signedTransfer, startHarness } from "../../sequencer/rpc/testing/rpcHarness.ts";

/** Returns 42 to whoever calls. */
const code = hexToBytes("0x602a5f5260205ff3");
const account = {
  nonce: 1n,
  balance: 10n ** 20n,
  codeHash: keccak256(code),
  storageRoot: hexToBytes("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
};

/** The real server and the real executor over a small chain in memory. Bounds are low enough to be met. */
export async function startFuzzedNode(): Promise<Harness> {
  const state = {
    head: { number: 6, hash: new Uint8Array(32), stateRoot: new Uint8Array(32).fill(1) },
    account: (asked: Uint8Array) => ((asked[0] ?? 0) % 2 === 0 ? undefined : account),
    storage: () => new Uint8Array([7]),
    code: () => code,
    close: () => undefined,
  };
  const harness = await startHarness({
    blocks: 5,
    limits: { filtersPerClient: 200, subscriptionsPerConnection: 16 },
    dependencies: {
      readers: inlineReaders({ snapshot: () => state, node: () => undefined, code: () => code }),
      state: { latest: () => state, at: async () => state, trieNode: () => undefined },
    },
  });
  for (const nonce of [0, 1]) {
    const { transaction } = await signedTransfer(nonce);
    const logs = [[{ address: new Uint8Array(20).fill(3), topics: [], data: new Uint8Array(3) }]];
    await harness.mine({ transactions: [transaction], logs });
  }
  return harness;
}
