-- Counts the pool. KEYS: txs, next. ARGV: sender key prefix. Returns executable, queued.
local executable = 0
local runs = redis.call('HGETALL', KEYS[2])
for i = 1, #runs, 2 do
  executable = executable + redis.call('ZCOUNT', ARGV[1] .. runs[i], '-inf', '(' .. runs[i + 1])
end
return { executable, redis.call('HLEN', KEYS[1]) - executable }
