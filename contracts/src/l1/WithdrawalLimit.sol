// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A limit on value that leaves in a time
/// @notice A bucket of `capacity` wei that drains evenly in `period` seconds; a withdrawal fills it by its value and
/// waits while it does not fit. A withdrawal above the capacity waits besides, from when it could first be finalized,
/// as long as its excess takes to drain: a forged one of any size leaves the guardian time in proportion to its size.
abstract contract WithdrawalLimit {
    /// @custom:storage-location erc7201:braid.storage.WithdrawalLimit
    struct LimitStorage {
        uint128 capacity;
        uint64 period;
        /// Seconds since 1970 of `level`.
        uint64 updatedAt;
        uint256 level;
    }

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.WithdrawalLimit")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant LIMIT_STORAGE = 0xb36d1653477225446bb0e6c41dd6e687dd6b27ffa217d9b059872684633c0000;

    event WithdrawalLimitSet(uint128 capacity, uint64 period);

    error BadWithdrawalLimit(uint128 capacity, uint64 period);
    error WithdrawalTooLarge(uint256 value);
    error WithdrawalRateLimited(uint256 availableAt);

    /// @notice Period 0: no limit.
    function withdrawalLimit() external view returns (uint128 capacity, uint64 period) {
        LimitStorage storage $ = _limitStorage();
        return ($.capacity, $.period);
    }

    /// @notice When a withdrawal of `value` that waits since `readyAt` may leave, if no other leaves before.
    function withdrawalAvailableAt(uint256 value, uint256 readyAt) public view returns (uint256) {
        LimitStorage storage $ = _limitStorage();
        (uint256 capacity, uint256 period) = ($.capacity, $.period);
        if (period == 0 || value == 0) return readyAt;
        if (value > type(uint128).max) revert WithdrawalTooLarge(value);
        uint256 needed = value;
        if (value > capacity) {
            readyAt += Math.ceilDiv((value - capacity) * period, capacity);
            // Half the bucket, or a steady trickle of others could keep it waiting for ever.
            needed = capacity / 2;
        }
        uint256 level = _levelNow();
        if (level + needed <= capacity) return readyAt;
        return Math.max(readyAt, block.timestamp + Math.ceilDiv((level + needed - capacity) * period, capacity));
    }

    function _setWithdrawalLimit(uint128 capacity, uint64 period) internal {
        if (period != 0 && capacity == 0) revert BadWithdrawalLimit(capacity, period);
        LimitStorage storage $ = _limitStorage();
        $.level = _levelNow();
        $.updatedAt = uint64(block.timestamp);
        $.capacity = capacity;
        $.period = period;
        emit WithdrawalLimitSet(capacity, period);
    }

    function _consumeWithdrawalLimit(uint256 value, uint256 readyAt) internal {
        uint256 availableAt = withdrawalAvailableAt(value, readyAt);
        if (block.timestamp < availableAt) revert WithdrawalRateLimited(availableAt);
        LimitStorage storage $ = _limitStorage();
        if ($.period == 0 || value == 0) return;
        $.level = _levelNow() + value;
        $.updatedAt = uint64(block.timestamp);
    }

    /// @dev The value stayed after all, in the same transaction.
    function _restoreWithdrawalLimit(uint256 value) internal {
        LimitStorage storage $ = _limitStorage();
        if ($.period != 0) $.level = Math.saturatingSub($.level, value);
    }

    function _levelNow() private view returns (uint256) {
        LimitStorage storage $ = _limitStorage();
        if ($.period == 0) return 0;
        uint256 drained = (block.timestamp - $.updatedAt) * $.capacity / $.period;
        return $.level > drained ? $.level - drained : 0;
    }

    function _limitStorage() private pure returns (LimitStorage storage $) {
        assembly ("memory-safe") {
            $.slot := LIMIT_STORAGE
        }
    }
}
