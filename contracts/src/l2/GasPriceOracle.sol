// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {L1Block} from "./L1Block.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title What a transaction costs besides its gas: nothing
/// @notice The price of posting to L1 is inside the base fee, whose floor follows it. So the L1 fee, the L1 gas and the
/// operator fee are 0, and what tools of the OP Stack add up is exactly what is charged.
contract GasPriceOracle {
    uint256 public constant DECIMALS = 6;
    string public constant version = "1.5.0";

    bool public constant isEcotone = true;
    bool public constant isFjord = true;
    bool public constant isIsthmus = true;
    bool public constant isJovian = false;

    function getL1Fee(bytes memory) external pure returns (uint256) {
        return 0;
    }

    function getL1FeeUpperBound(uint256) external pure returns (uint256) {
        return 0;
    }

    function getL1GasUsed(bytes memory) external pure returns (uint256) {
        return 0;
    }

    function getOperatorFee(uint256) external pure returns (uint256) {
        return 0;
    }

    function gasPrice() external view returns (uint256) {
        return block.basefee;
    }

    function baseFee() external view returns (uint256) {
        return block.basefee;
    }

    function l1BaseFee() external view returns (uint256) {
        return _l1Block().basefee();
    }

    function blobBaseFee() external view returns (uint256) {
        return _l1Block().blobBaseFee();
    }

    function baseFeeScalar() external view returns (uint32) {
        return _l1Block().baseFeeScalar();
    }

    function blobBaseFeeScalar() external view returns (uint32) {
        return _l1Block().blobBaseFeeScalar();
    }

    function decimals() external pure returns (uint256) {
        return DECIMALS;
    }

    function overhead() external pure returns (uint256) {
        revert("GasPriceOracle: overhead() is deprecated");
    }

    function scalar() external pure returns (uint256) {
        revert("GasPriceOracle: scalar() is deprecated");
    }

    function _l1Block() private pure returns (L1Block) {
        return L1Block(Predeploys.L1_BLOCK);
    }
}
