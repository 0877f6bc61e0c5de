// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";

/// @title Withdrawals, outputs and their hashes as the OP Stack defines them
library Withdrawals {
    struct Transaction {
        uint256 nonce;
        address sender;
        address target;
        uint256 value;
        uint256 gasLimit;
        bytes data;
    }

    struct OutputRootProof {
        bytes32 version;
        bytes32 stateRoot;
        bytes32 messagePasserStorageRoot;
        bytes32 latestBlockhash;
    }

    function hash(Transaction memory withdrawal) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                withdrawal.nonce,
                withdrawal.sender,
                withdrawal.target,
                withdrawal.value,
                withdrawal.gasLimit,
                withdrawal.data
            )
        );
    }

    /// @notice Output root, version 0.
    function hashOutput(OutputRootProof memory output) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(output.version, output.stateRoot, output.messagePasserStorageRoot, output.latestBlockhash)
        );
    }

    /// @notice Whether L2ToL1MessagePasser, whose storage has this root, has sent the withdrawal: `sentMessages` is
    /// its slot 0 and the trie holds the RLP of `true`.
    function isSent(bytes32 withdrawalHash, bytes32 storageRoot, bytes[] memory proof) internal pure returns (bool) {
        bytes32 slot = keccak256(abi.encode(withdrawalHash, uint256(0)));
        return TrieProof.verify(hex"01", storageRoot, abi.encodePacked(keccak256(abi.encodePacked(slot))), proof);
    }
}
