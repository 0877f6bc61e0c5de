// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Accounts} from "./Accounts.sol";
import {IOptimismPortal} from "./IOptimismPortal.sol";
import {IRollup} from "./IRollup.sol";
import {L1MessageQueue} from "./L1MessageQueue.sol";
import {PauseKind, Pausing} from "./Pausing.sol";
import {ResourceMetering} from "./ResourceMetering.sol";
import {WithdrawalLimit} from "./WithdrawalLimit.sol";
import {Withdrawals} from "./Withdrawals.sol";

/// @title The door between L1 and L2
/// @notice Takes deposits and forced transactions into the queue, holds the ether, and executes withdrawals that are
/// proven against an output of the rollup once that output and the proof have aged by the challenge window.
/// @dev Speaks as the OP Stack's portal of version 2, so that its wallets work unchanged. What differs: a withdrawal
/// whose call failed can be replayed, and value leaves under a limit.
contract OptimismPortal is
    IOptimismPortal,
    Pausing,
    L1MessageQueue,
    ResourceMetering,
    WithdrawalLimit,
    ReentrancyGuardTransient
{
    struct ProvenWithdrawal {
        bytes32 outputRoot;
        uint128 timestamp;
        uint128 l2OutputIndex;
    }

    struct Config {
        address owner;
        address guardian;
        IRollup rollup;
        uint64 inclusionWindow;
        uint128 limitCapacity;
        uint64 limitPeriod;
    }

    /// @custom:storage-location erc7201:braid.storage.OptimismPortal
    struct PortalStorage {
        IRollup rollup;
        mapping(bytes32 withdrawalHash => ProvenWithdrawal) proven;
        mapping(bytes32 withdrawalHash => bool) finalized;
        mapping(bytes32 withdrawalHash => bool) failed;
    }

    /// With forced transactions this keeps to what nodes accept as one L1 transaction.
    uint256 public constant MAX_DATA_LENGTH = 120_000;
    uint64 private constant RECEIVE_GAS_LIMIT = 100_000;
    uint256 private constant DEPOSIT_VERSION = 0;
    /// What the way from the gas check into the call costs at most, with new accounts and value.
    uint256 private constant CALL_OVERHEAD = 60_000;
    address private constant NO_SENDER = address(0xdead);
    /// Senders of gas estimates use it, to learn of a call that fails for want of gas.
    address private constant ESTIMATION_ADDRESS = address(1);
    uint160 private constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.OptimismPortal")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant PORTAL_STORAGE = 0xeb1d9f344f0430ae993e6dd6f6b6d58448a5633f4bf0ec8230cfdf023df49100;

    address private transient executingFor;
    uint256 private transient executingReadyAt;

    event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData);
    event TransactionForced(uint64 indexed index, address indexed sender, bytes data);
    event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to);
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);
    event WithdrawalReplayed(bytes32 indexed withdrawalHash);

    error BadTarget(address target);
    error SmallGasLimit(uint64 given, uint64 least);
    error LargeCalldata(uint256 length, uint256 most);
    error EmptyTransaction();
    error UnexpectedOutputRoot(bytes32 given, bytes32 expected);
    error InvalidWithdrawalProof(bytes32 withdrawalHash);
    error AlreadyProven(bytes32 withdrawalHash);
    error NotProven(bytes32 withdrawalHash);
    error AlreadyFinalized(bytes32 withdrawalHash);
    error NotFailed(bytes32 withdrawalHash);
    error WithdrawalFinalizableAt(bytes32 withdrawalHash, uint256 timestamp);
    error OutputNotFinalized(uint256 l2OutputIndex);
    /// The output that the withdrawal was shown against is gone: show it against another.
    error OutputChanged(uint256 l2OutputIndex, bytes32 proven);
    error InsufficientGas(uint256 available, uint256 needed);
    error CallFailed(bytes32 withdrawalHash);

    /// @notice Ether sent by itself is a deposit to the same account.
    receive() external payable {
        depositTransaction(msg.sender, msg.value, RECEIVE_GAS_LIMIT, false, "");
    }

    function initialize(Config calldata config) external initializer {
        if (address(config.rollup) == address(0)) revert ZeroAddress();
        _initializeOwner(config.owner);
        _setGuardian(config.guardian);
        _initializeMetering();
        _setInclusionWindow(config.inclusionWindow);
        _setWithdrawalLimit(config.limitCapacity, config.limitPeriod);
        _portalStorage().rollup = config.rollup;
    }

    /// @notice Sends a transaction to L2. The ether that comes along is minted there to the sender; a contract's address
    /// is aliased. Nobody can keep it out for longer than the inclusion window.
    /// @param to Zero for a creation.
    function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes memory data)
        public
        payable
        metered(gasLimit)
        whenActive(PauseKind.DEPOSIT)
    {
        if (isCreation && to != address(0)) revert BadTarget(to);
        _checkLength(data.length);
        uint64 least = minimumGasLimit(uint64(data.length));
        if (gasLimit < least) revert SmallGasLimit(gasLimit, least);
        address from = Accounts.hasKey(msg.sender) ? msg.sender : _alias(msg.sender);
        bytes memory opaqueData = abi.encodePacked(msg.value, value, gasLimit, isCreation, data);
        emit TransactionDeposited(from, to, DEPOSIT_VERSION, opaqueData);
        _enqueue(MessageKind.DEPOSIT, from, to, keccak256(opaqueData));
    }

    /// @notice Queues a signed L2 transaction (EIP-2718) that the sequencer does not take. What is not a valid
    /// transaction when its turn comes is passed over; what it costs here is not given back.
    function forceTransaction(bytes calldata signedTransaction)
        external
        metered(minimumGasLimit(uint64(signedTransaction.length)))
        whenActive(PauseKind.DEPOSIT)
        returns (uint64 index)
    {
        if (signedTransaction.length == 0) revert EmptyTransaction();
        _checkLength(signedTransaction.length);
        index = _enqueue(MessageKind.FORCED_TRANSACTION, msg.sender, address(0), keccak256(signedTransaction));
        emit TransactionForced(index, msg.sender, signedTransaction);
    }

    /// @notice Ether for the portal itself; nothing happens on L2.
    function donateETH() external payable {}

    /// @notice Shows that a withdrawal was sent on L2. Starts its own waiting time; it can be shown again only when the
    /// output that it was shown against was taken back or has changed.
    function proveWithdrawalTransaction(
        Withdrawals.Transaction memory withdrawal,
        uint256 l2OutputIndex,
        Withdrawals.OutputRootProof calldata outputRootProof,
        bytes[] calldata withdrawalProof
    ) external whenActive(PauseKind.PROVE_WITHDRAWAL) {
        // Nothing may be called in the portal's own name.
        if (withdrawal.target == address(this)) revert BadTarget(withdrawal.target);
        PortalStorage storage $ = _portalStorage();
        bytes32 outputRoot = $.rollup.getL2Output(l2OutputIndex).outputRoot;
        bytes32 given = Withdrawals.hashOutput(outputRootProof);
        if (given != outputRoot) revert UnexpectedOutputRoot(given, outputRoot);
        bytes32 withdrawalHash = Withdrawals.hash(withdrawal);
        ProvenWithdrawal storage proven = $.proven[withdrawalHash];
        if (proven.timestamp != 0 && _outputStands($.rollup, proven)) revert AlreadyProven(withdrawalHash);
        if (!Withdrawals.isSent(withdrawalHash, outputRootProof.messagePasserStorageRoot, withdrawalProof)) {
            revert InvalidWithdrawalProof(withdrawalHash);
        }
        $.proven[withdrawalHash] = ProvenWithdrawal(outputRoot, uint128(block.timestamp), uint128(l2OutputIndex));
        emit WithdrawalProven(withdrawalHash, withdrawal.sender, withdrawal.target);
    }

    /// @notice Executes a proven withdrawal, once. If its call fails, `replayWithdrawal` can try again.
    function finalizeWithdrawalTransaction(Withdrawals.Transaction memory withdrawal)
        external
        nonReentrant
        whenActive(PauseKind.WITHDRAW)
    {
        PortalStorage storage $ = _portalStorage();
        bytes32 withdrawalHash = Withdrawals.hash(withdrawal);
        if ($.finalized[withdrawalHash]) revert AlreadyFinalized(withdrawalHash);
        uint256 readyAt = _checkProven(withdrawalHash);
        _consumeWithdrawalLimit(withdrawal.value, readyAt);
        $.finalized[withdrawalHash] = true;
        bool success = _execute(withdrawal, readyAt);
        if (!success) {
            if (tx.origin == ESTIMATION_ADDRESS) revert CallFailed(withdrawalHash);
            $.failed[withdrawalHash] = true;
            _restoreWithdrawalLimit(withdrawal.value);
        }
        emit WithdrawalFinalized(withdrawalHash, success);
    }

    /// @notice Executes a withdrawal whose call failed. Reverts when it fails again, so it stays there to be replayed.
    function replayWithdrawal(Withdrawals.Transaction memory withdrawal)
        external
        nonReentrant
        whenActive(PauseKind.WITHDRAW)
    {
        PortalStorage storage $ = _portalStorage();
        bytes32 withdrawalHash = Withdrawals.hash(withdrawal);
        if (!$.failed[withdrawalHash]) revert NotFailed(withdrawalHash);
        uint256 readyAt = _checkProven(withdrawalHash);
        _consumeWithdrawalLimit(withdrawal.value, readyAt);
        $.failed[withdrawalHash] = false;
        if (!_execute(withdrawal, readyAt)) revert CallFailed(withdrawalHash);
        emit WithdrawalReplayed(withdrawalHash);
    }

    function provenWithdrawals(bytes32 withdrawalHash)
        external
        view
        returns (bytes32 outputRoot, uint128 timestamp, uint128 l2OutputIndex)
    {
        ProvenWithdrawal storage proven = _portalStorage().proven[withdrawalHash];
        return (proven.outputRoot, proven.timestamp, proven.l2OutputIndex);
    }

    function finalizedWithdrawals(bytes32 withdrawalHash) external view returns (bool) {
        return _portalStorage().finalized[withdrawalHash];
    }

    /// @notice Finalized, but its call failed and waits for a replay.
    function failedWithdrawals(bytes32 withdrawalHash) external view returns (bool) {
        return _portalStorage().failed[withdrawalHash];
    }

    function isOutputFinalized(uint256 l2OutputIndex) external view returns (bool) {
        return _portalStorage().rollup.isOutputFinalized(l2OutputIndex);
    }

    /// @inheritdoc IOptimismPortal
    function l2Sender() external view returns (address) {
        return executingFor == address(0) ? NO_SENDER : executingFor;
    }

    /// @inheritdoc IOptimismPortal
    function l2MessageReadyAt() external view returns (uint256) {
        return executingReadyAt;
    }

    function l2Oracle() external view returns (IRollup) {
        return _portalStorage().rollup;
    }

    /// @notice Whether withdrawals are paused; `isPaused` tells of the other kinds.
    function paused() external view returns (bool) {
        return isPaused(PauseKind.WITHDRAW);
    }

    function version() external pure returns (string memory) {
        return "2.8.1";
    }

    /// @inheritdoc IOptimismPortal
    /// @dev EIP-7623: no byte costs more than 40 gas.
    function minimumGasLimit(uint64 byteCount) public pure returns (uint64) {
        return byteCount * 40 + 21_000;
    }

    function setInclusionWindow(uint64 blocks) external onlyOwner {
        _setInclusionWindow(blocks);
    }

    /// @notice Period 0 ends the limit.
    function setWithdrawalLimit(uint128 capacity, uint64 period) external onlyOwner {
        _setWithdrawalLimit(capacity, period);
    }

    /// @dev When the withdrawal could first be finalized, the limit apart.
    function _checkProven(bytes32 withdrawalHash) private view returns (uint256 readyAt) {
        PortalStorage storage $ = _portalStorage();
        ProvenWithdrawal storage proven = $.proven[withdrawalHash];
        if (proven.timestamp == 0) revert NotProven(withdrawalHash);
        readyAt = proven.timestamp + $.rollup.finalizationPeriodSeconds();
        if (block.timestamp < readyAt) revert WithdrawalFinalizableAt(withdrawalHash, readyAt);
        if (!_outputStands($.rollup, proven)) revert OutputChanged(proven.l2OutputIndex, proven.outputRoot);
        if (!$.rollup.isOutputFinalized(proven.l2OutputIndex)) revert OutputNotFinalized(proven.l2OutputIndex);
    }

    /// @dev Whether the output that the withdrawal was shown against is still there.
    function _outputStands(IRollup rollup, ProvenWithdrawal storage proven) private view returns (bool) {
        uint256 index = proven.l2OutputIndex;
        return index < rollup.nextOutputIndex() && rollup.getL2Output(index).outputRoot == proven.outputRoot;
    }

    /// @dev The call has at least the gas that the withdrawal asks for, or all is reverted: else whoever finalizes it
    /// could make it fail. What it returns is not copied.
    function _execute(Withdrawals.Transaction memory withdrawal, uint256 readyAt) private returns (bool success) {
        if (withdrawal.gasLimit > type(uint64).max) revert InsufficientGas(gasleft(), withdrawal.gasLimit);
        // The call gets 63/64 of what is left (EIP-150).
        uint256 needed = (withdrawal.gasLimit * 64) / 63 + 1 + CALL_OVERHEAD;
        if (gasleft() < needed) revert InsufficientGas(gasleft(), needed);
        executingFor = withdrawal.sender;
        executingReadyAt = readyAt;
        success = LowLevelCall.callNoReturn(withdrawal.target, withdrawal.value, withdrawal.data);
        executingFor = address(0);
        executingReadyAt = 0;
    }

    function _alias(address sender) private pure returns (address) {
        unchecked {
            return address(uint160(sender) + ALIAS_OFFSET);
        }
    }

    function _checkLength(uint256 length) private pure {
        if (length > MAX_DATA_LENGTH) revert LargeCalldata(length, MAX_DATA_LENGTH);
    }

    function _usesPause(PauseKind kind) internal pure override returns (bool) {
        return kind == PauseKind.DEPOSIT || kind == PauseKind.PROVE_WITHDRAWAL || kind == PauseKind.WITHDRAW;
    }

    function _portalStorage() private pure returns (PortalStorage storage $) {
        assembly ("memory-safe") {
            $.slot := PORTAL_STORAGE
        }
    }
}
