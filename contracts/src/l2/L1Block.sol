// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Predeploys} from "./Predeploys.sol";

/// @title What L2 knows of the latest L1 block
/// @notice The first transaction of an L2 block whose L1 origin moved writes these values; nobody else can.
/// @dev Storage layout, names and the packed call data are those of the OP Stack's contract, so that tools that read
/// its slots or decode its transactions work unchanged. The fee scalars stay 0: there is no L1 fee outside gas.
contract L1Block {
    uint64 public number;
    uint64 public timestamp;
    uint256 public basefee;
    bytes32 public hash;
    /// L2 blocks since the first one with this L1 origin.
    uint64 public sequenceNumber;
    uint32 public blobBaseFeeScalar;
    uint32 public baseFeeScalar;
    bytes32 public batcherHash;
    uint256 public l1FeeOverhead;
    uint256 public l1FeeScalar;
    uint256 public blobBaseFee;
    uint64 public operatorFeeConstant;
    uint32 public operatorFeeScalar;

    string public constant version = "1.7.0";

    /// Selector (4), scalars (4 + 4), sequence number, timestamp, number (8 each), then four words.
    uint256 private constant ECOTONE_LENGTH = 164;
    /// Ecotone, then the operator fee's scalar (4) and constant (8).
    uint256 private constant ISTHMUS_LENGTH = 176;

    error NotDepositor();
    error UnexpectedCalldataLength(uint256 given, uint256 expected);

    function DEPOSITOR_ACCOUNT() external pure returns (address) {
        return Predeploys.DEPOSITOR_ACCOUNT;
    }

    /// @notice Arguments follow the selector without padding: uint32 baseFeeScalar, uint32 blobBaseFeeScalar,
    /// uint64 sequenceNumber, uint64 timestamp, uint64 number, uint256 basefee, uint256 blobBaseFee, bytes32 hash,
    /// bytes32 batcherHash.
    function setL1BlockValuesEcotone() external {
        _checkCall(ECOTONE_LENGTH);
        _setEcotoneValues();
    }

    /// @notice As `setL1BlockValuesEcotone`, then uint32 operatorFeeScalar, uint64 operatorFeeConstant.
    function setL1BlockValuesIsthmus() external {
        _checkCall(ISTHMUS_LENGTH);
        _setEcotoneValues();
        operatorFeeScalar = uint32(bytes4(msg.data[164:168]));
        operatorFeeConstant = uint64(bytes8(msg.data[168:176]));
    }

    function gasPayingToken() external pure returns (address token, uint8 decimals) {
        return (0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE, 18);
    }

    function gasPayingTokenName() external pure returns (string memory) {
        return "Ether";
    }

    function gasPayingTokenSymbol() external pure returns (string memory) {
        return "ETH";
    }

    function isCustomGasToken() external pure returns (bool) {
        return false;
    }

    function _checkCall(uint256 length) private view {
        if (msg.sender != Predeploys.DEPOSITOR_ACCOUNT) revert NotDepositor();
        if (msg.data.length != length) revert UnexpectedCalldataLength(msg.data.length, length);
    }

    function _setEcotoneValues() private {
        baseFeeScalar = uint32(bytes4(msg.data[4:8]));
        blobBaseFeeScalar = uint32(bytes4(msg.data[8:12]));
        sequenceNumber = uint64(bytes8(msg.data[12:20]));
        timestamp = uint64(bytes8(msg.data[20:28]));
        number = uint64(bytes8(msg.data[28:36]));
        basefee = uint256(bytes32(msg.data[36:68]));
        blobBaseFee = uint256(bytes32(msg.data[68:100]));
        hash = bytes32(msg.data[100:132]);
        batcherHash = bytes32(msg.data[132:164]);
    }
}
