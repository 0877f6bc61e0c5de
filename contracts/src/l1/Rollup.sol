// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title The chain of batches on L1
/// @notice Batches are numbered from 1 without gaps; batch 0 stands for the genesis block. Each batch names its
/// predecessor by hash and continues its blocks, so the hash of the last batch binds every L2 block since genesis
/// and the data they are rebuilt from.
/// @dev Runs behind an ERC-1967 proxy (UUPS). The sequencer's account must call `commitBatch` directly and have no
/// code: then the data of every batch is the input of a transaction to this contract, where anyone can find it.
contract Rollup is Initializable, UUPSUpgradeable, Ownable2Step, Pausable {
    struct BatchHeader {
        uint64 number;
        bytes32 previousHash;
        uint64 firstBlock;
        uint64 lastBlock;
        bytes32 postStateRoot;
        bytes32 lastBlockHash;
    }

    struct LastBatch {
        uint64 number;
        uint64 lastBlock;
        bytes32 batchHash;
    }

    /// @custom:storage-location erc7201:braid.storage.Rollup
    struct RollupStorage {
        uint64 lastNumber;
        uint64 lastBlock;
        address guardian;
        mapping(uint64 number => bytes32) batchHashes;
        mapping(address account => bool) sequencers;
    }

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.Rollup")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant ROLLUP_STORAGE = 0x60082fedf545ed8f6b32ed5b3b880a439cb1934c34dc869c3a54d0c87a172700;

    event BatchCommitted(
        uint64 indexed number,
        bytes32 indexed batchHash,
        uint64 firstBlock,
        uint64 lastBlock,
        bytes32 postStateRoot,
        bytes32 dataHash
    );
    event SequencerSet(address indexed account, bool allowed);
    event GuardianSet(address indexed previousGuardian, address indexed guardian);

    error ZeroAddress();
    error ZeroGenesis(bytes32 stateRoot, bytes32 blockHash);
    error NotSequencer(address account);
    error NotGuardian(address account);
    /// The call came through a contract, so its data is not the input of a transaction to the rollup.
    error CallNotDirect(address caller, address origin);
    error UnexpectedBatchNumber(uint64 given, uint64 expected);
    error UnexpectedPreviousHash(bytes32 given, bytes32 expected);
    error UnexpectedFirstBlock(uint64 given, uint64 expected);
    error EmptyBlockRange(uint64 firstBlock, uint64 lastBlock);
    error EmptyRoots(bytes32 postStateRoot, bytes32 lastBlockHash);
    error EmptyData(uint64 number);
    error UnknownBatch(uint64 number, uint64 lastNumber);
    error RenounceDisabled(address owner);

    /// @dev The implementation is never used by itself: no owner who matters, no initializer.
    constructor() Ownable(address(0xdead)) {
        _disableInitializers();
    }

    function initialize(
        address owner_,
        address sequencer,
        address guardian_,
        bytes32 genesisStateRoot,
        bytes32 genesisBlockHash
    ) external initializer {
        if (owner_ == address(0)) revert ZeroAddress();
        if (genesisStateRoot == 0 || genesisBlockHash == 0) revert ZeroGenesis(genesisStateRoot, genesisBlockHash);
        _transferOwnership(owner_);
        _setSequencer(sequencer, true);
        _setGuardian(guardian_);
        BatchHeader memory genesis;
        genesis.postStateRoot = genesisStateRoot;
        genesis.lastBlockHash = genesisBlockHash;
        bytes32 genesisHash = _hashBatch(genesis, 0);
        _rollupStorage().batchHashes[0] = genesisHash;
        emit BatchCommitted(0, genesisHash, 0, 0, genesisStateRoot, 0);
    }

    /// @notice Appends a batch. `data` is the encoded blocks; it is bound by its hash and kept in the transaction only.
    function commitBatch(BatchHeader calldata header, bytes calldata data) external whenNotPaused {
        RollupStorage storage $ = _rollupStorage();
        if (!$.sequencers[msg.sender]) revert NotSequencer(msg.sender);
        // Code behind the origin is an EIP-7702 delegation: it could call from inside another transaction.
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert CallNotDirect(msg.sender, tx.origin);

        uint64 number = $.lastNumber + 1;
        if (header.number != number) revert UnexpectedBatchNumber(header.number, number);
        bytes32 previousHash = $.batchHashes[number - 1];
        if (header.previousHash != previousHash) revert UnexpectedPreviousHash(header.previousHash, previousHash);
        uint64 firstBlock = $.lastBlock + 1;
        if (header.firstBlock != firstBlock) revert UnexpectedFirstBlock(header.firstBlock, firstBlock);
        if (header.lastBlock < firstBlock) revert EmptyBlockRange(firstBlock, header.lastBlock);
        if (header.postStateRoot == 0 || header.lastBlockHash == 0) {
            revert EmptyRoots(header.postStateRoot, header.lastBlockHash);
        }
        if (data.length == 0) revert EmptyData(number);

        bytes32 dataHash = keccak256(data);
        bytes32 hash = _hashBatch(header, dataHash);
        $.lastNumber = number;
        $.lastBlock = header.lastBlock;
        $.batchHashes[number] = hash;
        emit BatchCommitted(number, hash, firstBlock, header.lastBlock, header.postStateRoot, dataHash);
    }

    /// @notice The last committed batch; number 0 while there is only the genesis block.
    function lastBatch() external view returns (LastBatch memory) {
        RollupStorage storage $ = _rollupStorage();
        return LastBatch($.lastNumber, $.lastBlock, $.batchHashes[$.lastNumber]);
    }

    function batchHash(uint64 number) external view returns (bytes32) {
        RollupStorage storage $ = _rollupStorage();
        if (number > $.lastNumber) revert UnknownBatch(number, $.lastNumber);
        return $.batchHashes[number];
    }

    /// @notice What a batch is known by. `dataHash` is keccak256 of the encoded blocks.
    function hashBatch(BatchHeader calldata header, bytes32 dataHash) external pure returns (bytes32) {
        return _hashBatch(header, dataHash);
    }

    function isSequencer(address account) external view returns (bool) {
        return _rollupStorage().sequencers[account];
    }

    function guardian() public view returns (address) {
        return _rollupStorage().guardian;
    }

    function version() external pure returns (string memory) {
        return "1.0.0";
    }

    /// @notice Stops new batches. The guardian can stop; only the owner can resume.
    function pause() external {
        if (msg.sender != guardian() && msg.sender != owner()) revert NotGuardian(msg.sender);
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function setSequencer(address account, bool allowed) external onlyOwner {
        _setSequencer(account, allowed);
    }

    function setGuardian(address account) external onlyOwner {
        _setGuardian(account);
    }

    /// @dev A rollup without an owner can neither be resumed nor repaired.
    function renounceOwnership() public view override onlyOwner {
        revert RenounceDisabled(msg.sender);
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}

    function _setSequencer(address account, bool allowed) private {
        if (account == address(0)) revert ZeroAddress();
        _rollupStorage().sequencers[account] = allowed;
        emit SequencerSet(account, allowed);
    }

    function _setGuardian(address account) private {
        if (account == address(0)) revert ZeroAddress();
        RollupStorage storage $ = _rollupStorage();
        emit GuardianSet($.guardian, account);
        $.guardian = account;
    }

    function _hashBatch(BatchHeader memory header, bytes32 dataHash) private pure returns (bytes32) {
        return keccak256(abi.encode(header, dataHash));
    }

    function _rollupStorage() private pure returns (RollupStorage storage $) {
        assembly ("memory-safe") {
            $.slot := ROLLUP_STORAGE
        }
    }
}
