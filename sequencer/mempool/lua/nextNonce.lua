-- ARGV: sender, its next nonce at latest.
local passed = tonumber(ARGV[2])
local state, next = account(ARGV[1])
if not state then return text(passed) end
if next >= passed then return text(next) end
return text(runEnd(ARGV[1], passed))
