// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the bridge asks of the portal
interface IOptimismPortal {
    function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes calldata data)
        external
        payable;

    /// @notice Who sent the withdrawal that is being executed; 0x…dEaD outside of one.
    function l2Sender() external view returns (address);

    /// @notice When the withdrawal that is being executed could first be finalized, limits apart; 0 outside of one.
    function l2MessageReadyAt() external view returns (uint256);

    function minimumGasLimit(uint64 byteCount) external pure returns (uint64);
}
