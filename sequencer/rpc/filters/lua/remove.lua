-- Ends a filter. KEYS: its record, all filters. ARGV: id, prefix of clients' keys.
local client = redis.call('HGET', KEYS[1], 'client')
if not client then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', ARGV[2] .. client, ARGV[1])
return 1
