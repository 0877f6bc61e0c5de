-- Adds transactions, each on its own, all in one atomic step.
-- ARGV: total, perSender, queuedPerSender, now, sender key prefix, records; a record is, back to back:
--   length of raw(8 digits) stateNonce(16 digits) hash(32 bytes) price(24) replaceableFeeCap(64) replaceableTip(64)
--   balance(36 bytes) and then an entry without its sequence:
--   feeCap(64) tip(64) cost(36 bytes) nonce(16 digits) sender(20 bytes) raw
--   (feeCap … replaceableTip: hexadecimal digits of one width, so that they compare as text)
-- Returns the refusals alone: place among the records, reason, and so on.
local total, perSender, queuedPerSender = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now, senderPrefix, records = ARGV[4], ARGV[5], ARGV[6]
local HEADER = 444

-- What many transactions share in one command of Redis; written before anything reads it back.
local size = call('HLEN', TXS)
local runs, costs, entries, prices, arrivals, batched = {}, {}, {}, {}, {}, 0

local function writeBatch()
  if batched > 0 then
    call('HSET', TXS, unpack(entries))
    call('ZADD', PRICE, unpack(prices))
    call('ZADD', ARRIVALS, unpack(arrivals))
    entries, prices, arrivals, batched = {}, {}, {}, 0
  end
  local ends, sums, count = {}, {}, 0
  for sender, following in pairs(runs) do
    ends[count + 1], ends[count + 2] = sender, text(following)
    sums[count + 1], sums[count + 2] = sender, costs[sender]
    count = count + 2
  end
  if count > 0 then
    call('HSET', NEXT, unpack(ends))
    call('HSET', COSTS, unpack(sums))
  end
  runs, costs = {}, {}
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
  local entry = call('HGET', TXS, last)
  local nonce = entryNonce(entry)
  removeOne(last, entry, victim, victimKey)
  tellRemoval(last, victim, 'evicted: the pool is full and it pays least')
  shorten(victim, victimKey, nonce)
  size = size - 1
  return true
end

-- What the sender's transactions here may cost together.
local function spentBy(sender, held)
  return held > 0 and (costs[sender] or call('HGET', COSTS, sender)) or NOTHING
end

local function hex(bytes)
  return (bytes:gsub('.', function(byte) return string.format('%02x', byte:byte()) end))
end

-- Nil, or by how much the sender's balance falls short. `oldEntry`: what this transaction would replace.
local function overdraft(at, sender, senderKey, held, stateNonce, oldEntry)
  if held == 0 then return nil end
  local balance, cost = sub(records, at + 208, at + 243), sub(records, at + 372, at + 407)
  local spent = spentBy(sender, held)
  local need = combine(spent, cost, 1)
  if oldEntry then need = combine(need, entryCost(oldEntry), -1) end
  if not exceeds(need, balance) then return nil end
  -- The balance is that of a block whose transactions may still be here: they are paid for.
  writeBatch()
  local paid = costOf(call('ZRANGEBYSCORE', senderKey, '-inf', '(' .. text(stateNonce)))
  if not exceeds(combine(need, paid, -1), balance) then return nil end
  return 'funds ' .. hex(combine(spent, paid, -1)) .. (oldEntry and ' ' .. hex(entryCost(oldEntry)) or '')
end

-- Nil, or why the old transaction stays.
local function replace(old, oldEntry, sender, senderKey, at)
  local oldFeeCap, oldTip = entryFees(oldEntry)
  if sub(records, at + 80, at + 143) < oldFeeCap or sub(records, at + 144, at + 207) < oldTip then
    return 'underpriced replacement'
  end
  removeOne(old, oldEntry, sender, senderKey)
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
  local sender, nonceText = sub(records, at + 424, at + 443), sub(records, at + 408, at + 423)
  local nonce, stateNonce = tonumber(nonceText), tonumber(sub(records, at + 8, at + 23))
  local hash, price = sub(records, at + 24, at + 55), tonumber(sub(records, at + 56, at + 79))
  local senderKey = senderPrefix .. sender
  local held = call('ZCARD', senderKey)
  local known = held > 0 and (runs[sender] or tonumber(call('HGET', NEXT, sender) or stateNonce))
  local following = math.max(known or stateNonce, stateNonce)
  -- Nothing is held at the end of the known run.
  local old = known and nonce ~= known and hashAt(senderKey, nonce)
  if old == hash then return 'known' end
  local oldEntry
  if old then
    writeBatch()
    oldEntry = call('HGET', TXS, old)
  end
  local refusal = overdraft(at, sender, senderKey, held, stateNonce, oldEntry)
  if refusal then return refusal end
  if old then refusal = replace(old, oldEntry, sender, senderKey, at)
  else refusal = makeRoom(held, nonce, following, sender, senderKey, price) end
  if refusal then return refusal end
  costs[sender] = combine(spentBy(sender, held), sub(records, at + 372, at + 407), 1)
  store(hash, senderKey, nonceText, price, sub(records, at + 244, last))
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
