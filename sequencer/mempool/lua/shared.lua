-- Shared by the commands that change the pool. KEYS: txs, next, price, arrivals, sequence, events
--
-- Events are numbered without gaps; the number is the stream id's first half, so that a reader sees when it missed
-- one. They are written last, after their count: a command that fails half-way leaves a gap, never an id that is taken.
local call, sub = redis.call, string.sub
local TXS, NEXT, PRICE, ARRIVALS, SEQUENCE, EVENTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
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

-- An entry: sequence(16 digits) feeCap(64) tip(64) nonce(16 digits) sender(20 bytes) raw
local function entryFees(entry) return sub(entry, 17, 80), sub(entry, 81, 144) end
local function entryNonce(entry) return tonumber(sub(entry, 145, 160)) end
local function entrySender(entry) return sub(entry, 161, 180) end

local function hashAt(senderKey, nonce)
  return call('ZRANGEBYSCORE', senderKey, nonce, nonce)[1]
end

local function removeOne(hash, senderKey)
  call('HDEL', TXS, hash)
  call('ZREM', senderKey, hash)
  call('ZREM', PRICE, hash)
  call('ZREM', ARRIVALS, hash)
end

-- A nonce left the sender's run: what follows it waits behind a gap now.
local function shorten(sender, senderKey, nonce)
  if call('EXISTS', senderKey) == 0 then call('HDEL', NEXT, sender) return end
  if tonumber(call('HGET', NEXT, sender) or 0) > nonce then call('HSET', NEXT, sender, text(nonce)) end
end
