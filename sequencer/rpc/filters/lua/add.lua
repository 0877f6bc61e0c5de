-- Adds a filter unless there are too many. KEYS: its record, all filters, its client's.
-- ARGV: id, definition, cursor, client, time to live (ms), bound on all, bound on the client's.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl = tonumber(ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) then return 'all' end
if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[7]) then return 'client' end
redis.call('HSET', KEYS[1], 'definition', ARGV[2], 'cursor', ARGV[3], 'client', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ttl)
for index = 2, 3 do
  redis.call('ZADD', KEYS[index], now + ttl, ARGV[1])
  redis.call('PEXPIRE', KEYS[index], ttl)
end
return 'added'
