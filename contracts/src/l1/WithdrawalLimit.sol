// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OutflowLimit} from "./OutflowLimit.sol";

/// @title The portal's limit on ether that leaves in a time
abstract contract WithdrawalLimit {
    using OutflowLimit for OutflowLimit.Bucket;

    /// @custom:storage-location erc7201:braid.storage.WithdrawalLimit
    struct LimitStorage {
        OutflowLimit.Bucket bucket;
    }

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.WithdrawalLimit")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant LIMIT_STORAGE = 0xb36d1653477225446bb0e6c41dd6e687dd6b27ffa217d9b059872684633c0000;

    event WithdrawalLimitSet(uint128 capacity, uint64 period);

    /// @notice Period 0: no limit.
    function withdrawalLimit() external view returns (uint128 capacity, uint64 period) {
        OutflowLimit.Bucket storage bucket = _limitStorage().bucket;
        return (bucket.capacity, bucket.period);
    }

    /// @notice When a withdrawal of `value` that waits since `readyAt` may leave, if no other leaves before.
    function withdrawalAvailableAt(uint256 value, uint256 readyAt) external view returns (uint256) {
        return _limitStorage().bucket.availableAt(value, readyAt);
    }

    function _setWithdrawalLimit(uint128 capacity, uint64 period) internal {
        _limitStorage().bucket.set(capacity, period);
        emit WithdrawalLimitSet(capacity, period);
    }

    function _consumeWithdrawalLimit(uint256 value, uint256 readyAt) internal {
        _limitStorage().bucket.consume(value, readyAt);
    }

    /// @dev The value stayed after all, in the same transaction.
    function _restoreWithdrawalLimit(uint256 value) internal {
        _limitStorage().bucket.restore(value);
    }

    function _limitStorage() private pure returns (LimitStorage storage $) {
        assembly ("memory-safe") {
            $.slot := LIMIT_STORAGE
        }
    }
}
