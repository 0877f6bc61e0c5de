-- Adds transactions, each on its own, all in one atomic step.
-- KEYS: txs, next, price, arrivals, sequence, events, then a sender zset for each transaction
-- ARGV: total, perSender, queuedPerSender, now, sender key prefix, then for each transaction:
--   hash, sender, nonce, feeCap, tip, replaceableFeeCap, replaceableTip, price, stateNonce, raw
--   (feeCap … replaceableTip: 64 hexadecimal digits, so that they compare as text)
-- Returns for each transaction a text: "ok" or the reason of the refusal.
local TXS, NEXT, PRICE, ARRIVALS, SEQUENCE, EVENTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local total, perSender, queuedPerSender = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now, senderPrefix = ARGV[4], ARGV[5]

-- An entry: sequence(16 digits) feeCap(64) tip(64) nonce(16 digits) sender(20 bytes) raw
local function entryFees(entry) return string.sub(entry, 17, 80), string.sub(entry, 81, 144) end
local function entrySender(entry) return string.sub(entry, 161, 180) end
local function entryNonce(entry) return tonumber(string.sub(entry, 145, 160)) end

local function at(senderKey, nonce)
  return redis.call('ZRANGEBYSCORE', senderKey, nonce, nonce)[1]
end

local function remove(hash, sender, senderKey, reason)
  redis.call('HDEL', TXS, hash)
  redis.call('ZREM', senderKey, hash)
  redis.call('ZREM', PRICE, hash)
  redis.call('ZREM', ARRIVALS, hash)
  redis.call('XADD', EVENTS, 'MAXLEN', '~', 200000, '*', 'op', 'remove', 'hash', hash, 'sender', sender, 'reason', reason)
end

-- Makes room by dropping the last transaction of whoever pays least, so that no gap opens before a better one.
local function evict(sender, price)
  local cheapest = redis.call('ZRANGE', PRICE, 0, 0, 'WITHSCORES')
  if not cheapest[1] or tonumber(cheapest[2]) >= price then return false end
  local victim = entrySender(redis.call('HGET', TXS, cheapest[1]))
  if victim == sender then return false end
  local victimKey = senderPrefix .. victim
  local last = redis.call('ZREVRANGE', victimKey, 0, 0)[1]
  local nonce = entryNonce(redis.call('HGET', TXS, last))
  remove(last, victim, victimKey, 'evicted: the pool is full and it pays least')
  if redis.call('ZCARD', victimKey) == 0 then redis.call('HDEL', NEXT, victim)
  elseif tonumber(redis.call('HGET', NEXT, victim)) > nonce then redis.call('HSET', NEXT, victim, nonce) end
  return true
end

local function add(base, senderKey)
  local hash, sender, nonce = ARGV[base], ARGV[base + 1], tonumber(ARGV[base + 2])
  local feeCap, tip, replaceableFeeCap, replaceableTip = ARGV[base + 3], ARGV[base + 4], ARGV[base + 5], ARGV[base + 6]
  local price, stateNonce, raw = tonumber(ARGV[base + 7]), tonumber(ARGV[base + 8]), ARGV[base + 9]
  if redis.call('HEXISTS', TXS, hash) == 1 then return 'known' end
  local following = math.max(tonumber(redis.call('HGET', NEXT, sender) or stateNonce), stateNonce)
  local old = at(senderKey, nonce)
  if old then
    local oldFeeCap, oldTip = entryFees(redis.call('HGET', TXS, old))
    if replaceableFeeCap < oldFeeCap or replaceableTip < oldTip then return 'underpriced replacement' end
    remove(old, sender, senderKey, 'replaced by a transaction that pays more')
  else
    if redis.call('ZCARD', senderKey) >= perSender then return 'sender full' end
    if nonce > following and redis.call('ZCOUNT', senderKey, '(' .. following, '+inf') >= queuedPerSender then return 'queue full' end
    if redis.call('HLEN', TXS) >= total and not evict(sender, price) then return 'full' end
  end
  local sequence = string.format('%016d', redis.call('INCR', SEQUENCE))
  local entry = sequence .. feeCap .. tip .. string.format('%016d', nonce) .. sender .. raw
  redis.call('HSET', TXS, hash, entry)
  redis.call('ZADD', senderKey, nonce, hash)
  redis.call('ZADD', PRICE, price, hash)
  redis.call('ZADD', ARRIVALS, now, hash)
  if nonce == following then
    repeat following = following + 1 until not at(senderKey, following)
  end
  redis.call('HSET', NEXT, sender, string.format('%.0f', following))
  redis.call('XADD', EVENTS, 'MAXLEN', '~', 200000, '*', 'op', 'add', 'hash', hash, 'entry', entry)
  return 'ok'
end

local results = {}
for i = 7, #KEYS do
  results[i - 6] = add(6 + (i - 7) * 10, KEYS[i])
end
return results
