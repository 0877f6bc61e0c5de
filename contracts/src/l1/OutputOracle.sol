// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollup} from "./IRollup.sol";
import {PauseKind, Pausing} from "./Pausing.sol";

/// @title The batches as the OP Stack's L2OutputOracle shows outputs
/// @notice A proven batch is an output: its index is the batch's number less one, its time that of the proof.
abstract contract OutputOracle is IRollup, Pausing {
    struct Batch {
        bytes32 hash;
        uint64 lastBlock;
        uint64 messagesConsumed;
        uint64 l1OriginNumber;
        /// Seconds since 1970; 0: not proven.
        uint64 provenAt;
        /// Written with the proof.
        bytes32 outputRoot;
    }

    /// @custom:storage-location erc7201:braid.storage.BatchChain
    struct ChainStorage {
        uint64 lastNumber;
        uint64 lastProven;
        uint64 lastFinalized;
        uint64 finalizationPeriod;
        uint64 submissionInterval;
        uint64 startingTimestamp;
        uint64 deployedAtBlock;
        /// Entries above `lastNumber` were reverted and mean nothing.
        mapping(uint64 number => Batch) batches;
    }

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.BatchChain")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant CHAIN_STORAGE = 0x23f53b952f6c53579a2773de7c25c919a906443018085965c57ca58c71f54c00;

    event OutputProposed(
        bytes32 indexed outputRoot, uint256 indexed l2OutputIndex, uint256 indexed l2BlockNumber, uint256 l1Timestamp
    );

    error UnknownOutput(uint256 index, uint256 count);
    error UnknownBatch(uint64 number, uint64 lastNumber);

    function batchHash(uint64 number) public view returns (bytes32) {
        return _committed(number).hash;
    }

    /// @notice All that is known of a committed batch.
    function batchAt(uint64 number) external view returns (Batch memory) {
        return _committed(number);
    }

    function lastCommittedBatch() external view returns (uint64) {
        return _chainStorage().lastNumber;
    }

    function lastProvenBatch() external view returns (uint64) {
        return _chainStorage().lastProven;
    }

    function lastFinalizedBatch() external view returns (uint64) {
        return _chainStorage().lastFinalized;
    }

    /// @inheritdoc IRollup
    /// @dev While there is no output, wallets that ask how long the next one takes find the start of the chain at
    /// index 0. Nothing hashes to its root 0, so nothing can be shown against it.
    function getL2Output(uint256 l2OutputIndex) public view returns (OutputProposal memory) {
        ChainStorage storage $ = _chainStorage();
        if (l2OutputIndex == 0 && $.lastProven == 0) return OutputProposal(0, $.startingTimestamp, 0);
        if (l2OutputIndex >= $.lastProven) revert UnknownOutput(l2OutputIndex, $.lastProven);
        Batch storage batch = $.batches[uint64(l2OutputIndex) + 1];
        return OutputProposal(batch.outputRoot, batch.provenAt, batch.lastBlock);
    }

    /// @inheritdoc IRollup
    function isOutputFinalized(uint256 l2OutputIndex) public view returns (bool) {
        ChainStorage storage $ = _chainStorage();
        if (l2OutputIndex >= $.lastProven) return false;
        if (l2OutputIndex < $.lastFinalized) return true;
        if (isPaused(PauseKind.FINALIZE)) return false;
        return block.timestamp >= uint256($.batches[uint64(l2OutputIndex) + 1].provenAt) + $.finalizationPeriod;
    }

    /// @notice Index of the first output that covers the L2 block.
    /// @dev Wallets know the text of the refusal.
    function getL2OutputIndexAfter(uint256 l2BlockNumber) public view returns (uint256) {
        ChainStorage storage $ = _chainStorage();
        require(
            l2BlockNumber <= latestBlockNumber(),
            "L2OutputOracle: cannot get output for a block that has not been proposed"
        );
        require($.lastProven > 0, "L2OutputOracle: cannot get output as no outputs have been proposed yet");
        uint64 low = 1;
        uint64 high = $.lastProven;
        while (low < high) {
            uint64 middle = (low + high) / 2;
            if ($.batches[middle].lastBlock < l2BlockNumber) low = middle + 1;
            else high = middle;
        }
        return low - 1;
    }

    function getL2OutputAfter(uint256 l2BlockNumber) external view returns (OutputProposal memory) {
        return getL2Output(getL2OutputIndexAfter(l2BlockNumber));
    }

    /// @notice Last L2 block of the last output.
    function latestBlockNumber() public view returns (uint256) {
        ChainStorage storage $ = _chainStorage();
        return $.batches[$.lastProven].lastBlock;
    }

    /// @notice 0 also while there is no output.
    function latestOutputIndex() external view returns (uint256) {
        ChainStorage storage $ = _chainStorage();
        return $.lastProven == 0 ? 0 : $.lastProven - 1;
    }

    /// @inheritdoc IRollup
    function nextOutputIndex() external view returns (uint256) {
        return _chainStorage().lastProven;
    }

    function nextBlockNumber() external view returns (uint256) {
        return latestBlockNumber() + 1;
    }

    function startingBlockNumber() external pure returns (uint256) {
        return 0;
    }

    function startingTimestamp() external view returns (uint256) {
        return _chainStorage().startingTimestamp;
    }

    /// @notice L1 block in which the chain began: whoever rebuilds it from L1 need not look before.
    function deployedAtBlock() external view returns (uint64) {
        return _chainStorage().deployedAtBlock;
    }

    /// @notice Seconds between proof and finality.
    function finalizationPeriodSeconds() public view returns (uint256) {
        return _chainStorage().finalizationPeriod;
    }

    // solhint-disable-next-line func-name-mixedcase
    function FINALIZATION_PERIOD_SECONDS() external view returns (uint256) {
        return finalizationPeriodSeconds();
    }

    /// @notice Wallets multiply it by `L2_BLOCK_TIME` for the seconds between outputs.
    // solhint-disable-next-line func-name-mixedcase
    function SUBMISSION_INTERVAL() external view returns (uint256) {
        return _chainStorage().submissionInterval;
    }

    /// @notice In seconds. Blocks come faster than that and only with work: good for estimates only.
    // solhint-disable-next-line func-name-mixedcase
    function L2_BLOCK_TIME() external pure returns (uint256) {
        return 1;
    }

    function _initializeChain(bytes32 genesisHash, uint64 finalizationPeriod, uint64 submissionInterval)
        internal
        onlyInitializing
    {
        ChainStorage storage $ = _chainStorage();
        $.finalizationPeriod = finalizationPeriod;
        $.submissionInterval = submissionInterval;
        $.startingTimestamp = uint64(block.timestamp);
        $.deployedAtBlock = uint64(block.number);
        $.batches[0].hash = genesisHash;
    }

    function _committed(uint64 number) internal view returns (Batch storage) {
        ChainStorage storage $ = _chainStorage();
        if (number > $.lastNumber) revert UnknownBatch(number, $.lastNumber);
        return $.batches[number];
    }

    function _chainStorage() internal pure returns (ChainStorage storage $) {
        assembly ("memory-safe") {
            $.slot := CHAIN_STORAGE
        }
    }
}
