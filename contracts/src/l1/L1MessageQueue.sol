// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IL1MessageQueue} from "./IL1MessageQueue.sol";

/// @title The one queue of messages from L1 to L2
/// @notice Deposits and forced transactions share it in L1 order. Each message has a deadline in L1 blocks; deadlines
/// never fall with the index, so the first message that is not consumed is the most urgent one.
abstract contract L1MessageQueue is IL1MessageQueue {
    enum MessageKind {
        DEPOSIT,
        FORCED_TRANSACTION
    }

    struct Message {
        /// Rolling hash of all messages up to this one and with it.
        bytes32 rollingHash;
        uint64 enqueuedAt;
        uint64 deadline;
    }

    /// @custom:storage-location erc7201:braid.storage.L1MessageQueue
    struct QueueStorage {
        uint64 count;
        uint64 inclusionWindow;
        mapping(uint64 index => Message) messages;
    }

    /// About ten minutes to a week at 12 s a block: less than that an L1 outage could break, more would be no promise.
    uint64 public constant MIN_INCLUSION_WINDOW = 50;
    uint64 public constant MAX_INCLUSION_WINDOW = 50_400;

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.L1MessageQueue")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant QUEUE_STORAGE = 0xc8ba9789b3340d7890d13f962422e237fa9bfdff7b837cdfadfde64eb8662400;

    event MessageEnqueued(uint64 indexed index, bytes32 messageHash, bytes32 rollingHash, uint64 deadline);
    event InclusionWindowSet(uint64 blocks);

    error UnknownMessage(uint64 index, uint64 count);
    error BadInclusionWindow(uint64 blocks, uint64 least, uint64 most);

    /// @inheritdoc IL1MessageQueue
    function count() public view returns (uint64) {
        return _queueStorage().count;
    }

    /// @inheritdoc IL1MessageQueue
    /// @dev `rolling(0) = 0`, `rolling(i + 1) = keccak256(rolling(i) ‖ messageHash(i))`.
    function rollingHash(uint64 length) external view returns (bytes32) {
        return length == 0 ? bytes32(0) : _message(length - 1).rollingHash;
    }

    /// @inheritdoc IL1MessageQueue
    function deadlineOf(uint64 index) external view returns (uint64) {
        return _message(index).deadline;
    }

    /// @inheritdoc IL1MessageQueue
    function enqueuedAt(uint64 index) external view returns (uint64) {
        return _message(index).enqueuedAt;
    }

    /// @notice L1 blocks that the sequencer has to include a message.
    function inclusionWindow() external view returns (uint64) {
        return _queueStorage().inclusionWindow;
    }

    /// @notice What stands for a message in the rolling hash. `to` is zero for a forced transaction, and `payloadHash`
    /// the keccak256 of a deposit's opaque data or of the signed transaction.
    function hashMessage(
        MessageKind kind,
        uint64 index,
        uint64 l1Block,
        address from,
        address to,
        bytes32 payloadHash
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(kind, index, l1Block, from, to, payloadHash));
    }

    function _enqueue(MessageKind kind, address from, address to, bytes32 payloadHash)
        internal
        returns (uint64 index)
    {
        QueueStorage storage $ = _queueStorage();
        index = $.count;
        uint64 l1Block = uint64(block.number);
        uint64 deadline = l1Block + $.inclusionWindow;
        bytes32 rolling;
        if (index != 0) {
            Message storage last = $.messages[index - 1];
            rolling = last.rollingHash;
            if (last.deadline > deadline) deadline = last.deadline;
        }
        bytes32 messageHash = hashMessage(kind, index, l1Block, from, to, payloadHash);
        rolling = keccak256(abi.encodePacked(rolling, messageHash));
        $.messages[index] = Message(rolling, l1Block, deadline);
        $.count = index + 1;
        emit MessageEnqueued(index, messageHash, rolling, deadline);
    }

    function _setInclusionWindow(uint64 blocks) internal {
        if (blocks < MIN_INCLUSION_WINDOW || blocks > MAX_INCLUSION_WINDOW) {
            revert BadInclusionWindow(blocks, MIN_INCLUSION_WINDOW, MAX_INCLUSION_WINDOW);
        }
        _queueStorage().inclusionWindow = blocks;
        emit InclusionWindowSet(blocks);
    }

    function _message(uint64 index) private view returns (Message storage) {
        QueueStorage storage $ = _queueStorage();
        if (index >= $.count) revert UnknownMessage(index, $.count);
        return $.messages[index];
    }

    function _queueStorage() private pure returns (QueueStorage storage $) {
        assembly ("memory-safe") {
            $.slot := QUEUE_STORAGE
        }
    }
}
