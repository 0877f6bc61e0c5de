// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchHash, BatchHeader} from "./BatchHeader.sol";
import {IL1MessageQueue} from "./IL1MessageQueue.sol";
import {IVerifier} from "./IVerifier.sol";
import {OutputOracle} from "./OutputOracle.sol";
import {PauseKind} from "./Pausing.sol";

/// @title The chain of batches on L1
/// @notice Batches are numbered from 1 without gaps; batch 0 stands for the genesis block. Each names its predecessor
/// by hash and continues its blocks, so the hash of a batch binds every L2 block since genesis, the data they are
/// rebuilt from, and the messages of L1 that they consumed. A batch is committed, then proven, then final.
/// @dev Whoever commits must call directly and have no code: then the data of every batch is the input, or the blobs,
/// of a transaction to this contract, where anyone can find it.
contract Rollup is OutputOracle {
    struct LastBatch {
        uint64 number;
        uint64 lastBlock;
        bytes32 batchHash;
    }

    struct Config {
        address owner;
        address guardian;
        address sequencer;
        IL1MessageQueue queue;
        IVerifier verifier;
        bytes32 genesisStateRoot;
        bytes32 genesisBlockHash;
        uint64 finalizationPeriodSeconds;
        /// L1 blocks without a batch of a sequencer after which anyone may commit.
        uint64 silenceWindow;
        /// Seconds between outputs that wallets may expect.
        uint64 submissionInterval;
        /// What the genesis block is made from. Nothing here depends on it: the hash of batch 0 says whether it is right.
        bytes l2Deployment;
    }

    /// @custom:storage-location erc7201:braid.storage.Settlement
    struct SettlementStorage {
        IL1MessageQueue queue;
        uint64 silenceWindow;
        IVerifier verifier;
        /// L1 block of the last batch by a sequencer.
        uint64 lastSequencerBlock;
        /// After the last proven batch.
        bytes32 provenStateRoot;
        mapping(address account => bool) sequencers;
    }

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.Settlement")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SETTLEMENT_STORAGE = 0x1f447006f8649467a937d0808ff2456d33157ebdc104d03c7ea67bd72c86d600;
    /// @dev EIP-2935.
    address private constant HISTORY_STORAGE = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// In the block `deployedAtBlock`: all that it takes to make the genesis block again.
    event ChainDeployed(bytes l2Deployment);
    event BatchCommitted(
        uint64 indexed number,
        bytes32 indexed batchHash,
        BatchHeader header,
        bytes32 dataHash,
        bytes32 rollingHash,
        uint256 blobCount
    );
    event BatchProven(uint64 indexed number, bytes32 indexed batchHash, bytes32 outputRoot);
    event BatchFinalized(uint64 indexed number, bytes32 indexed batchHash);
    event BatchesReverted(uint64 indexed from, uint64 last);
    event SequencerSet(address indexed account, bool allowed);
    event VerifierSet(address indexed previousVerifier, address indexed verifier);
    event SilenceWindowSet(uint64 blocks);

    error ZeroGenesis(bytes32 stateRoot, bytes32 blockHash);
    error ZeroPeriod();
    error NotSequencer(address account, uint256 openFromBlock);
    /// The call came through a contract, so its data is not the input of a transaction to the rollup.
    error CallNotDirect(address caller, address origin);
    error UnexpectedBatchNumber(uint64 given, uint64 expected);
    error UnexpectedPreviousHash(bytes32 given, bytes32 expected);
    error UnexpectedFirstBlock(uint64 given, uint64 expected);
    error EmptyBlockRange(uint64 firstBlock, uint64 lastBlock);
    error EmptyRoots(bytes32 postStateRoot, bytes32 lastBlockHash, bytes32 outputRoot);
    error EmptyData(uint64 number);
    error BadBlobCount(uint256 given);
    error OriginWentBack(uint64 given, uint64 previous);
    error OriginNotPast(uint64 given, uint256 blockNumber);
    error UnexpectedOriginHash(uint64 number, bytes32 given, bytes32 expected);
    error MessagesOutOfRange(uint64 given, uint64 previous, uint64 available);
    error MessageAfterOrigin(uint64 index, uint64 enqueuedAt, uint64 l1OriginNumber);
    error MessageOverdue(uint64 index, uint64 deadline);
    error UnexpectedBatchHash(bytes32 given, bytes32 expected);
    error InvalidProof(uint64 number, bytes32 publicInputs);
    error NotRevertible(uint64 from, uint64 first, uint64 last);
    error NotFinalizable(uint64 number, uint64 lastFinalized, uint64 lastProven);
    error FinalizableAt(uint64 number, uint256 timestamp);

    function initialize(Config calldata config) external initializer {
        if (config.genesisStateRoot == 0 || config.genesisBlockHash == 0) {
            revert ZeroGenesis(config.genesisStateRoot, config.genesisBlockHash);
        }
        if (address(config.queue) == address(0)) revert ZeroAddress();
        if (config.finalizationPeriodSeconds == 0 || config.submissionInterval == 0) revert ZeroPeriod();
        _initializeOwner(config.owner);
        _setGuardian(config.guardian);
        _setSequencer(config.sequencer, true);
        _setVerifier(config.verifier);
        _setSilenceWindow(config.silenceWindow);
        SettlementStorage storage $ = _settlementStorage();
        $.queue = config.queue;
        $.lastSequencerBlock = uint64(block.number);
        $.provenStateRoot = config.genesisStateRoot;
        BatchHeader memory genesis;
        genesis.postStateRoot = config.genesisStateRoot;
        genesis.lastBlockHash = config.genesisBlockHash;
        bytes32 genesisHash = BatchHash.hash(genesis, 0, 0);
        _initializeChain(genesisHash, config.finalizationPeriodSeconds, config.submissionInterval);
        emit ChainDeployed(config.l2Deployment);
        emit BatchCommitted(0, genesisHash, genesis, 0, 0, 0);
    }

    /// @notice Appends a batch whose data is the input of this transaction.
    function commitBatch(BatchHeader calldata header, bytes calldata data) external {
        if (data.length == 0) revert EmptyData(header.number);
        _commit(header, BatchHash.ofCalldata(data), 0);
    }

    /// @notice Appends a batch whose data is in this transaction's blobs, all of them.
    function commitBatchBlobs(BatchHeader calldata header, uint256 blobCount) external {
        if (blobCount == 0 || blobhash(blobCount - 1) == 0 || blobhash(blobCount) != 0) revert BadBlobCount(blobCount);
        bytes32[] memory hashes = new bytes32[](blobCount);
        for (uint256 i = 0; i < blobCount; ++i) {
            hashes[i] = blobhash(i);
        }
        _commit(header, BatchHash.ofBlobs(hashes), blobCount);
    }

    /// @notice Proves the first batch that is not proven yet. Anyone may bring the proof.
    function proveBatch(BatchHeader calldata header, bytes32 dataHash, bytes calldata proof)
        external
        whenActive(PauseKind.PROVE)
    {
        SettlementStorage storage $ = _settlementStorage();
        ChainStorage storage chain = _chainStorage();
        uint64 number = chain.lastProven + 1;
        if (header.number != number) revert UnexpectedBatchNumber(header.number, number);
        (bytes32 hash, bytes32 rolling) = _checkBatchHash(header, dataHash);
        bytes32 publicInputs = BatchHash.publicInputs(header, hash, rolling, $.provenStateRoot);
        if (!$.verifier.verify(publicInputs, proof)) revert InvalidProof(number, publicInputs);

        chain.lastProven = number;
        Batch storage batch = chain.batches[number];
        batch.provenAt = uint64(block.timestamp);
        batch.outputRoot = header.outputRoot;
        $.provenStateRoot = header.postStateRoot;
        emit BatchProven(number, hash, header.outputRoot);
        emit OutputProposed(header.outputRoot, number - 1, header.lastBlock, block.timestamp);
    }

    /// @notice Writes down that a proven batch and all before it are final, once the challenge window is over.
    function finalizeBatch(uint64 number) external whenActive(PauseKind.FINALIZE) {
        ChainStorage storage chain = _chainStorage();
        if (number <= chain.lastFinalized || number > chain.lastProven) {
            revert NotFinalizable(number, chain.lastFinalized, chain.lastProven);
        }
        Batch storage batch = chain.batches[number];
        uint256 finalizableAt = uint256(batch.provenAt) + chain.finalizationPeriod;
        if (block.timestamp < finalizableAt) revert FinalizableAt(number, finalizableAt);
        chain.lastFinalized = number;
        emit BatchFinalized(number, batch.hash);
    }

    /// @notice Takes back batches that are not proven, from number `from` on. What they consumed of the queue is due
    /// again, at its old deadlines.
    function revertBatches(uint64 from) external {
        if (msg.sender != guardian() && msg.sender != owner()) revert NotGuardian(msg.sender);
        ChainStorage storage chain = _chainStorage();
        uint64 last = chain.lastNumber;
        if (from <= chain.lastProven || from > last) revert NotRevertible(from, chain.lastProven + 1, last);
        chain.lastNumber = from - 1;
        emit BatchesReverted(from, last);
    }

    /// @notice Takes back proven batches too, all after the one given, as long as none of them is final: what the
    /// challenge window is for. Batch 0 stands for the genesis block, with zeros where it has nothing.
    function revertProvenBatches(BatchHeader calldata last, bytes32 dataHash) external onlyOwner {
        ChainStorage storage chain = _chainStorage();
        (uint64 from, uint64 lastNumber) = (last.number + 1, chain.lastNumber);
        if (from <= chain.lastFinalized || from > chain.lastProven || isOutputFinalized(last.number)) {
            revert NotRevertible(from, chain.lastFinalized + 1, lastNumber);
        }
        _checkBatchHash(last, dataHash);
        (chain.lastNumber, chain.lastProven) = (last.number, last.number);
        _settlementStorage().provenStateRoot = last.postStateRoot;
        emit BatchesReverted(from, lastNumber);
    }

    /// @notice The last committed batch; number 0 while there is only the genesis block.
    function lastBatch() external view returns (LastBatch memory) {
        ChainStorage storage chain = _chainStorage();
        Batch storage batch = chain.batches[chain.lastNumber];
        return LastBatch(chain.lastNumber, batch.lastBlock, batch.hash);
    }

    /// @notice What a batch is known by. `rollingHash` is the queue's at `header.messagesConsumed`.
    function hashBatch(BatchHeader calldata header, bytes32 dataHash, bytes32 rollingHash)
        external
        pure
        returns (bytes32)
    {
        return BatchHash.hash(header, dataHash, rollingHash);
    }

    /// @notice What a proof of the batch speaks about.
    function hashPublicInputs(
        BatchHeader calldata header,
        bytes32 dataHash,
        bytes32 rollingHash,
        bytes32 previousStateRoot
    ) external view returns (bytes32) {
        bytes32 hash = BatchHash.hash(header, dataHash, rollingHash);
        return BatchHash.publicInputs(header, hash, rollingHash, previousStateRoot);
    }

    function isSequencer(address account) external view returns (bool) {
        return _settlementStorage().sequencers[account];
    }

    /// @notice From that L1 block on anyone may commit batches, unless a sequencer does before.
    function openFromBlock() public view returns (uint256) {
        SettlementStorage storage $ = _settlementStorage();
        return uint256($.lastSequencerBlock) + $.silenceWindow + 1;
    }

    function silenceWindow() external view returns (uint64) {
        return _settlementStorage().silenceWindow;
    }

    function queue() external view returns (IL1MessageQueue) {
        return _settlementStorage().queue;
    }

    function verifier() external view returns (IVerifier) {
        return _settlementStorage().verifier;
    }

    function version() external pure returns (string memory) {
        return "2.0.0";
    }

    function setSequencer(address account, bool allowed) external onlyOwner {
        _setSequencer(account, allowed);
    }

    function setVerifier(IVerifier next) external onlyOwner {
        _setVerifier(next);
    }

    function setSilenceWindow(uint64 blocks) external onlyOwner {
        _setSilenceWindow(blocks);
    }

    function _commit(BatchHeader calldata header, bytes32 dataHash, uint256 blobCount)
        private
        whenActive(PauseKind.COMMIT)
    {
        SettlementStorage storage $ = _settlementStorage();
        if ($.sequencers[msg.sender]) $.lastSequencerBlock = uint64(block.number);
        else if (block.number < openFromBlock()) revert NotSequencer(msg.sender, openFromBlock());
        // Code behind the origin is an EIP-7702 delegation: it could call from inside another transaction.
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert CallNotDirect(msg.sender, tx.origin);

        ChainStorage storage chain = _chainStorage();
        uint64 number = chain.lastNumber + 1;
        Batch storage previous = chain.batches[number - 1];
        _checkBlocks(header, number, previous);
        _checkOrigin(header, previous.l1OriginNumber);
        _checkMessages(header, previous.messagesConsumed, $.queue);

        bytes32 rolling = $.queue.rollingHash(header.messagesConsumed);
        bytes32 hash = BatchHash.hash(header, dataHash, rolling);
        chain.lastNumber = number;
        Batch storage batch = chain.batches[number];
        batch.hash = hash;
        batch.lastBlock = header.lastBlock;
        batch.l1OriginNumber = header.l1OriginNumber;
        batch.messagesConsumed = header.messagesConsumed;
        // A batch of this number was proven and taken back.
        if (batch.provenAt != 0) (batch.provenAt, batch.outputRoot) = (0, 0);
        emit BatchCommitted(number, hash, header, dataHash, rolling, blobCount);
    }

    function _checkBlocks(BatchHeader calldata header, uint64 number, Batch storage previous) private view {
        if (header.number != number) revert UnexpectedBatchNumber(header.number, number);
        if (header.previousHash != previous.hash) revert UnexpectedPreviousHash(header.previousHash, previous.hash);
        uint64 firstBlock = previous.lastBlock + 1;
        if (header.firstBlock != firstBlock) revert UnexpectedFirstBlock(header.firstBlock, firstBlock);
        if (header.lastBlock < firstBlock) revert EmptyBlockRange(firstBlock, header.lastBlock);
        if (header.postStateRoot == 0 || header.lastBlockHash == 0 || header.outputRoot == 0) {
            revert EmptyRoots(header.postStateRoot, header.lastBlockHash, header.outputRoot);
        }
    }

    /// @dev The hash is compared as long as L1 knows it (8,191 blocks, EIP-2935); an older origin must not stop a
    /// chain that comes back after a long outage.
    function _checkOrigin(BatchHeader calldata header, uint64 previousOrigin) private view {
        uint64 origin = header.l1OriginNumber;
        if (origin < previousOrigin) revert OriginWentBack(origin, previousOrigin);
        if (origin >= block.number) revert OriginNotPast(origin, block.number);
        bytes32 recent = blockhash(origin);
        if (recent != 0 && recent == header.l1OriginHash) return;
        bytes32 known = _l1BlockHash(origin);
        if (known != 0 && known != header.l1OriginHash) {
            revert UnexpectedOriginHash(origin, header.l1OriginHash, known);
        }
    }

    /// @dev From EIP-2935's contract, which has it in state; an L1 without that contract knows the last 256. Zero when
    /// neither does.
    function _l1BlockHash(uint64 number) private view returns (bytes32) {
        (bool answered, bytes memory answer) = HISTORY_STORAGE.staticcall(abi.encode(uint256(number)));
        bytes32 known = answered && answer.length == 32 ? abi.decode(answer, (bytes32)) : bytes32(0);
        return known == 0 ? blockhash(number) : known;
    }

    /// @dev Deadlines never fall with the index, so the first message left over speaks for all of them.
    function _checkMessages(BatchHeader calldata header, uint64 previousConsumed, IL1MessageQueue queue_)
        private
        view
    {
        uint64 consumed = header.messagesConsumed;
        uint64 available = queue_.count();
        if (consumed < previousConsumed || consumed > available) {
            revert MessagesOutOfRange(consumed, previousConsumed, available);
        }
        if (consumed > previousConsumed) {
            uint64 enqueuedAt = queue_.enqueuedAt(consumed - 1);
            if (enqueuedAt > header.l1OriginNumber) {
                revert MessageAfterOrigin(consumed - 1, enqueuedAt, header.l1OriginNumber);
            }
        }
        if (consumed < available) {
            uint64 deadline = queue_.deadlineOf(consumed);
            if (deadline < block.number) revert MessageOverdue(consumed, deadline);
        }
    }

    /// @dev The header is all that a committed batch was hashed from, with its data and messages.
    function _checkBatchHash(BatchHeader calldata header, bytes32 dataHash)
        private
        view
        returns (bytes32 hash, bytes32 rolling)
    {
        hash = batchHash(header.number);
        rolling = _settlementStorage().queue.rollingHash(header.messagesConsumed);
        bytes32 given = BatchHash.hash(header, dataHash, rolling);
        if (given != hash) revert UnexpectedBatchHash(given, hash);
    }

    function _setSequencer(address account, bool allowed) private {
        if (account == address(0)) revert ZeroAddress();
        _settlementStorage().sequencers[account] = allowed;
        emit SequencerSet(account, allowed);
    }

    function _setVerifier(IVerifier next) private {
        if (address(next) == address(0)) revert ZeroAddress();
        SettlementStorage storage $ = _settlementStorage();
        emit VerifierSet(address($.verifier), address(next));
        $.verifier = next;
    }

    function _setSilenceWindow(uint64 blocks) private {
        if (blocks == 0) revert ZeroPeriod();
        _settlementStorage().silenceWindow = blocks;
        emit SilenceWindowSet(blocks);
    }

    function _usesPause(PauseKind kind) internal pure override returns (bool) {
        return kind == PauseKind.COMMIT || kind == PauseKind.PROVE || kind == PauseKind.FINALIZE;
    }

    function _settlementStorage() private pure returns (SettlementStorage storage $) {
        assembly ("memory-safe") {
            $.slot := SETTLEMENT_STORAGE
        }
    }
}
