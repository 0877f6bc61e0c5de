-- Forgets what a durable block included or dropped, and what has waited too long.
-- KEYS: txs, next, price, arrivals, events
-- ARGV: sender key prefix, expire before (ms), number of senders, then sender and next nonce for each, then hashes
-- Returns the number of transactions that left the pool.
local TXS, NEXT, PRICE, ARRIVALS, EVENTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local senderPrefix, expireBefore, senders = ARGV[1], ARGV[2], tonumber(ARGV[3])
local removed = 0

local function remove(hash, sender, senderKey, reason)
  redis.call('HDEL', TXS, hash)
  redis.call('ZREM', senderKey, hash)
  redis.call('ZREM', PRICE, hash)
  redis.call('ZREM', ARRIVALS, hash)
  if reason then
    redis.call('XADD', EVENTS, 'MAXLEN', '~', 200000, '*', 'op', 'remove', 'hash', hash, 'sender', sender, 'reason', reason)
  end
  removed = removed + 1
end

-- A nonce left the middle of the sender's run: what follows it waits behind a gap now.
local function shorten(sender, senderKey, nonce)
  if redis.call('ZCARD', senderKey) == 0 then redis.call('HDEL', NEXT, sender) return end
  local following = tonumber(redis.call('HGET', NEXT, sender) or 0)
  if following > nonce then redis.call('HSET', NEXT, sender, string.format('%.0f', nonce)) end
end

for i = 0, senders - 1 do
  local sender, nextNonce = ARGV[4 + i * 2], ARGV[5 + i * 2]
  local senderKey = senderPrefix .. sender
  for _, hash in ipairs(redis.call('ZRANGEBYSCORE', senderKey, '-inf', '(' .. nextNonce)) do
    remove(hash, sender, senderKey, nil)
  end
  if redis.call('ZCARD', senderKey) == 0 then redis.call('HDEL', NEXT, sender) end
end

local function drop(hash, reason)
  local entry = redis.call('HGET', TXS, hash)
  if not entry then return end
  local sender, nonce = string.sub(entry, 161, 180), tonumber(string.sub(entry, 145, 160))
  local senderKey = senderPrefix .. sender
  remove(hash, sender, senderKey, reason)
  shorten(sender, senderKey, nonce)
end

for i = 4 + senders * 2, #ARGV do drop(ARGV[i], nil) end
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', ARRIVALS, '-inf', '(' .. expireBefore, 'LIMIT', 0, 256)) do
  drop(hash, 'expired: it waited longer than the pool keeps a transaction')
end
return removed
