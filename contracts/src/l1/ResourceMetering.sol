// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The market for L2 gas bought on L1
/// @notice Messages to L2 pay no L2 fee, so their gas is paid here by burning L1 gas: an EIP-1559 market by L1 block
/// with its own base fee. A block sells at most `MAX_RESOURCE_LIMIT` gas, and its price rises above a tenth of that.
/// @dev The same market as the OP Stack's; `params` is laid out for those who read theirs.
abstract contract ResourceMetering {
    struct ResourceParams {
        uint128 prevBaseFee;
        uint64 prevBoughtGas;
        uint64 prevBlockNum;
    }

    /// @custom:storage-location erc7201:braid.storage.ResourceMetering
    struct MeteringStorage {
        ResourceParams params;
    }

    uint256 public constant MAX_RESOURCE_LIMIT = 20_000_000;
    uint256 public constant ELASTICITY = 10;
    uint256 public constant BASE_FEE_CHANGE_DENOMINATOR = 8;
    uint256 public constant MINIMUM_BASE_FEE = 1 gwei;
    uint256 private constant TARGET = MAX_RESOURCE_LIMIT / ELASTICITY;
    uint256 private constant WAD = 1e18;
    /// (7/8)^400 of the highest base fee is below the lowest: nothing remains to decay.
    uint256 private constant MAX_DECAY_BLOCKS = 1_000;

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.ResourceMetering")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant METERING_STORAGE = 0xd72cc5d05b30ffb8b24492ab1812b19a75ecc9eb8b174b2fd00e265971942600;

    error OutOfGas(uint256 boughtGas, uint256 limit);

    /// @dev Charges what `amount` L2 gas costs, less the L1 gas that the function has used itself.
    modifier metered(uint64 amount) {
        uint256 initialGas = gasleft();
        _;
        _charge(amount, initialGas);
    }

    /// @notice Base fee, gas bought and block of the last purchase.
    function params() external view returns (uint128 prevBaseFee, uint64 prevBoughtGas, uint64 prevBlockNum) {
        ResourceParams storage $ = _meteringStorage().params;
        return ($.prevBaseFee, $.prevBoughtGas, $.prevBlockNum);
    }

    function _initializeMetering() internal {
        _meteringStorage().params = ResourceParams(uint128(MINIMUM_BASE_FEE), 0, uint64(block.number));
    }

    function _charge(uint64 amount, uint256 initialGas) private {
        MeteringStorage storage $ = _meteringStorage();
        ResourceParams memory p = $.params;
        uint256 passed = block.number - p.prevBlockNum;
        if (passed > 0) {
            p.prevBaseFee = uint128(_nextBaseFee(p.prevBaseFee, p.prevBoughtGas, passed));
            p.prevBoughtGas = 0;
            p.prevBlockNum = uint64(block.number);
        }
        uint256 bought = uint256(p.prevBoughtGas) + amount;
        if (bought > MAX_RESOURCE_LIMIT) revert OutOfGas(bought, MAX_RESOURCE_LIMIT);
        p.prevBoughtGas = uint64(bought);
        $.params = p;

        uint256 cost = (uint256(amount) * p.prevBaseFee) / Math.max(block.basefee, 1 gwei);
        while (initialGas - gasleft() < cost) {}
    }

    /// @dev The first block follows what it bought, each one after it was empty.
    function _nextBaseFee(uint256 baseFee, uint256 bought, uint256 blocks) private pure returns (uint256 next) {
        uint256 denominator = TARGET * BASE_FEE_CHANGE_DENOMINATOR;
        next = bought > TARGET
            ? baseFee + (baseFee * (bought - TARGET)) / denominator
            : baseFee - (baseFee * (TARGET - bought)) / denominator;
        next = Math.min(Math.max(next, MINIMUM_BASE_FEE), type(uint128).max);
        if (blocks > 1) {
            next = Math.max((next * _decay(Math.min(blocks - 1, MAX_DECAY_BLOCKS))) / WAD, MINIMUM_BASE_FEE);
        }
    }

    /// @dev (7/8)^exponent in WAD, by squaring.
    function _decay(uint256 exponent) private pure returns (uint256 result) {
        result = WAD;
        uint256 factor = WAD - WAD / BASE_FEE_CHANGE_DENOMINATOR;
        for (; exponent != 0; exponent >>= 1) {
            if (exponent & 1 == 1) result = (result * factor) / WAD;
            factor = (factor * factor) / WAD;
        }
    }

    function _meteringStorage() private pure returns (MeteringStorage storage $) {
        assembly ("memory-safe") {
            $.slot := METERING_STORAGE
        }
    }
}
