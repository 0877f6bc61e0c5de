-- Forgets what a durable block included or dropped, and what has waited too long.
-- ARGV: sender key prefix, expire before (ms), most to expire, number of senders, then sender and next nonce for each,
--   then hashes: the caller knows why those go, so their removal is told without a reason.
-- Returns the number of transactions that expired.
local senderPrefix, expireBefore, expireCount, senders = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local gone, goneCount = {}, 0

local function forgetGone()
  if goneCount == 0 then return end
  call('HDEL', TXS, unpack(gone))
  call('ZREM', PRICE, unpack(gone))
  call('ZREM', ARRIVALS, unpack(gone))
  gone, goneCount = {}, 0
end

-- Reads the fewer: those that went, or those that stay.
local function forgetCosts(sender, senderKey, mined, left)
  local costs
  if #mined < left then costs = combine(call('HGET', COSTS, sender), costOf(mined), -1)
  else costs = costOf(call('ZRANGE', senderKey, 0, -1)) end
  call('HSET', COSTS, sender, costs)
end

-- Everything below the sender's next nonce is mined or void. The run goes on from there.
local function advance(sender, nextNonce)
  local senderKey = senderPrefix .. sender
  local mined = call('ZRANGEBYSCORE', senderKey, '-inf', '(' .. nextNonce)
  if #mined > 0 then call('ZREMRANGEBYSCORE', senderKey, '-inf', '(' .. nextNonce) end
  local left = call('ZCARD', senderKey)
  if left > 0 and #mined > 0 then forgetCosts(sender, senderKey, mined, left) end
  for _, hash in ipairs(mined) do
    goneCount = goneCount + 1
    gone[goneCount] = hash
    if goneCount == 1000 then forgetGone() end
  end
  if left == 0 then
    call('HDEL', NEXT, sender)
    call('HDEL', COSTS, sender)
    return
  end
  local following = tonumber(nextNonce)
  if tonumber(call('HGET', NEXT, sender) or 0) >= following then return end
  while hashAt(senderKey, text(following)) do following = following + 1 end
  call('HSET', NEXT, sender, text(following))
end

local function drop(hash, reason)
  local entry = call('HGET', TXS, hash)
  if not entry then return end
  local sender, nonce = entrySender(entry), entryNonce(entry)
  local senderKey = senderPrefix .. sender
  removeOne(hash, entry, sender, senderKey)
  tellRemoval(hash, sender, reason)
  shorten(sender, senderKey, nonce)
end

for i = 0, senders - 1 do advance(ARGV[5 + i * 2], ARGV[6 + i * 2]) end
forgetGone()
for i = 5 + senders * 2, #ARGV do drop(ARGV[i], '') end
local expired = call('ZRANGEBYSCORE', ARRIVALS, '-inf', '(' .. expireBefore, 'LIMIT', 0, expireCount)
for _, hash in ipairs(expired) do drop(hash, 'expired: it waited longer than the pool keeps a transaction') end
writeEvents()
return #expired
