// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OptimismMintableERC20} from "./OptimismMintableERC20.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title Makes the L2 side of an L1 token
/// @notice Anyone may make one, any number of times under different names: the L1 bridge keeps the account of each pair
/// of tokens apart, so that a copy can never take another's money.
contract OptimismMintableERC20Factory {
    mapping(address localToken => address remoteToken) public deployments;

    string public constant version = "1.10.0";

    event StandardL2TokenCreated(address indexed remoteToken, address indexed localToken);
    event OptimismMintableERC20Created(address indexed localToken, address indexed remoteToken, address deployer);

    error ZeroRemoteToken();

    function bridge() external pure returns (address) {
        return Predeploys.L2_STANDARD_BRIDGE;
    }

    function BRIDGE() external pure returns (address) {
        return Predeploys.L2_STANDARD_BRIDGE;
    }

    function createStandardL2Token(address remoteToken, string memory name, string memory symbol)
        external
        returns (address)
    {
        return createOptimismMintableERC20WithDecimals(remoteToken, name, symbol, 18);
    }

    function createOptimismMintableERC20(address remoteToken, string memory name, string memory symbol)
        external
        returns (address)
    {
        return createOptimismMintableERC20WithDecimals(remoteToken, name, symbol, 18);
    }

    function createOptimismMintableERC20WithDecimals(
        address remoteToken,
        string memory name,
        string memory symbol,
        uint8 decimals
    ) public returns (address localToken) {
        if (remoteToken == address(0)) revert ZeroRemoteToken();
        bytes32 salt = keccak256(abi.encode(remoteToken, name, symbol, decimals));
        localToken = address(
            new OptimismMintableERC20{salt: salt}(Predeploys.L2_STANDARD_BRIDGE, remoteToken, name, symbol, decimals)
        );
        deployments[localToken] = remoteToken;
        emit StandardL2TokenCreated(remoteToken, localToken);
        emit OptimismMintableERC20Created(localToken, remoteToken, msg.sender);
    }
}
