// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Calls on behalf of whoever asks: the way in that the rollup must refuse
contract Forwarder {
    function forward(address target, bytes calldata input) external {
        (bool success, bytes memory result) = target.call(input);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}
