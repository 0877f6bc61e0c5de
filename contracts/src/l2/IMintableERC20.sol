// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token whose supply the bridge makes and destroys. The interface identifiers are the OP Stack's.
interface IOptimismMintableERC20 {
    function remoteToken() external view returns (address);
    function bridge() external returns (address);
    function mint(address to, uint256 amount) external;
    function burn(address from, uint256 amount) external;
}

/// @notice The same, of an older generation; some tokens answer only to this one.
interface ILegacyMintableERC20 {
    function l1Token() external view returns (address);
    function mint(address to, uint256 amount) external;
    function burn(address from, uint256 amount) external;
}
