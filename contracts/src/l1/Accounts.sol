// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Accounts whose address means the same on both layers
library Accounts {
    /// @notice Whether the caller is an account with a key: without code, or with code that it delegates to (EIP-7702).
    function hasKey(address caller) internal view returns (bool) {
        return caller == tx.origin || (caller.code.length == 23 && bytes3(caller.code) == 0xef0100);
    }
}
