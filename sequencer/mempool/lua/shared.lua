-- Shared by the commands that change the pool. KEYS: txs, next, price, arrivals, sequence, events, costs
--
-- Events are numbered without gaps; the number is the stream id's first half, so that a reader sees when it missed
-- one. They are written last, after their count: a command that fails half-way leaves a gap, never an id that is taken.
local call, sub = redis.call, string.sub
local TXS, NEXT, PRICE, ARRIVALS, SEQUENCE, EVENTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local COSTS = KEYS[7]
local STREAM_LENGTH = 65536

local function text(number) return string.format('%.0f', number) end

local events, eventCount, firstEvent = {}, 0, nil

-- Takes the number of the next event; `events[eventCount]` is then to be set: an entry, or the fields of a removal.
local function nextEvent()
  firstEvent = firstEvent or tonumber(call('GET', SEQUENCE) or 0) + 1
  eventCount = eventCount + 1
  return firstEvent + eventCount - 1
end

local function tellRemoval(hash, sender, reason)
  nextEvent()
  events[eventCount] = { 'hash', hash, 'sender', sender, 'reason', reason }
end

local function writeEvents()
  if eventCount == 0 then return end
  call('SET', SEQUENCE, text(firstEvent + eventCount - 1))
  for i = 1, eventCount do
    local event, id = events[i], text(firstEvent + i - 1) .. '-0'
    if type(event) == 'table' then
      call('XADD', EVENTS, 'MAXLEN', '~', STREAM_LENGTH, id, unpack(event))
    else
      call('XADD', EVENTS, 'MAXLEN', '~', STREAM_LENGTH, id, 'entry', event)
    end
  end
end

-- An entry: sequence(16 digits) feeCap(64) tip(64) cost(36 bytes) nonce(16 digits) sender(20 bytes) raw
local function entryFees(entry) return sub(entry, 17, 80), sub(entry, 81, 144) end
local function entryCost(entry) return sub(entry, 145, 180) end
local function entryNonce(entry) return tonumber(sub(entry, 181, 196)) end
local function entrySender(entry) return sub(entry, 197, 216) end

-- Amounts of wei: 36 bytes, big-endian, as six limbs that a double holds exactly.
local AMOUNT, LIMB = '>I6I6I6I6I6I6', 2 ^ 48
local NOTHING = string.rep('\0', 36)

-- a + sign * b; the result must not be negative.
local function combine(a, b, sign)
  local a1, a2, a3, a4, a5, a6 = struct.unpack(AMOUNT, a)
  local b1, b2, b3, b4, b5, b6 = struct.unpack(AMOUNT, b)
  a1, a2, a3, a4, a5, a6 = a1 + sign * b1, a2 + sign * b2, a3 + sign * b3, a4 + sign * b4, a5 + sign * b5, a6 + sign * b6
  if a6 >= LIMB then a6, a5 = a6 - LIMB, a5 + 1 elseif a6 < 0 then a6, a5 = a6 + LIMB, a5 - 1 end
  if a5 >= LIMB then a5, a4 = a5 - LIMB, a4 + 1 elseif a5 < 0 then a5, a4 = a5 + LIMB, a4 - 1 end
  if a4 >= LIMB then a4, a3 = a4 - LIMB, a3 + 1 elseif a4 < 0 then a4, a3 = a4 + LIMB, a3 - 1 end
  if a3 >= LIMB then a3, a2 = a3 - LIMB, a2 + 1 elseif a3 < 0 then a3, a2 = a3 + LIMB, a2 - 1 end
  if a2 >= LIMB then a2, a1 = a2 - LIMB, a1 + 1 elseif a2 < 0 then a2, a1 = a2 + LIMB, a1 - 1 end
  return struct.pack(AMOUNT, a1, a2, a3, a4, a5, a6)
end

local function exceeds(a, b)
  local a1, a2, a3, a4, a5, a6 = struct.unpack(AMOUNT, a)
  local b1, b2, b3, b4, b5, b6 = struct.unpack(AMOUNT, b)
  if a1 ~= b1 then return a1 > b1 end
  if a2 ~= b2 then return a2 > b2 end
  if a3 ~= b3 then return a3 > b3 end
  if a4 ~= b4 then return a4 > b4 end
  if a5 ~= b5 then return a5 > b5 end
  return a6 > b6
end

local function costOf(hashes)
  local sum = NOTHING
  for _, hash in ipairs(hashes) do
    local entry = call('HGET', TXS, hash)
    if entry then sum = combine(sum, entryCost(entry), 1) end
  end
  return sum
end

local function hashAt(senderKey, nonce)
  return call('ZRANGEBYSCORE', senderKey, nonce, nonce)[1]
end

local function removeOne(hash, entry, sender, senderKey)
  call('HDEL', TXS, hash)
  call('ZREM', senderKey, hash)
  call('ZREM', PRICE, hash)
  call('ZREM', ARRIVALS, hash)
  call('HSET', COSTS, sender, combine(call('HGET', COSTS, sender), entryCost(entry), -1))
end

-- A nonce left the sender's run: what follows it waits behind a gap now.
local function shorten(sender, senderKey, nonce)
  if call('EXISTS', senderKey) == 0 then
    call('HDEL', NEXT, sender)
    call('HDEL', COSTS, sender)
    return
  end
  if tonumber(call('HGET', NEXT, sender) or 0) > nonce then call('HSET', NEXT, sender, text(nonce)) end
end
