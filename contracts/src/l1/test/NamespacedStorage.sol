// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {L1MessageQueue} from "../L1MessageQueue.sol";
import {L1StandardBridge} from "../L1StandardBridge.sol";
import {OptimismPortal} from "../OptimismPortal.sol";
import {OutputOracle} from "../OutputOracle.sol";
import {Pausing} from "../Pausing.sol";
import {ResourceMetering} from "../ResourceMetering.sol";
import {Rollup} from "../Rollup.sol";
import {TokenLimits} from "../TokenLimits.sol";
import {WithdrawalLimit} from "../WithdrawalLimit.sol";

/// @title The structs of every namespace as variables, so that the compiler tells their layouts
contract NamespacedStorage {
    OutputOracle.ChainStorage internal batchChain;
    L1MessageQueue.QueueStorage internal l1MessageQueue;
    L1StandardBridge.BridgeStorage internal l1StandardBridge;
    OptimismPortal.PortalStorage internal optimismPortal;
    Pausing.PausingStorage internal pausing;
    ResourceMetering.MeteringStorage internal resourceMetering;
    Rollup.SettlementStorage internal settlement;
    TokenLimits.TokenLimitsStorage internal tokenLimits;
    WithdrawalLimit.LimitStorage internal withdrawalLimit;
}
