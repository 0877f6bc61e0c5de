// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {L2ToL1MessagePasser} from "./L2ToL1MessagePasser.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title The fees of all blocks
/// @notice Anyone may send them to the recipient once they exceed the minimum; nobody can send them elsewhere.
/// @dev Configured in genesis by storage. The constructor shows what that storage must be.
contract SequencerFeeVault {
    enum WithdrawalNetwork {
        L1,
        L2
    }

    uint256 public totalProcessed;
    address public recipient;
    WithdrawalNetwork public withdrawalNetwork;
    uint256 public minWithdrawalAmount;

    string public constant version = "1.5.0";

    uint256 private constant WITHDRAWAL_MIN_GAS = 400_000;

    event Withdrawal(uint256 value, address to, address from);
    event Withdrawal(uint256 value, address to, address from, WithdrawalNetwork withdrawalNetwork);

    error ZeroRecipient();
    error BelowMinimum(uint256 balance, uint256 minimum);
    error SendFailed(address recipient, uint256 value);

    constructor(address recipient_, uint256 minWithdrawalAmount_, WithdrawalNetwork withdrawalNetwork_) {
        if (recipient_ == address(0)) revert ZeroRecipient();
        recipient = recipient_;
        minWithdrawalAmount = minWithdrawalAmount_;
        withdrawalNetwork = withdrawalNetwork_;
    }

    receive() external payable {}

    /// @notice Sends the whole balance to the recipient.
    function withdraw() external returns (uint256 value) {
        value = address(this).balance;
        if (value < minWithdrawalAmount) revert BelowMinimum(value, minWithdrawalAmount);
        totalProcessed += value;
        address to = recipient;
        WithdrawalNetwork network = withdrawalNetwork;
        emit Withdrawal(value, to, msg.sender);
        emit Withdrawal(value, to, msg.sender, network);

        if (network == WithdrawalNetwork.L1) {
            L2ToL1MessagePasser(payable(Predeploys.L2_TO_L1_MESSAGE_PASSER)).initiateWithdrawal{value: value}(
                to, WITHDRAWAL_MIN_GAS, ""
            );
        } else {
            (bool sent,) = to.call{value: value}("");
            if (!sent) revert SendFailed(to, value);
        }
    }

    function RECIPIENT() external view returns (address) {
        return recipient;
    }

    function l1FeeWallet() external view returns (address) {
        return recipient;
    }

    function MIN_WITHDRAWAL_AMOUNT() external view returns (uint256) {
        return minWithdrawalAmount;
    }

    function WITHDRAWAL_NETWORK() external view returns (WithdrawalNetwork) {
        return withdrawalNetwork;
    }
}
