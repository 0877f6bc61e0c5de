// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

struct BatchHeader {
    uint64 number;
    bytes32 previousHash;
    uint64 firstBlock;
    uint64 lastBlock;
    bytes32 postStateRoot;
    bytes32 lastBlockHash;
    /// Version 0: keccak256(0 ‖ state root ‖ message passer's storage root ‖ block hash) of `lastBlock`.
    bytes32 outputRoot;
    uint64 l1OriginNumber;
    bytes32 l1OriginHash;
    /// Messages of the queue that blocks up to `lastBlock` have consumed, since genesis.
    uint64 messagesConsumed;
}

/// @title What a batch is known by
library BatchHash {
    uint8 private constant CALLDATA = 0;
    uint8 private constant BLOBS = 1;

    function hash(BatchHeader memory header, bytes32 dataHash, bytes32 rollingHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(header, dataHash, rollingHash));
    }

    function ofCalldata(bytes calldata data) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(CALLDATA, keccak256(data)));
    }

    function ofBlobs(bytes32[] memory versionedHashes) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(BLOBS, keccak256(abi.encodePacked(versionedHashes))));
    }

    /// @notice What a proof of the batch speaks about, on this chain and to this contract.
    function publicInputs(BatchHeader calldata header, bytes32 batchHash, bytes32 rollingHash, bytes32 previousStateRoot)
        internal
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                block.chainid,
                address(this),
                header.previousHash,
                batchHash,
                previousStateRoot,
                header.postStateRoot,
                header.outputRoot,
                header.l1OriginNumber,
                header.l1OriginHash,
                rollingHash
            )
        );
    }
}
