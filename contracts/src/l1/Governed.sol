// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// @title What every upgradeable contract of the settlement shares
/// @notice An owner that changes in two steps, never vanishes, and alone may upgrade.
/// @dev Runs behind an ERC-1967 proxy (UUPS). Slots 0 and 1 belong to OpenZeppelin's ownership, everything else lives
/// in ERC-7201 namespaces.
abstract contract Governed is Initializable, UUPSUpgradeable, Ownable2Step {
    error ZeroAddress();
    error RenounceDisabled(address owner);

    /// @dev The implementation is never used by itself: no owner who matters, no initializer.
    constructor() Ownable(address(0xdead)) {
        _disableInitializers();
    }

    /// @dev Without an owner the contract could be neither repaired nor upgraded.
    function renounceOwnership() public view override onlyOwner {
        revert RenounceDisabled(msg.sender);
    }

    function _initializeOwner(address owner_) internal onlyInitializing {
        if (owner_ == address(0)) revert ZeroAddress();
        _transferOwnership(owner_);
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}
