import type { RpcMethod } from "../json-rpc/method.ts";
import { braid_getBlockParallelism } from "./braid_getBlockParallelism.ts";
import { braid_getHotSlots } from "./braid_getHotSlots.ts";
import { braid_getTransactionExecution } from "./braid_getTransactionExecution.ts";
import { braid_getTransactionStatus } from "./braid_getTransactionStatus.ts";
import { debug_getBadBlocks } from "./debug_getBadBlocks.ts";
import { debug_getRawBlock } from "./debug_getRawBlock.ts";
import { debug_getRawBlockAccessList } from "./debug_getRawBlockAccessList.ts";
import { debug_getRawHeader } from "./debug_getRawHeader.ts";
import { debug_getRawReceipts } from "./debug_getRawReceipts.ts";
import { debug_getRawTransaction } from "./debug_getRawTransaction.ts";
import { debug_storageRangeAt } from "./debug_storageRangeAt.ts";
import { debug_traceBlock } from "./debug_traceBlock.ts";
import { debug_traceBlockByHash } from "./debug_traceBlockByHash.ts";
import { debug_traceBlockByNumber } from "./debug_traceBlockByNumber.ts";
import { debug_traceCall } from "./debug_traceCall.ts";
import { debug_traceTransaction } from "./debug_traceTransaction.ts";
import { erigon_getHeaderByNumber } from "./erigon_getHeaderByNumber.ts";
import { eth_accounts } from "./eth_accounts.ts";
import { eth_baseFee } from "./eth_baseFee.ts";
import { eth_blobBaseFee } from "./eth_blobBaseFee.ts";
import { eth_blockNumber } from "./eth_blockNumber.ts";
import { eth_call } from "./eth_call.ts";
import { eth_capabilities } from "./eth_capabilities.ts";
import { eth_chainId } from "./eth_chainId.ts";
import { eth_coinbase } from "./eth_coinbase.ts";
import { eth_config } from "./eth_config.ts";
import { eth_createAccessList } from "./eth_createAccessList.ts";
import { eth_estimateGas } from "./eth_estimateGas.ts";
import { eth_feeHistory } from "./eth_feeHistory.ts";
import { eth_gasPrice } from "./eth_gasPrice.ts";
import { eth_getBalance } from "./eth_getBalance.ts";
import { eth_getBlockAccessList } from "./eth_getBlockAccessList.ts";
import { eth_getBlockByHash } from "./eth_getBlockByHash.ts";
import { eth_getBlockByNumber } from "./eth_getBlockByNumber.ts";
import { eth_getBlockReceipts } from "./eth_getBlockReceipts.ts";
import { eth_getBlockTransactionCountByHash } from "./eth_getBlockTransactionCountByHash.ts";
import { eth_getBlockTransactionCountByNumber } from "./eth_getBlockTransactionCountByNumber.ts";
import { eth_getCode } from "./eth_getCode.ts";
import { eth_getFilterChanges } from "./eth_getFilterChanges.ts";
import { eth_getFilterLogs } from "./eth_getFilterLogs.ts";
import { eth_getHeaderByHash } from "./eth_getHeaderByHash.ts";
import { eth_getHeaderByNumber } from "./eth_getHeaderByNumber.ts";
import { eth_getLogs } from "./eth_getLogs.ts";
import { eth_getProof } from "./eth_getProof.ts";
import { eth_getRawTransactionByBlockHashAndIndex } from "./eth_getRawTransactionByBlockHashAndIndex.ts";
import { eth_getRawTransactionByBlockNumberAndIndex } from "./eth_getRawTransactionByBlockNumberAndIndex.ts";
import { eth_getRawTransactionByHash } from "./eth_getRawTransactionByHash.ts";
import { eth_getStorageAt } from "./eth_getStorageAt.ts";
import { eth_getStorageValues } from "./eth_getStorageValues.ts";
import { eth_getTransactionByBlockHashAndIndex } from "./eth_getTransactionByBlockHashAndIndex.ts";
import { eth_getTransactionByBlockNumberAndIndex } from "./eth_getTransactionByBlockNumberAndIndex.ts";
import { eth_getTransactionByHash } from "./eth_getTransactionByHash.ts";
import { eth_getTransactionCount } from "./eth_getTransactionCount.ts";
import { eth_getTransactionReceipt } from "./eth_getTransactionReceipt.ts";
import { eth_getUncleByBlockHashAndIndex } from "./eth_getUncleByBlockHashAndIndex.ts";
import { eth_getUncleByBlockNumberAndIndex } from "./eth_getUncleByBlockNumberAndIndex.ts";
import { eth_getUncleCountByBlockHash } from "./eth_getUncleCountByBlockHash.ts";
import { eth_getUncleCountByBlockNumber } from "./eth_getUncleCountByBlockNumber.ts";
import { eth_maxPriorityFeePerGas } from "./eth_maxPriorityFeePerGas.ts";
import { eth_newBlockFilter } from "./eth_newBlockFilter.ts";
import { eth_newFilter } from "./eth_newFilter.ts";
import { eth_newPendingTransactionFilter } from "./eth_newPendingTransactionFilter.ts";
import { eth_sendRawTransaction } from "./eth_sendRawTransaction.ts";
import { eth_sendRawTransactionConditional } from "./eth_sendRawTransactionConditional.ts";
import { eth_sendRawTransactionSync } from "./eth_sendRawTransactionSync.ts";
import { eth_simulateV1 } from "./eth_simulateV1.ts";
import { eth_subscribe } from "./eth_subscribe.ts";
import { eth_syncing } from "./eth_syncing.ts";
import { eth_uninstallFilter } from "./eth_uninstallFilter.ts";
import { eth_unsubscribe } from "./eth_unsubscribe.ts";
import { net_listening } from "./net_listening.ts";
import { net_peerCount } from "./net_peerCount.ts";
import { net_version } from "./net_version.ts";
import { ots_getApiLevel } from "./ots_getApiLevel.ts";
import { ots_getBlockDetails } from "./ots_getBlockDetails.ts";
import { ots_getBlockDetailsByHash } from "./ots_getBlockDetailsByHash.ts";
import { ots_getBlockTransactions } from "./ots_getBlockTransactions.ts";
import { ots_getContractCreator } from "./ots_getContractCreator.ts";
import { ots_getInternalOperations } from "./ots_getInternalOperations.ts";
import { ots_getTransactionBySenderAndNonce } from "./ots_getTransactionBySenderAndNonce.ts";
import { ots_getTransactionError } from "./ots_getTransactionError.ts";
import { ots_hasCode } from "./ots_hasCode.ts";
import { ots_searchTransactionsAfter } from "./ots_searchTransactionsAfter.ts";
import { ots_searchTransactionsBefore } from "./ots_searchTransactionsBefore.ts";
import { ots_traceTransaction } from "./ots_traceTransaction.ts";
import { rollup_getBatch } from "./rollup_getBatch.ts";
import { rollup_getBatchData } from "./rollup_getBatchData.ts";
import { rollup_getBatchOfBlock } from "./rollup_getBatchOfBlock.ts";
import { rollup_getTransactionLedger } from "./rollup_getTransactionLedger.ts";
import { rollup_getWithdrawalStatus } from "./rollup_getWithdrawalStatus.ts";
import { rollup_syncStatus } from "./rollup_syncStatus.ts";
import { rpc_discover } from "./rpc_discover.ts";
import { rpc_modules } from "./rpc_modules.ts";
import { trace_block } from "./trace_block.ts";
import { trace_filter } from "./trace_filter.ts";
import { trace_transaction } from "./trace_transaction.ts";
import { txpool_content } from "./txpool_content.ts";
import { txpool_contentFrom } from "./txpool_contentFrom.ts";
import { txpool_inspect } from "./txpool_inspect.ts";
import { txpool_status } from "./txpool_status.ts";
import { web3_clientVersion } from "./web3_clientVersion.ts";
import { web3_sha3 } from "./web3_sha3.ts";

/** Every method served, by name. A method is its file in this folder and its line here. */
export const methods: ReadonlyMap<string, RpcMethod> = new Map(
  [
    braid_getBlockParallelism,
    braid_getHotSlots,
    braid_getTransactionExecution,
    braid_getTransactionStatus,
    debug_getBadBlocks,
    debug_getRawBlock,
    debug_getRawBlockAccessList,
    debug_getRawHeader,
    debug_getRawReceipts,
    debug_getRawTransaction,
    debug_storageRangeAt,
    debug_traceBlock,
    debug_traceBlockByHash,
    debug_traceBlockByNumber,
    debug_traceCall,
    debug_traceTransaction,
    erigon_getHeaderByNumber,
    eth_accounts,
    eth_baseFee,
    eth_blobBaseFee,
    eth_blockNumber,
    eth_call,
    eth_capabilities,
    eth_chainId,
    eth_coinbase,
    eth_config,
    eth_createAccessList,
    eth_estimateGas,
    eth_feeHistory,
    eth_gasPrice,
    eth_getBalance,
    eth_getBlockAccessList,
    eth_getBlockByHash,
    eth_getBlockByNumber,
    eth_getBlockReceipts,
    eth_getBlockTransactionCountByHash,
    eth_getBlockTransactionCountByNumber,
    eth_getCode,
    eth_getFilterChanges,
    eth_getFilterLogs,
    eth_getHeaderByHash,
    eth_getHeaderByNumber,
    eth_getLogs,
    eth_getProof,
    eth_getRawTransactionByBlockHashAndIndex,
    eth_getRawTransactionByBlockNumberAndIndex,
    eth_getRawTransactionByHash,
    eth_getStorageAt,
    eth_getStorageValues,
    eth_getTransactionByBlockHashAndIndex,
    eth_getTransactionByBlockNumberAndIndex,
    eth_getTransactionByHash,
    eth_getTransactionCount,
    eth_getTransactionReceipt,
    eth_getUncleByBlockHashAndIndex,
    eth_getUncleByBlockNumberAndIndex,
    eth_getUncleCountByBlockHash,
    eth_getUncleCountByBlockNumber,
    eth_maxPriorityFeePerGas,
    eth_newBlockFilter,
    eth_newFilter,
    eth_newPendingTransactionFilter,
    eth_sendRawTransaction,
    eth_sendRawTransactionConditional,
    eth_sendRawTransactionSync,
    eth_simulateV1,
    eth_subscribe,
    eth_syncing,
    eth_uninstallFilter,
    eth_unsubscribe,
    net_listening,
    net_peerCount,
    net_version,
    ots_getApiLevel,
    ots_getBlockDetails,
    ots_getBlockDetailsByHash,
    ots_getBlockTransactions,
    ots_getContractCreator,
    ots_getInternalOperations,
    ots_getTransactionBySenderAndNonce,
    ots_getTransactionError,
    ots_hasCode,
    ots_searchTransactionsAfter,
    ots_searchTransactionsBefore,
    ots_traceTransaction,
    rollup_getBatch,
    rollup_getBatchData,
    rollup_getBatchOfBlock,
    rollup_getTransactionLedger,
    rollup_getWithdrawalStatus,
    rollup_syncStatus,
    rpc_discover,
    rpc_modules,
    trace_block,
    trace_filter,
    trace_transaction,
    txpool_content,
    txpool_contentFrom,
    txpool_inspect,
    txpool_status,
    web3_clientVersion,
    web3_sha3,
  ].map((method) => [method.name, method]),
);
