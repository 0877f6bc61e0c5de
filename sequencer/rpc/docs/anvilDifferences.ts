/** Ways in which Braid's answers are not Anvil's for the same requests on the same blocks, and why. */
export interface AnvilDifference {
  methods: string[];
  /** Where in the answer, and how, or which of the requests; each is so for each of the methods. */
  what: string[];
  reason: string;
}

const theirError = (...requests: string[]) =>
  requests.map((request) => `an error from Anvil alone (${request})`);
const ourError = (...requests: string[]) =>
  requests.map((request) => `an error from Braid alone (${request})`);
const code = (...requests: string[]) => requests.map((request) => `another error code (${request})`);
const words = (...requests: string[]) => requests.map((request) => `other words (${request})`);
const codeAndWords = (...requests: string[]) => [...code(...requests), ...words(...requests)];

/** A test compares both nodes and fails when one is missing here, and when one is gone. */
export const anvilDifferences: AnvilDifference[] = [
  {
    methods: ["net_peerCount"],
    what: theirError("plain"),
    reason: "Anvil has no such method; no node of Braid has peers, so that the count is zero",
  },
  {
    methods: ["eth_getHeaderByNumber", "debug_getRawReceipts"],
    what: theirError("mined"),
    reason: "Anvil has no such method, geth has",
  },
  {
    methods: ["txpool_contentFrom"],
    what: theirError("one that waits"),
    reason: "Anvil has no such method, geth has",
  },
  {
    methods: ["eth_hashrate"],
    what: ourError("plain"),
    reason: "went from the execution APIs and from geth with mining",
  },
  {
    methods: ["eth_getTransactionBySenderAndNonce"],
    what: ourError("mined"),
    reason: "neither in the execution APIs nor in geth; `ots_getTransactionBySenderAndNonce` finds it",
  },
  {
    methods: ["eth_mining"],
    what: words("plain"),
    reason: "geth's words for a method that is not there",
  },
  {
    methods: ["eth_nonsense"],
    what: words("unknown"),
    reason: "geth's words for a method that is not there",
  },
  {
    methods: ["eth_coinbase"],
    what: ["the result has another value"],
    reason: "the protocol's fee vault, whatever a test sets for the blocks that it mines",
  },
  {
    methods: ["eth_config"],
    what: [
      "current.blobSchedule.max has another value",
      "current.blobSchedule.target has another value",
      "current.systemContracts.CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS in Anvil's answer only",
      "current.systemContracts.DEPOSIT_CONTRACT_ADDRESS in Anvil's answer only",
      "current.systemContracts.WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS in Anvil's answer only",
    ],
    reason: "the rollup has neither blobs nor a consensus layer that takes requests",
  },
  {
    methods: ["eth_config"],
    what: ["current.forkId has another value"],
    reason: "made of our genesis block as EIP-6122 has it; Anvil's is zero",
  },
  {
    methods: ["eth_feeHistory"],
    what: ["baseFeePerGas[] has another value"],
    reason:
      "the next block's base fee moves by 1/960 at most, as blocks come every 100 ms, and not by 1/8; and it covers what posting costs",
  },
  {
    methods: ["eth_feeHistory"],
    what: ["reward in Anvil's answer only"],
    reason: "geth leaves it out when no percentiles are asked for",
  },
  {
    methods: ["eth_feeHistory"],
    what: [
      "oldestBlock has another value",
      "gasUsedRatio: another number of elements",
      "baseFeePerGas in Anvil's answer only",
      "baseFeePerBlobGas in Anvil's answer only",
      "blobGasUsedRatio in Anvil's answer only",
    ],
    reason: "of no blocks geth tells nothing; Anvil tells of one",
  },
  {
    methods: ["eth_getProof"],
    what: ["codeHash has another value", "storageHash has another value"],
    reason: "of an account that is not there geth answers zeros, Anvil the hashes of what is empty",
  },
  {
    methods: ["eth_getBlockByNumber", "eth_getBlockByHash"],
    what: ["totalDifficulty in Anvil's answer only"],
    reason: "went from the execution APIs and from geth",
  },
  {
    methods: ["eth_getTransactionReceipt"],
    what: ["blobGasPrice in Anvil's answer only", "blockTimestamp in Anvil's answer only"],
    reason: "the first is for blob transactions, the second not in the execution APIs",
  },
  {
    methods: ["eth_getBlockReceipts"],
    what: [
      "the result[].blobGasPrice in Anvil's answer only",
      "the result[].blockTimestamp in Anvil's answer only",
    ],
    reason: "the first is for blob transactions, the second not in the execution APIs",
  },
  {
    methods: ["eth_getTransactionByHash"],
    what: ["blockTimestamp in Braid's answer only"],
    reason: "`null` while the transaction waits, as in geth",
  },
  {
    methods: ["eth_getTransactionByHash"],
    what: ["gasPrice has another value"],
    reason: "while a transaction waits, geth shows the most that it would pay",
  },
  {
    methods: ["txpool_content", "txpool_inspect"],
    what: ["queued.[account] in Anvil's answer only", "queued.[account] in Braid's answer only"],
    reason: "geth's accounts have the checksum's capitals",
  },
  {
    methods: ["eth_getBalance"],
    what: [...codeAndWords("beyond the head"), ...words("no address", "nothing")],
    reason: "geth's codes and words",
  },
  {
    methods: ["eth_call"],
    what: codeAndWords("beyond the head"),
    reason: "geth's codes and words",
  },
  {
    methods: ["eth_call", "eth_estimateGas"],
    what: words("a custom error", "a panic"),
    reason: "geth adds a reason or a panic's meaning to the words and nothing else; `data` is the same",
  },
  {
    methods: ["eth_call", "eth_estimateGas", "eth_createAccessList"],
    what: codeAndWords("more than the sender has", "too little gas"),
    reason: "geth's codes and words",
  },
  {
    methods: ["eth_estimateGas"],
    what: ["the result has another value"],
    reason: "geth's search ends when it is within 1.5 %, Anvil's at other steps; both are enough",
  },
  {
    methods: ["eth_createAccessList"],
    what: theirError("a custom error", "a panic", "a reason", "no such function"),
    reason: "of a call that reverts geth answers the list so far, with `error` beside it",
  },
  {
    methods: ["eth_getLogs"],
    what: ourError("backwards", "beyond the head"),
    reason: "geth refuses a range that ends before it begins, or after the head",
  },
  {
    methods: ["eth_sendRawTransaction"],
    what: [
      ...codeAndWords(
        "already known",
        "another chain's id",
        "insufficient funds",
        "nonce too low",
        "not a transaction",
      ),
      ...words("gas limit above the block's", "intrinsic gas too low"),
      ...code("replacement underpriced"),
    ],
    reason: "geth's codes and words",
  },
  {
    methods: ["eth_sendRawTransaction"],
    what: ourError("gas limit above a transaction's"),
    reason: "no transaction may use more than 2^24 gas (EIP-7825)",
  },
  {
    methods: ["eth_sendRawTransaction"],
    what: ourError("a fee above a whole ether"),
    reason: "geth refuses to pay more than one ether of fees by mistake",
  },
  {
    methods: ["eth_simulateV1"],
    what: [
      "the result[].number has another value",
      "the result[].timestamp has another value",
      "the result[].calls[].logs[].blockNumber has another value",
      "the result[].calls[].logs[].blockTimestamp has another value",
    ],
    reason: "the first simulated block comes after the one it is built on; Anvil's has the same number",
  },
  {
    methods: ["eth_simulateV1"],
    what: ["the result[].baseFeePerGas has another value"],
    reason: "zero without `validation`, as in geth",
  },
  {
    methods: ["eth_simulateV1"],
    what: [
      "the result[].blobGasUsed in Braid's answer only",
      "the result[].excessBlobGas in Braid's answer only",
      "the result[].parentBeaconBlockRoot in Braid's answer only",
      "the result[].requestsHash in Braid's answer only",
      "the result[].size in Braid's answer only",
      "the result[].withdrawals in Braid's answer only",
      "the result[].withdrawalsRoot in Braid's answer only",
      "the result[].calls[].maxUsedGas in Braid's answer only",
    ],
    reason: "geth answers whole blocks of the current fork",
  },
  {
    methods: ["eth_simulateV1"],
    what: [
      "the result[].logsBloom has another value",
      "the result[].receiptsRoot has another value",
      "the result[].transactionsRoot has another value",
      "the result[].transactions[] has another value",
      "the result[].calls[].logs[].transactionHash has another value",
    ],
    reason:
      "made of whole transactions and of their receipts, without the logs that `traceTransfers` adds, as in geth; Anvil has one root for both",
  },
  {
    methods: ["eth_simulateV1"],
    what: [
      "the result[].calls[].error.code has another value",
      "the result[].calls[].error.data in Braid's answer only",
      "the result[].calls[].error.message has another value",
      "the result[].calls[].returnData has another value",
    ],
    reason: "of a call that reverts geth answers code 3 with the data, and no return data",
  },
  {
    methods: ["ots_getBlockDetails"],
    what: ["block.logsBloom is null, Anvil's hex"],
    reason: "Otterscan's interface has `null` there",
  },
  {
    methods: ["ots_getInternalOperations"],
    what: ["the result: another number of elements"],
    reason: "the transaction itself is not internal; Anvil lists it",
  },
  {
    methods: ["trace_transaction"],
    what: ["the result[].result.address in Anvil's answer only"],
    reason: "a creation that failed made no contract",
  },
  {
    methods: ["debug_traceTransaction"],
    what: ourError("not there"),
    reason: "geth says that the transaction is not there; Anvil answers an empty trace",
  },
  {
    methods: ["debug_traceTransaction"],
    what: ["gas has another value", "gasUsed has another value"],
    reason:
      "geth has the gas limit and the gas of the transaction; Anvil the gas of its frame, and of the block so far",
  },
  {
    methods: ["debug_traceBlockByNumber"],
    what: ["the result[].result.gas has another value", "the result[].result.gasUsed has another value"],
    reason:
      "geth has the gas limit and the gas of the transaction; Anvil the gas of its frame, and of the block so far",
  },
  {
    methods: ["debug_traceCall"],
    what: ["gas has another value"],
    reason: "geth has the call's whole gas, 50 million if none is given; Anvil what its frame got",
  },
  {
    methods: ["debug_traceTransaction"],
    what: ["logs[].index has another value"],
    reason: "the place in the block, as in geth; Anvil has the place in the transaction",
  },
  {
    methods: ["debug_traceBlockByNumber"],
    what: ["the result[].result.logs[].index has another value"],
    reason: "the place in the block, as in geth; Anvil has the place in the transaction",
  },
  {
    methods: ["debug_traceTransaction"],
    what: [
      "[account].codeHash in Braid's answer only",
      "pre.[account].codeHash in Braid's answer only",
      "post.[account].codeHash in Braid's answer only",
    ],
    reason: "geth tells it of accounts with code",
  },
  {
    methods: ["debug_traceCall"],
    what: ["[account].codeHash in Braid's answer only"],
    reason: "geth tells it of accounts with code",
  },
  {
    methods: ["debug_traceBlockByNumber"],
    what: [
      "the result[].result.[account].codeHash in Braid's answer only",
      "the result[].result.pre.[account].codeHash in Braid's answer only",
    ],
    reason: "geth tells it of accounts with code",
  },
  {
    methods: ["debug_traceTransaction"],
    what: ["[account] in Anvil's answer only", "pre.[account] in Anvil's answer only"],
    reason: "geth leaves accounts out that were not there before",
  },
  {
    methods: ["debug_traceTransaction"],
    what: ["structLogs[].refund in Anvil's answer only", "structLogs[].refund has another value"],
    reason: "geth leaves a zero out, and counts the refund of a delegation (EIP-7702) from the first step on",
  },
  {
    methods: ["debug_traceTransaction"],
    what: ["structLogs[].storage.[slot] in Braid's answer only"],
    reason: "Anvil misses the first read of a slot that the transaction's access list names",
  },
  {
    methods: ["debug_traceTransaction"],
    what: [
      "[account].balance has another value",
      "pre.[account].balance has another value",
      "post.[account].balance has another value",
    ],
    reason: "the fee recipient: on Braid it has the base fees of the blocks before, which Anvil burns",
  },
  {
    methods: ["debug_traceCall"],
    what: ["[account].balance has another value"],
    reason: "the fee recipient: on Braid it has the base fees of the blocks before, which Anvil burns",
  },
  {
    methods: ["debug_traceBlockByNumber"],
    what: [
      "the result[].result.[account].balance has another value",
      "the result[].result.pre.[account].balance has another value",
      "the result[].result.post.[account].balance has another value",
    ],
    reason: "the fee recipient: on Braid it has the base fees of the blocks before, which Anvil burns",
  },
  {
    methods: ["debug_traceCall"],
    what: theirError("4byteTracer"),
    reason: "Anvil has it for mined transactions only",
  },
];
