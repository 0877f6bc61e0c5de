-- Adds transactions, each on its own, all in one atomic step.
-- ARGV: total, perSender, queuedPerSender, now, sender key prefix, records; a record is, back to back:
--   length of raw(8 digits) stateNonce(16 digits) hash(32 bytes) price(24) replaceableFeeCap(64) replaceableTip(64)
--   and then an entry without its sequence: feeCap(64) tip(64) nonce(16 digits) sender(20 bytes) raw
--   (feeCap … replaceableTip: hexadecimal digits of one width, so that they compare as text)
-- Returns the refusals alone: place among the records, reason, and so on.
local total, perSender, queuedPerSender = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now, senderPrefix, records = ARGV[4], ARGV[5], ARGV[6]
local HEADER = 372

-- What many transactions share in one command of Redis; written before anything reads it back.
local size = call('HLEN', TXS)
local runs, entries, prices, arrivals, batched = {}, {}, {}, {}, 0

local function writeBatch()
  if batched > 0 then
    call('HSET', TXS, unpack(entries))
    call('ZADD', PRICE, unpack(prices))
    call('ZADD', ARRIVALS, unpack(arrivals))
    entries, prices, arrivals, batched = {}, {}, {}, 0
  end
  local ends, count = {}, 0
  for sender, following in pairs(runs) do
    ends[count + 1], ends[count + 2] = sender, text(following)
    count = count + 2
  end
  if count > 0 then call('HSET', NEXT, unpack(ends)) end
  runs = {}
end

-- Makes room by dropping the last transaction of whoever pays least, so that no gap opens before a better one.
local function evict(sender, price)
  writeBatch()
  local cheapest = call('ZRANGE', PRICE, 0, 0, 'WITHSCORES')
  if not cheapest[1] or tonumber(cheapest[2]) >= price then return false end
  local victim = entrySender(call('HGET', TXS, cheapest[1]))
  if victim == sender then return false end
  local victimKey = senderPrefix .. victim
  local last = call('ZREVRANGE', victimKey, 0, 0)[1]
  local nonce = entryNonce(call('HGET', TXS, last))
  removeOne(last, victimKey)
  tellRemoval(last, victim, 'evicted: the pool is full and it pays least')
  shorten(victim, victimKey, nonce)
  size = size - 1
  return true
end

-- Nil, or why the old transaction stays.
local function replace(old, hash, sender, senderKey, at)
  if old == hash then return 'known' end
  writeBatch()
  local oldFeeCap, oldTip = entryFees(call('HGET', TXS, old))
  if sub(records, at + 80, at + 143) < oldFeeCap or sub(records, at + 144, at + 207) < oldTip then
    return 'underpriced replacement'
  end
  removeOne(old, senderKey)
  tellRemoval(old, sender, 'replaced by a transaction that pays more')
  size = size - 1
end

-- Nil, or why there is no room. Only what is executable at once may push another out.
local function makeRoom(held, nonce, following, sender, senderKey, price)
  if held >= perSender then return 'sender full' end
  if nonce > following and held > 0 and call('ZCOUNT', senderKey, '(' .. text(following), '+inf') >= queuedPerSender then
    return 'queue full'
  end
  if nonce > following and queuedPerSender < 1 then return 'queue full' end
  if size >= total and (nonce ~= following or not evict(sender, price)) then return 'full' end
end

local function store(hash, senderKey, nonce, price, entryFields)
  local entry = string.format('%016.0f', nextEvent()) .. entryFields
  events[eventCount] = entry
  call('ZADD', senderKey, nonce, hash)
  local i = batched * 2
  entries[i + 1], entries[i + 2] = hash, entry
  prices[i + 1], prices[i + 2] = price, hash
  arrivals[i + 1], arrivals[i + 2] = now, hash
  batched = batched + 1
  size = size + 1
end

local function add(at, last)
  local sender, nonceText = sub(records, at + 352, at + 371), sub(records, at + 336, at + 351)
  local nonce, stateNonce = tonumber(nonceText), tonumber(sub(records, at + 8, at + 23))
  local hash, price = sub(records, at + 24, at + 55), tonumber(sub(records, at + 56, at + 79))
  local senderKey = senderPrefix .. sender
  local held = call('ZCARD', senderKey)
  local known = held > 0 and (runs[sender] or tonumber(call('HGET', NEXT, sender) or stateNonce))
  local following = math.max(known or stateNonce, stateNonce)
  -- Nothing is held at the end of the known run.
  local old = known and nonce ~= known and hashAt(senderKey, nonce)
  local refusal
  if old then refusal = replace(old, hash, sender, senderKey, at)
  else refusal = makeRoom(held, nonce, following, sender, senderKey, price) end
  if refusal then return refusal end
  store(hash, senderKey, nonceText, price, sub(records, at + 208, last))
  if nonce == following then following = following + 1 end
  while held > 0 and hashAt(senderKey, following) do following = following + 1 end
  runs[sender] = following
end

local refusals, at, place = {}, 1, 0
while at <= #records do
  local last = at + HEADER - 1 + tonumber(sub(records, at, at + 7))
  local refusal = add(at, last)
  if refusal then
    refusals[#refusals + 1] = place
    refusals[#refusals + 1] = refusal
  end
  at, place = last + 1, place + 1
end
writeBatch()
writeEvents()
return refusals
