/** Contracts that do what tracers must tell of. */
export const TRACEE_SOURCE = `
pragma solidity ^0.8.24;
contract Leaf {
  uint256 public value; mapping(uint256 => uint256) public map;
  event Left(address indexed who, uint256 what);
  error Refused(uint256 code);
  function set(uint256 v) external payable returns (uint256) { value = v; map[v] = v + 1; emit Left(msg.sender, v); return v * 2; }
  function get() external view returns (uint256) { return value; }
  function refuse() external { emit Left(msg.sender, 1); revert("no way"); }
  function refuseCustom() external pure { revert Refused(7); }
  function divide(uint256 d) external pure returns (uint256) { return 1 / d; }
  function burn() external { for (uint256 i = 0; ; i++) map[i] = i; }
  function invalid() external pure { assembly { invalid() } }
  function sendOn(address payable to) external payable { to.transfer(msg.value / 2); }
  function die(address payable heir) external { selfdestruct(heir); }
  receive() external payable {}
}
contract Fleeting {
  constructor(address payable heir) payable { selfdestruct(heir); }
}
contract Tracee {
  uint256 public total; address public made; mapping(uint256 => uint256) public slots;
  event Did(uint256 indexed what, bytes data);
  function nested(Leaf leaf, uint256 n) external payable {
    total += n; emit Did(1, "before"); leaf.set{value: msg.value}(n); emit Did(2, "after"); total = leaf.get(); }
  function delegated(address leaf, uint256 n) external returns (bytes memory) {
    (bool ok, bytes memory out) = leaf.delegatecall(abi.encodeCall(Leaf.set, (n))); require(ok); return out; }
  function create() external payable { Leaf leaf = new Leaf(); made = address(leaf); leaf.set(3); }
  function create2(bytes32 salt) external { Leaf leaf = new Leaf{salt: salt}(); made = address(leaf); }
  function collide(bytes32 salt) external { new Leaf{salt: salt}(); try new Leaf{salt: salt}() {} catch { total = 9; } }
  function fleeting(address payable heir) external payable { new Fleeting{value: msg.value}(heir); }
  function swallow(Leaf leaf) external {
    emit Did(3, "kept"); try leaf.refuse() {} catch { total += 1; }
    try leaf.refuseCustom() {} catch {} try leaf.divide(0) {} catch {}
    try leaf.burn{gas: 60000}() {} catch { total += 2; } try leaf.invalid{gas: 30000}() {} catch {} emit Did(4, "end"); }
  function fail(Leaf leaf) external { total = 5; leaf.refuse(); }
  function panic() external pure { assert(false); }
  function precompiles(bytes memory data) external returns (bytes32 a, bytes32 b, address c, bytes memory d) {
    a = sha256(data); b = ripemd160(data); c = ecrecover(a, 27, a, a);
    (, d) = address(4).staticcall(data); (bool ok,) = address(8).call{gas: 5000}(hex"01"); total = ok ? 1 : 2; }
  function fill(uint256 n) external { for (uint256 i = 0; i < n; i++) slots[i] = i + 1; }
  function clear(uint256 n) external { for (uint256 i = 0; i < n; i++) slots[i] = 0; slots[0] = 1; }
  function poor(Leaf leaf) external { (bool ok,) = address(leaf).call{value: 100 ether}(""); total = ok ? 1 : 2; }
  function kill(Leaf leaf, address payable heir) external { leaf.die(heir); }
  function look(address who) external returns (uint256) { total = who.balance + who.code.length + uint256(who.codehash) % 7; return total; }
  function transient() external { assembly { tstore(1, 5) sstore(0, tload(1)) mcopy(0, 32, 64) } }
  function own() external view returns (uint256) { return address(this).balance; }
  receive() external payable { emit Did(5, ""); }
}`;
