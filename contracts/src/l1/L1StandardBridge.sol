// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IOptimismMintableERC20} from "../l2/IMintableERC20.sol";
import {Accounts} from "./Accounts.sol";
import {Governed} from "./Governed.sol";
import {IOptimismPortal} from "./IOptimismPortal.sol";
import {IStandardBridge} from "./IStandardBridge.sol";
import {TokenLimits} from "./TokenLimits.sol";

/// @title The L1 side of the bridge for ether and ERC-20 tokens
/// @notice A deposit locks tokens here and tells the bridge on L2, through the portal, to mint as many; a withdrawal
/// comes back the same way. A token of L2 is locked there and minted here, if it is a mintable one. Functions and events
/// are those of the OP Stack's bridge.
/// @dev No messenger between the two: on L2 the sender is this contract's aliased address, on L1 the portal names the
/// L2 bridge as sender. Pauses are the portal's. A withdrawal that fails here can be replayed in the portal, one
/// that a limit holds back as well.
contract L1StandardBridge is IStandardBridge, Governed, TokenLimits, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @custom:storage-location erc7201:braid.storage.L1StandardBridge
    struct BridgeStorage {
        IOptimismPortal portal;
        mapping(address l1Token => mapping(address l2Token => uint256)) deposits;
    }

    address public constant OTHER_BRIDGE = 0x4200000000000000000000000000000000000010;
    /// L2 gas of the bridge's own work there, a return of the deposit included, beside what the user asks for.
    uint64 public constant FINALIZE_GAS = 300_000;
    uint32 private constant RECEIVE_GAS_LIMIT = 200_000;

    /// keccak256(abi.encode(uint256(keccak256("braid.storage.L1StandardBridge")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant BRIDGE_STORAGE = 0x85ff5d30246946fb6c4f05c129ec9571594f332c26c1ea481c1a90f703d7ee00;

    event ETHDepositInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ETHWithdrawalFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ERC20DepositInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event ERC20WithdrawalFinalized(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    error NotAccount(address caller);
    error NotOtherBridge(address caller, address l2Sender);
    error BadRecipient(address to);
    error BadToken(address token);
    error UnexpectedRemoteToken(address localToken, address given, address expected);
    error UnexpectedValue(uint256 given, uint256 expected);
    error UnexpectedTokenAmount(address token, uint256 received, uint256 expected);
    error InsufficientDeposits(address l1Token, address l2Token, uint256 deposited, uint256 amount);
    error TransferFailed(address to, uint256 amount);

    /// @dev A contract that calls for itself would get the tokens at an address on L2 that it may not control.
    modifier onlyAccount() {
        if (!Accounts.hasKey(msg.sender)) revert NotAccount(msg.sender);
        _;
    }

    modifier onlyOtherBridge() {
        IOptimismPortal portal_ = _bridgeStorage().portal;
        if (msg.sender != address(portal_) || portal_.l2Sender() != OTHER_BRIDGE) {
            revert NotOtherBridge(msg.sender, portal_.l2Sender());
        }
        _;
    }

    receive() external payable onlyAccount {
        _depositETH(msg.sender, RECEIVE_GAS_LIMIT, "");
    }

    function initialize(address owner_, IOptimismPortal portal_) external initializer {
        if (address(portal_) == address(0)) revert ZeroAddress();
        _initializeOwner(owner_);
        _bridgeStorage().portal = portal_;
    }

    function depositETH(uint32 minGasLimit, bytes calldata extraData) external payable onlyAccount {
        _depositETH(msg.sender, minGasLimit, extraData);
    }

    function depositETHTo(address to, uint32 minGasLimit, bytes calldata extraData) external payable {
        _depositETH(to, minGasLimit, extraData);
    }

    function bridgeETH(uint32 minGasLimit, bytes calldata extraData) external payable onlyAccount {
        _depositETH(msg.sender, minGasLimit, extraData);
    }

    function bridgeETHTo(address to, uint32 minGasLimit, bytes calldata extraData) external payable {
        _depositETH(to, minGasLimit, extraData);
    }

    function depositERC20(
        address l1Token,
        address l2Token,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external onlyAccount {
        _depositERC20(l1Token, l2Token, msg.sender, amount, minGasLimit, extraData);
    }

    function depositERC20To(
        address l1Token,
        address l2Token,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external {
        _depositERC20(l1Token, l2Token, to, amount, minGasLimit, extraData);
    }

    function bridgeERC20(
        address localToken,
        address remoteToken,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external onlyAccount {
        _depositERC20(localToken, remoteToken, msg.sender, amount, minGasLimit, extraData);
    }

    function bridgeERC20To(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external {
        _depositERC20(localToken, remoteToken, to, amount, minGasLimit, extraData);
    }

    /// @inheritdoc IStandardBridge
    function finalizeBridgeETH(address from, address to, uint256 amount, bytes calldata extraData)
        external
        payable
        onlyOtherBridge
    {
        if (msg.value != amount) revert UnexpectedValue(msg.value, amount);
        if (to == address(this) || to == address(_bridgeStorage().portal)) revert BadRecipient(to);
        emit ETHWithdrawalFinalized(from, to, amount, extraData);
        emit ETHBridgeFinalized(from, to, amount, extraData);
        if (!LowLevelCall.callNoReturn(to, amount, "")) revert TransferFailed(to, amount);
    }

    /// @inheritdoc IStandardBridge
    function finalizeBridgeERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes calldata extraData
    ) external onlyOtherBridge nonReentrant {
        BridgeStorage storage $ = _bridgeStorage();
        if (to == address(this)) revert BadRecipient(to);
        if (_isLimited(localToken)) _consumeTokenLimit(localToken, amount, $.portal.l2MessageReadyAt());
        emit ERC20WithdrawalFinalized(localToken, remoteToken, from, to, amount, extraData);
        emit ERC20BridgeFinalized(localToken, remoteToken, from, to, amount, extraData);
        if (_isMintable(localToken)) {
            _checkPair(localToken, remoteToken);
            IOptimismMintableERC20(localToken).mint(to, amount);
            return;
        }
        uint256 deposited = $.deposits[localToken][remoteToken];
        if (deposited < amount) revert InsufficientDeposits(localToken, remoteToken, deposited, amount);
        $.deposits[localToken][remoteToken] = deposited - amount;
        IERC20(localToken).safeTransfer(to, amount);
    }

    /// @notice Units of the token that may leave in a time, in seconds. Period 0 ends the limit.
    function setTokenWithdrawalLimit(address l1Token, uint128 capacity, uint64 period) external onlyOwner {
        _setTokenLimit(l1Token, capacity, period);
    }

    /// @notice Tokens of L1 locked for a token of L2.
    function deposits(address l1Token, address l2Token) external view returns (uint256) {
        return _bridgeStorage().deposits[l1Token][l2Token];
    }

    function portal() external view returns (IOptimismPortal) {
        return _bridgeStorage().portal;
    }

    function otherBridge() external pure returns (address) {
        return OTHER_BRIDGE;
    }

    function l2TokenBridge() external pure returns (address) {
        return OTHER_BRIDGE;
    }

    function version() external pure returns (string memory) {
        return "2.0.0";
    }

    function _depositETH(address to, uint32 minGasLimit, bytes memory extraData) private {
        if (to == address(0)) revert BadRecipient(to);
        emit ETHDepositInitiated(msg.sender, to, msg.value, extraData);
        emit ETHBridgeInitiated(msg.sender, to, msg.value, extraData);
        _send(abi.encodeCall(IStandardBridge.finalizeBridgeETH, (msg.sender, to, msg.value, extraData)), minGasLimit);
    }

    function _depositERC20(
        address l1Token,
        address l2Token,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes memory extraData
    ) private nonReentrant {
        if (to == address(0)) revert BadRecipient(to);
        if (l1Token.code.length == 0) revert BadToken(l1Token);
        if (l2Token == address(0)) revert BadToken(l2Token);
        _takeTokens(l1Token, l2Token, amount);
        emit ERC20DepositInitiated(l1Token, l2Token, msg.sender, to, amount, extraData);
        emit ERC20BridgeInitiated(l1Token, l2Token, msg.sender, to, amount, extraData);
        _send(
            abi.encodeCall(
                IStandardBridge.finalizeBridgeERC20, (l2Token, l1Token, msg.sender, to, amount, extraData)
            ),
            minGasLimit
        );
    }

    /// @dev A token that takes a fee from a transfer would leave more minted on L2 than is locked here: refused.
    function _takeTokens(address l1Token, address l2Token, uint256 amount) private {
        if (_isMintable(l1Token)) {
            _checkPair(l1Token, l2Token);
            IOptimismMintableERC20(l1Token).burn(msg.sender, amount);
            return;
        }
        uint256 before = IERC20(l1Token).balanceOf(address(this));
        IERC20(l1Token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(l1Token).balanceOf(address(this)) - before;
        if (received != amount) revert UnexpectedTokenAmount(l1Token, received, amount);
        _bridgeStorage().deposits[l1Token][l2Token] += amount;
    }

    function _isMintable(address token) private view returns (bool) {
        return ERC165Checker.supportsInterface(token, type(IOptimismMintableERC20).interfaceId);
    }

    function _checkPair(address l1Token, address l2Token) private view {
        address remote = IOptimismMintableERC20(l1Token).remoteToken();
        if (remote != l2Token) revert UnexpectedRemoteToken(l1Token, l2Token, remote);
    }

    function _send(bytes memory message, uint32 minGasLimit) private {
        IOptimismPortal portal_ = _bridgeStorage().portal;
        uint64 gasLimit = portal_.minimumGasLimit(uint64(message.length)) + FINALIZE_GAS + minGasLimit;
        portal_.depositTransaction{value: msg.value}(OTHER_BRIDGE, msg.value, gasLimit, false, message);
    }

    function _bridgeStorage() private pure returns (BridgeStorage storage $) {
        assembly ("memory-safe") {
            $.slot := BRIDGE_STORAGE
        }
    }
}
