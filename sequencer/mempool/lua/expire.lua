-- Removes what has waited too long. ARGV: now in milliseconds, most to remove in one call.
local due = call('ZRANGEBYSCORE', P .. ':expiry', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, hash in ipairs(due) do remove(hash) end
return #due
