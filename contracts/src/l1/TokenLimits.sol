// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OutflowLimit} from "./OutflowLimit.sol";

/// @title The bridge's limits on tokens that leave in a time, one for each token of L1
abstract contract TokenLimits {
    using OutflowLimit for OutflowLimit.Bucket;

    /// @custom:storage-location erc7201:braid.storage.TokenLimits
    struct TokenLimitsStorage {
        mapping(address l1Token => OutflowLimit.Bucket) buckets;
    }

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.TokenLimits")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant TOKEN_LIMITS_STORAGE = 0xd7898372038ed13bf9ff3a2547deac312419cc6d503dfbf9bea6cb0930abd500;

    event TokenWithdrawalLimitSet(address indexed l1Token, uint128 capacity, uint64 period);

    /// @notice Units of the token, seconds. Period 0: no limit.
    function tokenWithdrawalLimit(address l1Token) external view returns (uint128 capacity, uint64 period) {
        OutflowLimit.Bucket storage bucket = _bucketOf(l1Token);
        return (bucket.capacity, bucket.period);
    }

    /// @notice When a withdrawal of `amount` that waits since `readyAt` may leave, if no other leaves before.
    function tokenWithdrawalAvailableAt(address l1Token, uint256 amount, uint256 readyAt)
        external
        view
        returns (uint256)
    {
        return _bucketOf(l1Token).availableAt(amount, readyAt);
    }

    function _setTokenLimit(address l1Token, uint128 capacity, uint64 period) internal {
        _bucketOf(l1Token).set(capacity, period);
        emit TokenWithdrawalLimitSet(l1Token, capacity, period);
    }

    function _isLimited(address l1Token) internal view returns (bool) {
        return _bucketOf(l1Token).period != 0;
    }

    function _consumeTokenLimit(address l1Token, uint256 amount, uint256 readyAt) internal {
        _bucketOf(l1Token).consume(amount, readyAt);
    }

    function _bucketOf(address l1Token) private view returns (OutflowLimit.Bucket storage) {
        TokenLimitsStorage storage $;
        assembly ("memory-safe") {
            $.slot := TOKEN_LIMITS_STORAGE
        }
        return $.buckets[l1Token];
    }
}
