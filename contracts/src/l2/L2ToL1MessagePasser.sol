// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Messages from L2 to L1
/// @notice Each message leaves its hash in `sentMessages`. A batch commits to this contract's storage root, against
/// which the portal on L1 checks a withdrawal.
/// @dev `sentMessages` must stay in slot 0: the portal and every wallet derive the slot of a proof from that.
contract L2ToL1MessagePasser {
    mapping(bytes32 withdrawalHash => bool) public sentMessages;
    uint240 private _messageCount;

    /// In the two highest bytes of every nonce.
    uint16 public constant MESSAGE_VERSION = 1;
    string public constant version = "1.1.1";

    uint256 private constant RECEIVE_DEFAULT_GAS_LIMIT = 100_000;

    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );
    event WithdrawerBalanceBurnt(uint256 indexed amount);

    error BurnFailed(uint256 amount);

    /// @notice Ether sent here is withdrawn to the sender's address on L1.
    receive() external payable {
        initiateWithdrawal(msg.sender, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    /// @notice Sends a message, with the ether of this call, to `target` on L1.
    /// @param gasLimit Gas that the call on L1 gets at least.
    function initiateWithdrawal(address target, uint256 gasLimit, bytes memory data) public payable {
        uint256 nonce = messageNonce();
        bytes32 withdrawalHash = keccak256(abi.encode(nonce, msg.sender, target, msg.value, gasLimit, data));
        sentMessages[withdrawalHash] = true;
        _messageCount += 1;
        emit MessagePassed(nonce, msg.sender, target, msg.value, gasLimit, data, withdrawalHash);
    }

    /// @notice The nonce of the next message.
    function messageNonce() public view returns (uint256) {
        return (uint256(MESSAGE_VERSION) << 240) | _messageCount;
    }

    /// @notice Takes the ether of all withdrawals out of the L2 supply: it is owed on L1. Anyone may call.
    function burn() external {
        uint256 amount = address(this).balance;
        address burner;
        assembly ("memory-safe") {
            // Creation code ADDRESS SELFDESTRUCT: destroyed in the transaction that created it, so that the ether
            // goes with it (EIP-6780).
            mstore(0x00, shl(240, 0x30ff))
            burner := create(amount, 0x00, 2)
        }
        if (burner == address(0)) revert BurnFailed(amount);
        emit WithdrawerBalanceBurnt(amount);
    }
}
