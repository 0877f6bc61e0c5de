// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A limit on what leaves in a time
/// @notice A bucket of `capacity` units that drains evenly in `period` seconds; a withdrawal fills it by its value and
/// waits while it does not fit. A withdrawal above the capacity waits besides, from when it could first be finalized,
/// as long as its excess takes to drain: a forged one of any size leaves the guardian time in proportion to its size.
library OutflowLimit {
    /// Period 0: no limit.
    struct Bucket {
        uint128 capacity;
        uint64 period;
        /// Seconds since 1970 of `level`.
        uint64 updatedAt;
        uint256 level;
    }

    error BadWithdrawalLimit(uint128 capacity, uint64 period);
    error WithdrawalTooLarge(uint256 value);
    error WithdrawalRateLimited(uint256 availableAt);

    function set(Bucket storage $, uint128 capacity, uint64 period) internal {
        if (period != 0 && capacity == 0) revert BadWithdrawalLimit(capacity, period);
        $.level = _levelNow($);
        $.updatedAt = uint64(block.timestamp);
        $.capacity = capacity;
        $.period = period;
    }

    /// @dev Reverts while a withdrawal of `value` that waits since `readyAt` may not leave.
    function consume(Bucket storage $, uint256 value, uint256 readyAt) internal {
        uint256 availableAt_ = availableAt($, value, readyAt);
        if (block.timestamp < availableAt_) revert WithdrawalRateLimited(availableAt_);
        if ($.period == 0 || value == 0) return;
        $.level = _levelNow($) + value;
        $.updatedAt = uint64(block.timestamp);
    }

    /// @dev The value stayed after all, in the same transaction.
    function restore(Bucket storage $, uint256 value) internal {
        if ($.period != 0) $.level = Math.saturatingSub($.level, value);
    }

    /// @dev When a withdrawal of `value` that waits since `readyAt` may leave, if no other leaves before.
    function availableAt(Bucket storage $, uint256 value, uint256 readyAt) internal view returns (uint256) {
        (uint256 capacity, uint256 period) = ($.capacity, $.period);
        if (period == 0 || value == 0) return readyAt;
        if (value > type(uint128).max) revert WithdrawalTooLarge(value);
        uint256 needed = value;
        if (value > capacity) {
            readyAt += Math.ceilDiv((value - capacity) * period, capacity);
            // Half the bucket, or a steady trickle of others could keep it waiting for ever.
            needed = capacity / 2;
        }
        uint256 level = _levelNow($);
        if (level + needed <= capacity) return readyAt;
        return Math.max(readyAt, block.timestamp + Math.ceilDiv((level + needed - capacity) * period, capacity));
    }

    function _levelNow(Bucket storage $) private view returns (uint256) {
        if ($.period == 0) return 0;
        uint256 drained = (block.timestamp - $.updatedAt) * $.capacity / $.period;
        return $.level > drained ? $.level - drained : 0;
    }
}
