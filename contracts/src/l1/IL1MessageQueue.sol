// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the rollup reads of the messages from L1 to L2
interface IL1MessageQueue {
    /// @notice How many messages there are; the next one gets this index.
    function count() external view returns (uint64);

    /// @notice What binds the first `length` messages and their order.
    function rollingHash(uint64 length) external view returns (bytes32);

    /// @notice Last L1 block in which a batch may be committed without message `index`. Never falls with the index.
    function deadlineOf(uint64 index) external view returns (uint64);

    /// @notice L1 block of message `index`.
    function enqueuedAt(uint64 index) external view returns (uint64);
}
