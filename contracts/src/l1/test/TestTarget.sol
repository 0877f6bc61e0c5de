// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOptimismPortal} from "../IOptimismPortal.sol";

/// @title A target of withdrawals whose behaviour a test chooses
contract TestTarget {
    bool public failing;
    bytes public reentry;
    IOptimismPortal public portal;
    address public lastL2Sender;
    uint256 public lastGas;
    uint256 public received;
    bytes public reentryResult;
    /// As a portal answers: `call` then speaks to a bridge as its portal does.
    address public l2Sender;
    uint256 public l2MessageReadyAt;

    error Failing();

    function setFailing(bool failing_) external {
        failing = failing_;
    }

    /// The call that `receiveMessage` makes to the portal before it returns.
    function setReentry(bytes calldata reentry_) external {
        reentry = reentry_;
    }

    function setPortal(IOptimismPortal portal_) external {
        portal = portal_;
    }

    function setL2Sender(address sender) external {
        l2Sender = sender;
    }

    function setL2MessageReadyAt(uint256 timestamp) external {
        l2MessageReadyAt = timestamp;
    }

    function receiveMessage() external payable {
        lastGas = gasleft();
        if (failing) revert Failing();
        lastL2Sender = portal.l2Sender();
        received += msg.value;
        if (reentry.length != 0) {
            (bool success, bytes memory result) = address(portal).call(reentry);
            reentryResult = result;
            require(!success, "the portal let a second withdrawal in");
        }
    }

    /// What no implementation of an ERC-1967 proxy answers.
    function proxiableUUID() external pure returns (bytes32) {
        return bytes32(uint256(1));
    }

    function failSilently() external pure {
        assembly {
            revert(0, 0)
        }
    }

    /// Returns more than a caller could pay for copying.
    function bomb() external pure {
        assembly {
            return(0, 1000000)
        }
    }

    function deposit(address to, uint64 gasLimit, bytes calldata data) external payable {
        portal.depositTransaction{value: msg.value}(to, msg.value, gasLimit, false, data);
    }

    function call(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory result) = target.call{value: msg.value}(data);
        if (!success) {
            assembly {
                revert(add(result, 32), mload(result))
            }
        }
        return result;
    }
}
