// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governed} from "./Governed.sol";

enum PauseKind {
    COMMIT,
    PROVE,
    FINALIZE,
    DEPOSIT,
    PROVE_WITHDRAWAL,
    WITHDRAW
}

/// @title Pauses by kind that end by themselves
/// @notice The guardian stops one kind of action for at most `MAX_PAUSE`, and the same kind again only after
/// `PAUSE_COOLDOWN` has passed since that pause ended. So a guardian alone can delay funds, never hold them. The owner
/// may pause again at once, and end a pause.
abstract contract Pausing is Governed {
    struct Pause {
        uint64 until;
        /// From then on the guardian may pause this kind again.
        uint64 guardianFrom;
    }

    /// @custom:storage-location erc7201:braid.storage.Pausing
    struct PausingStorage {
        address guardian;
        mapping(PauseKind kind => Pause) pauses;
    }

    uint64 public constant MAX_PAUSE = 7 days;
    uint64 public constant PAUSE_COOLDOWN = 3 days;

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.Pausing")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant PAUSING_STORAGE = 0xe5747134a969e916f2c2a3b0a2ca1614a19f62b3913163d3493e5f29cd8b0700;

    event GuardianSet(address indexed previousGuardian, address indexed guardian);
    event Paused(PauseKind indexed kind, uint64 until, address by);
    event Unpaused(PauseKind indexed kind);

    error NotGuardian(address account);
    error PauseKindUnused(PauseKind kind);
    error BadPauseDuration(uint64 duration, uint64 longest);
    error PauseCoolingDown(PauseKind kind, uint64 guardianFrom);
    error PausedUntil(PauseKind kind, uint64 until);

    modifier whenActive(PauseKind kind) {
        _requireActive(kind);
        _;
    }

    function pause(PauseKind kind, uint64 duration) external {
        bool byOwner = msg.sender == owner();
        if (!byOwner && msg.sender != guardian()) revert NotGuardian(msg.sender);
        if (!_usesPause(kind)) revert PauseKindUnused(kind);
        if (duration == 0 || duration > MAX_PAUSE) revert BadPauseDuration(duration, MAX_PAUSE);
        Pause storage entry = _pausingStorage().pauses[kind];
        uint64 until = uint64(block.timestamp) + duration;
        if (!byOwner) {
            if (block.timestamp < entry.guardianFrom) revert PauseCoolingDown(kind, entry.guardianFrom);
            entry.guardianFrom = until + PAUSE_COOLDOWN;
            if (until < entry.until) until = entry.until;
        }
        entry.until = until;
        emit Paused(kind, until, msg.sender);
    }

    function unpause(PauseKind kind) external onlyOwner {
        delete _pausingStorage().pauses[kind];
        emit Unpaused(kind);
    }

    function setGuardian(address account) external onlyOwner {
        _setGuardian(account);
    }

    function guardian() public view returns (address) {
        return _pausingStorage().guardian;
    }

    /// @notice When the pause of that kind ends or ended; 0 if it never was.
    function pausedUntil(PauseKind kind) public view returns (uint64) {
        return _pausingStorage().pauses[kind].until;
    }

    function isPaused(PauseKind kind) public view returns (bool) {
        return block.timestamp < pausedUntil(kind);
    }

    function _setGuardian(address account) internal {
        if (account == address(0)) revert ZeroAddress();
        PausingStorage storage $ = _pausingStorage();
        emit GuardianSet($.guardian, account);
        $.guardian = account;
    }

    /// @dev Which kinds stop something in this contract.
    function _usesPause(PauseKind kind) internal pure virtual returns (bool);

    function _requireActive(PauseKind kind) internal view {
        if (isPaused(kind)) revert PausedUntil(kind, pausedUntil(kind));
    }

    function _pausingStorage() private pure returns (PausingStorage storage $) {
        assembly ("memory-safe") {
            $.slot := PAUSING_STORAGE
        }
    }
}
