-- The nonce after the sender's executable run. KEYS: next, sender zset. ARGV: sender, state nonce
local following = math.max(tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or ARGV[2]), tonumber(ARGV[2]))
while redis.call('ZCOUNT', KEYS[2], following, following) > 0 do following = following + 1 end
return string.format('%.0f', following)
