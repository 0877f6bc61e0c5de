// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IVerifier} from "./IVerifier.sol";

/// @title Proof by signatures of registered provers
/// @notice A batch counts as proven when `threshold` different provers have signed its public inputs (EIP-712). That
/// is worth as much as the provers' honesty and no more.
/// @dev Not upgradeable: the rollup's owner names another verifier instead.
contract AttestationVerifier is IVerifier, Ownable2Step, EIP712 {
    uint256 public constant MAX_PROVERS = 32;
    bytes32 public constant BATCH_PROOF_TYPEHASH = keccak256("BatchProof(bytes32 publicInputs)");
    uint256 private constant SIGNATURE_LENGTH = 65;

    mapping(address account => bool) public isProver;
    uint128 public proverCount;
    uint128 public threshold;

    event ProverSet(address indexed account, bool registered);
    event ThresholdSet(uint256 threshold);

    error ZeroAddress();
    error TooManyProvers(uint256 count);
    error BadThreshold(uint256 threshold, uint256 proverCount);
    error ProverUnchanged(address account, bool registered);
    error RenounceDisabled(address owner);

    constructor(address owner_, address[] memory provers, uint128 threshold_)
        Ownable(owner_)
        EIP712("Braid AttestationVerifier", "1")
    {
        for (uint256 i = 0; i < provers.length; ++i) {
            _register(provers[i]);
        }
        _setThreshold(threshold_);
    }

    /// @inheritdoc IVerifier
    /// @param proof Signatures of 65 bytes (r ‖ s ‖ v) one after another, by their signers' addresses ascending, so
    /// that none counts twice.
    function verify(bytes32 publicInputs, bytes calldata proof) external view returns (bool) {
        uint256 count = proof.length / SIGNATURE_LENGTH;
        if (count * SIGNATURE_LENGTH != proof.length || count < threshold || count > MAX_PROVERS) return false;
        bytes32 digest = hashBatchProof(publicInputs);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            bytes calldata signature = proof[i * SIGNATURE_LENGTH:(i + 1) * SIGNATURE_LENGTH];
            (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
            if (problem != ECDSA.RecoverError.NoError || signer <= previous || !isProver[signer]) return false;
            previous = signer;
        }
        return true;
    }

    /// @notice What a prover signs.
    function hashBatchProof(bytes32 publicInputs) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(BATCH_PROOF_TYPEHASH, publicInputs)));
    }

    function addProver(address account) external onlyOwner {
        _register(account);
    }

    /// @notice Reverts when fewer provers than the threshold would remain.
    function removeProver(address account) external onlyOwner {
        if (!isProver[account]) revert ProverUnchanged(account, false);
        uint128 remaining = proverCount - 1;
        if (remaining < threshold) revert BadThreshold(threshold, remaining);
        isProver[account] = false;
        proverCount = remaining;
        emit ProverSet(account, false);
    }

    function setThreshold(uint128 threshold_) external onlyOwner {
        _setThreshold(threshold_);
    }

    /// @dev Without an owner a leaked prover key could not be removed.
    function renounceOwnership() public view override onlyOwner {
        revert RenounceDisabled(msg.sender);
    }

    function _register(address account) private {
        if (account == address(0)) revert ZeroAddress();
        if (isProver[account]) revert ProverUnchanged(account, true);
        if (proverCount == MAX_PROVERS) revert TooManyProvers(MAX_PROVERS + 1);
        isProver[account] = true;
        ++proverCount;
        emit ProverSet(account, true);
    }

    function _setThreshold(uint128 threshold_) private {
        if (threshold_ == 0 || threshold_ > proverCount) revert BadThreshold(threshold_, proverCount);
        threshold = threshold_;
        emit ThresholdSet(threshold_);
    }
}
