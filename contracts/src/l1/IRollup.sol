// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the portal asks of the rollup
interface IRollup {
    struct OutputProposal {
        bytes32 outputRoot;
        uint128 timestamp;
        uint128 l2BlockNumber;
    }

    function getL2Output(uint256 l2OutputIndex) external view returns (OutputProposal memory);

    /// @notice How many outputs there are.
    function nextOutputIndex() external view returns (uint256);

    /// @notice Whether the output is proven and its challenge window is over.
    function isOutputFinalized(uint256 l2OutputIndex) external view returns (bool);

    function finalizationPeriodSeconds() external view returns (uint256);
}
