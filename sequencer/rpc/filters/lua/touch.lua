-- Reads a filter and lets it live on. KEYS: its record, all filters. ARGV: id, time to live (ms), prefix of clients' keys.
local found = redis.call('HMGET', KEYS[1], 'definition', 'cursor', 'client')
if not found[1] then return false end
local time = redis.call('TIME')
local expiry = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
for _, key in ipairs({ KEYS[2], ARGV[3] .. found[3] }) do
  redis.call('ZADD', key, expiry, ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return { found[1], found[2] }
