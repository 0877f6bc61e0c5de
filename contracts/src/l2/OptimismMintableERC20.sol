// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ILegacyMintableERC20, IOptimismMintableERC20} from "./IMintableERC20.sol";

/// @title A token of L1 on L2
/// @notice Each unit stands for one that the bridge holds on L1. Only the bridge makes and destroys units.
contract OptimismMintableERC20 is ERC20Permit, IOptimismMintableERC20, ILegacyMintableERC20, IERC165 {
    address public immutable REMOTE_TOKEN;
    address public immutable BRIDGE;
    uint8 private immutable DECIMALS;

    string public constant version = "1.4.0";

    event Mint(address indexed account, uint256 amount);
    event Burn(address indexed account, uint256 amount);

    error NotBridge(address account);

    modifier onlyBridge() {
        if (msg.sender != BRIDGE) revert NotBridge(msg.sender);
        _;
    }

    constructor(address bridge_, address remoteToken_, string memory name_, string memory symbol_, uint8 decimals_)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
    {
        REMOTE_TOKEN = remoteToken_;
        BRIDGE = bridge_;
        DECIMALS = decimals_;
    }

    function mint(address to, uint256 amount)
        external
        override(IOptimismMintableERC20, ILegacyMintableERC20)
        onlyBridge
    {
        _mint(to, amount);
        emit Mint(to, amount);
    }

    function burn(address from, uint256 amount)
        external
        override(IOptimismMintableERC20, ILegacyMintableERC20)
        onlyBridge
    {
        _burn(from, amount);
        emit Burn(from, amount);
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(ILegacyMintableERC20).interfaceId
            || interfaceId == type(IOptimismMintableERC20).interfaceId;
    }

    function decimals() public view override returns (uint8) {
        return DECIMALS;
    }

    function remoteToken() external view returns (address) {
        return REMOTE_TOKEN;
    }

    function l1Token() external view returns (address) {
        return REMOTE_TOKEN;
    }

    function bridge() external view returns (address) {
        return BRIDGE;
    }

    function l2Bridge() external view returns (address) {
        return BRIDGE;
    }
}
