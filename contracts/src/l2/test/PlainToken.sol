// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token of L2, for tests of the bridge. Keeps `fee` of every transfer. Takes no ether.
contract PlainToken is ERC20 {
    uint256 private immutable _fee;

    constructor(uint256 supply, uint256 fee) ERC20("Plain", "PLN") {
        _fee = fee;
        _mint(msg.sender, supply);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || _fee == 0) return super._update(from, to, value);
        super._update(from, address(0), _fee);
        super._update(from, to, value - _fee);
    }
}
