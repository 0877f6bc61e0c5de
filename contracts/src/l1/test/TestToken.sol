// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token for tests, which may take a fee from each transfer, refuse without a word, or call while it transfers
contract TestToken is ERC20 {
    uint256 public immutable fee;
    bool public refusing;
    address public hookTarget;
    bytes public hookData;

    constructor(uint256 fee_) ERC20("Test", "TST") {
        fee = fee_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setRefusing(bool refusing_) external {
        refusing = refusing_;
    }

    /// What it calls in each transfer.
    function setHook(address target, bytes calldata data) external {
        (hookTarget, hookData) = (target, data);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return !refusing && super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return !refusing && super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) return;
        if (fee != 0) super._update(to, address(0xfee), fee);
        if (hookTarget == address(0)) return;
        (bool success, bytes memory result) = hookTarget.call(hookData);
        if (!success) {
            assembly {
                revert(add(result, 32), mload(result))
            }
        }
    }
}
