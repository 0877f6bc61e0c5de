// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {ILegacyMintableERC20, IOptimismMintableERC20} from "./IMintableERC20.sol";
import {L2ToL1MessagePasser} from "./L2ToL1MessagePasser.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title The L2 side of the bridge for ether and ERC-20 tokens
/// @notice Tokens of L1 are minted and burnt here; tokens of L2 are held here while they are away. Functions and events
/// are the OP Stack's; there is no messenger between the two bridges: the other one speaks through deposits.
/// A deposit that cannot be paid out goes back to its sender on L1 instead of being lost.
/// @dev Configured in genesis by storage. The constructor shows what that storage must be. Tokens that take a fee on
/// transfer, or whose balances change by themselves, are refused or not supported.
contract L2StandardBridge is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// Held here, by token of L2 and its counterpart on L1.
    mapping(address localToken => mapping(address remoteToken => uint256)) public deposits;
    /// The bridge on L1.
    address public otherBridge;

    string public constant version = "1.12.0";

    /// Added by the portal to the address of a contract that deposits (OP Stack, address aliasing).
    uint160 private constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);
    uint256 private constant RECEIVE_DEFAULT_GAS_LIMIT = 200_000;
    /// What the bridge on L1 needs besides the gas that the user asks for.
    uint256 private constant RELAY_GAS = 200_000;
    uint256 private constant RELAY_GAS_PER_BYTE = 40;
    /// Kept back from a recipient or a token, so that a failed payment can still be returned.
    uint256 private constant RETURN_GAS = 120_000;
    /// Kept back besides, for the extra data in the events of a payment.
    uint256 private constant RETURN_GAS_PER_BYTE = 20;
    /// What a payment gets at least.
    uint256 private constant PAYMENT_GAS = 120_000;

    event ETHBridgeInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ETHBridgeFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ERC20BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event ERC20BridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event WithdrawalInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event DepositFinalized(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    /// The deposit could not be paid out to `to`: it is on its way back to `from` on L1.
    event DepositReturned(
        address indexed l1Token, address indexed l2Token, address indexed from, address to, uint256 amount
    );

    error ZeroBridge();
    error NotOtherBridge(address account);
    error NotSelf(address account);
    error NotEoa(address account);
    error ZeroAmount();
    error BadRecipient(address to);
    error UnexpectedValue(uint256 given, uint256 expected);
    error WrongRemoteToken(address localToken, address remoteToken);
    error UnsupportedToken(address token, uint256 sent, uint256 received);
    error InsufficientDeposits(address localToken, address remoteToken, uint256 held, uint256 amount);
    error NotEnoughGas(uint256 available, uint256 required);

    modifier onlyOtherBridge() {
        unchecked {
            if (uint160(msg.sender) != uint160(otherBridge) + ALIAS_OFFSET) revert NotOtherBridge(msg.sender);
        }
        _;
    }

    /// @dev Wallets that are contracts would be paid at an address on L1 that may not be theirs. They name a recipient.
    modifier onlyEOA() {
        if (!_isEoa(msg.sender)) revert NotEoa(msg.sender);
        _;
    }

    constructor(address otherBridge_) {
        if (otherBridge_ == address(0)) revert ZeroBridge();
        otherBridge = otherBridge_;
    }

    /// @notice Ether sent here is withdrawn to the sender's address on L1.
    receive() external payable onlyEOA nonReentrant {
        _bridgeETH(msg.sender, msg.value, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    function bridgeETH(uint32 minGasLimit, bytes calldata extraData) external payable onlyEOA nonReentrant {
        _bridgeETH(msg.sender, msg.value, minGasLimit, extraData);
    }

    function bridgeETHTo(address to, uint32 minGasLimit, bytes calldata extraData) external payable nonReentrant {
        _bridgeETH(to, msg.value, minGasLimit, extraData);
    }

    function bridgeERC20(
        address localToken,
        address remoteToken,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external onlyEOA nonReentrant {
        _bridgeERC20(localToken, remoteToken, msg.sender, amount, minGasLimit, extraData);
    }

    function bridgeERC20To(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external nonReentrant {
        _bridgeERC20(localToken, remoteToken, to, amount, minGasLimit, extraData);
    }

    /// @notice Withdraws ether (0xDeadDeAd…0000 as token) or a token of L1.
    function withdraw(address l2Token, uint256 amount, uint32 minGasLimit, bytes calldata extraData)
        external
        payable
        onlyEOA
        nonReentrant
    {
        _withdraw(l2Token, msg.sender, amount, minGasLimit, extraData);
    }

    /// @notice As `withdraw`, to another account on L1.
    function withdrawTo(address l2Token, address to, uint256 amount, uint32 minGasLimit, bytes calldata extraData)
        external
        payable
        nonReentrant
    {
        _withdraw(l2Token, to, amount, minGasLimit, extraData);
    }

    /// @notice Pays a deposit of ether out. Only the bridge on L1.
    function finalizeBridgeETH(address from, address to, uint256 amount, bytes calldata extraData)
        external
        payable
        onlyOtherBridge
        nonReentrant
    {
        if (msg.value != amount) revert UnexpectedValue(msg.value, amount);
        uint256 kept = _keptGas(extraData);
        bool paid;
        // The message passer would take the payment for a withdrawal of this bridge's own.
        if (to != Predeploys.L2_TO_L1_MESSAGE_PASSER) {
            assembly ("memory-safe") {
                // No return data is copied: a recipient cannot use up the gas that is kept back.
                paid := call(sub(gas(), kept), to, amount, 0, 0, 0, 0)
            }
        }
        if (paid) {
            emit DepositFinalized(address(0), Predeploys.LEGACY_ERC20_ETH, from, to, amount, extraData);
            emit ETHBridgeFinalized(from, to, amount, extraData);
        } else {
            emit DepositReturned(address(0), Predeploys.LEGACY_ERC20_ETH, from, to, amount);
            _send(amount, RELAY_GAS, abi.encodeCall(this.finalizeBridgeETH, (to, from, amount, "")));
        }
    }

    /// @notice Pays a deposit of a token out. Only the bridge on L1.
    function finalizeBridgeERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes calldata extraData
    ) external onlyOtherBridge nonReentrant {
        uint256 kept = _keptGas(extraData);
        try this.payOutERC20{gas: gasleft() - kept}(localToken, remoteToken, to, amount) {
            emit DepositFinalized(remoteToken, localToken, from, to, amount, extraData);
            emit ERC20BridgeFinalized(localToken, remoteToken, from, to, amount, extraData);
        } catch {
            emit DepositReturned(remoteToken, localToken, from, to, amount);
            bytes memory message =
                abi.encodeCall(this.finalizeBridgeERC20, (remoteToken, localToken, to, from, amount, ""));
            _send(0, RELAY_GAS, message);
        }
    }

    /// @notice Mints or hands out what a deposit brought. Only this contract calls it, to undo all of it when any of it
    /// fails, whatever the token does.
    function payOutERC20(address localToken, address remoteToken, address to, uint256 amount) external {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
        if (_isMintable(localToken)) {
            _checkPair(localToken, remoteToken);
            IOptimismMintableERC20(localToken).mint(to, amount);
        } else {
            uint256 held = deposits[localToken][remoteToken];
            if (held < amount) revert InsufficientDeposits(localToken, remoteToken, held, amount);
            deposits[localToken][remoteToken] = held - amount;
            IERC20(localToken).safeTransfer(to, amount);
        }
    }

    function OTHER_BRIDGE() external view returns (address) {
        return otherBridge;
    }

    function l1TokenBridge() external view returns (address) {
        return otherBridge;
    }

    function paused() external pure returns (bool) {
        return false;
    }

    function _withdraw(address l2Token, address to, uint256 amount, uint256 minGasLimit, bytes calldata extraData)
        private
    {
        if (l2Token == Predeploys.LEGACY_ERC20_ETH) {
            _bridgeETH(to, amount, minGasLimit, extraData);
        } else {
            if (msg.value != 0) revert UnexpectedValue(msg.value, 0);
            _bridgeERC20(l2Token, ILegacyMintableERC20(l2Token).l1Token(), to, amount, minGasLimit, extraData);
        }
    }

    function _bridgeETH(address to, uint256 amount, uint256 minGasLimit, bytes memory extraData) private {
        if (msg.value == 0) revert ZeroAmount();
        if (msg.value != amount) revert UnexpectedValue(msg.value, amount);
        _checkRecipient(to);
        emit WithdrawalInitiated(address(0), Predeploys.LEGACY_ERC20_ETH, msg.sender, to, amount, extraData);
        emit ETHBridgeInitiated(msg.sender, to, amount, extraData);
        bytes memory message = abi.encodeCall(this.finalizeBridgeETH, (msg.sender, to, amount, extraData));
        _send(amount, _relayGas(minGasLimit, extraData), message);
    }

    function _bridgeERC20(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint256 minGasLimit,
        bytes calldata extraData
    ) private {
        _checkRecipient(to);
        if (_isMintable(localToken)) {
            _checkPair(localToken, remoteToken);
            IOptimismMintableERC20(localToken).burn(msg.sender, amount);
        } else {
            uint256 before = IERC20(localToken).balanceOf(address(this));
            IERC20(localToken).safeTransferFrom(msg.sender, address(this), amount);
            uint256 received = IERC20(localToken).balanceOf(address(this)) - before;
            if (received != amount) revert UnsupportedToken(localToken, amount, received);
            deposits[localToken][remoteToken] += amount;
        }
        emit WithdrawalInitiated(remoteToken, localToken, msg.sender, to, amount, extraData);
        emit ERC20BridgeInitiated(localToken, remoteToken, msg.sender, to, amount, extraData);
        bytes memory message =
            abi.encodeCall(this.finalizeBridgeERC20, (remoteToken, localToken, msg.sender, to, amount, extraData));
        _send(0, _relayGas(minGasLimit, extraData), message);
    }

    function _send(uint256 value, uint256 gasLimit, bytes memory message) private {
        L2ToL1MessagePasser(payable(Predeploys.L2_TO_L1_MESSAGE_PASSER)).initiateWithdrawal{value: value}(
            otherBridge, gasLimit, message
        );
    }

    /// @dev A deposit from L1 always brings more than that: a bound for other ways in, and for the subtraction.
    function _keptGas(bytes calldata extraData) private view returns (uint256 kept) {
        kept = RETURN_GAS + extraData.length * RETURN_GAS_PER_BYTE;
        if (gasleft() < kept + PAYMENT_GAS) revert NotEnoughGas(gasleft(), kept + PAYMENT_GAS);
    }

    /// @dev The bridge on L1 can pay neither, and there is nobody there to send it back.
    function _checkRecipient(address to) private view {
        if (to == address(0) || to == otherBridge) revert BadRecipient(to);
    }

    function _relayGas(uint256 minGasLimit, bytes memory extraData) private pure returns (uint256) {
        return minGasLimit + RELAY_GAS + extraData.length * RELAY_GAS_PER_BYTE;
    }

    function _isMintable(address token) private view returns (bool) {
        return ERC165Checker.supportsInterface(token, type(ILegacyMintableERC20).interfaceId)
            || ERC165Checker.supportsInterface(token, type(IOptimismMintableERC20).interfaceId);
    }

    function _checkPair(address localToken, address remoteToken) private view {
        address remote = ERC165Checker.supportsInterface(localToken, type(ILegacyMintableERC20).interfaceId)
            ? ILegacyMintableERC20(localToken).l1Token()
            : IOptimismMintableERC20(localToken).remoteToken();
        if (remote != remoteToken) revert WrongRemoteToken(localToken, remoteToken);
    }

    /// @dev An account without code, or one that delegates to code (EIP-7702): its key is the same on L1.
    function _isEoa(address account) private view returns (bool) {
        uint256 size = account.code.length;
        if (size == 0) return true;
        return size == 23 && bytes3(account.code) == 0xef0100;
    }
}
