-- Moves a filter's cursor on, unless another poll was quicker. KEYS: its record. ARGV: cursor before, cursor after.
if redis.call('HGET', KEYS[1], 'cursor') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'cursor', ARGV[2])
return 1
