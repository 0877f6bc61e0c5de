// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the rollup asks of a proof system
interface IVerifier {
    /// @notice Whether `proof` shows that the batch behind `publicInputs` follows from the batch before it.
    /// @param publicInputs `Rollup.hashPublicInputs` of the batch.
    function verify(bytes32 publicInputs, bytes calldata proof) external view returns (bool);
}
