// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IOptimismMintableERC20} from "../IMintableERC20.sol";
import {L2StandardBridge} from "../L2StandardBridge.sol";
import {Predeploys} from "../Predeploys.sol";

/// @notice A token that says it can be minted, for tests of the bridge. What it does when it is minted is up to `mode`.
contract HostileToken is IOptimismMintableERC20, IERC165 {
    enum Mode {
        USE_ALL_GAS,
        RETURN_MUCH,
        REENTER,
        NO_REMOTE_TOKEN
    }

    Mode private immutable _mode;
    address private immutable _remoteToken;

    error NoRemoteToken();

    constructor(Mode mode, address remoteToken_) {
        _mode = mode;
        _remoteToken = remoteToken_;
    }

    function mint(address to, uint256 amount) external {
        if (_mode == Mode.RETURN_MUCH) {
            assembly {
                revert(0, 100000)
            }
        }
        if (_mode == Mode.REENTER) {
            L2StandardBridge(payable(Predeploys.L2_STANDARD_BRIDGE)).bridgeERC20To(
                address(this), _remoteToken, to, amount, 0, ""
            );
        }
        while (gasleft() > 0) {}
    }

    function burn(address, uint256) external {}

    function remoteToken() external view returns (address) {
        if (_mode == Mode.NO_REMOTE_TOKEN) revert NoRemoteToken();
        return _remoteToken;
    }

    function bridge() external pure returns (address) {
        return Predeploys.L2_STANDARD_BRIDGE;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IOptimismMintableERC20).interfaceId;
    }
}
