-- Shared by every command of the pool; KEYS[1] is the key prefix.
--
--   P:tx:<hash>       hash    raw, sender, nonce, the least caps that replace it, arrival
--   P:sender:<addr>   zset    nonce -> transaction hash
--   P:account:<addr>  hash    state = next nonce at latest, next = first nonce >= state that is not in the pool
--   P:price           zset    price -> transaction hash; its size is the size of the pool
--   P:expiry          zset    milliseconds -> transaction hash
--   P:meta            hash    event = number of the last event, pending = executable transactions
--   P:events          stream  one entry per change, numbered without gaps
--
-- Invariant after every command: an account exists exactly while its sender has transactions; none of them has a
-- nonce below `state`; those in [state, next) are executable and without gap; the rest are queued.
-- Nonces stay below 2^53, so that scores and Lua numbers hold them exactly.
local P = KEYS[1]
local call = redis.call
local STREAM_LENGTH = 65536
local INLINE_BYTES = 4096

local function text(number) return string.format('%.0f', number) end

local function event(...)
  local number = call('HINCRBY', P .. ':meta', 'event', 1)
  call('XADD', P .. ':events', 'MAXLEN', '~', STREAM_LENGTH, text(number) .. '-0', ...)
  return text(number)
end

local function account(sender)
  local found = call('HMGET', P .. ':account:' .. sender, 'state', 'next')
  if not found[1] then return nil, nil end
  return tonumber(found[1]), tonumber(found[2])
end

-- First nonce from `from` on that the sender has no transaction for.
local function runEnd(sender, from)
  local nonce = from
  local found = call('ZRANGEBYSCORE', P .. ':sender:' .. sender, text(from), '+inf', 'WITHSCORES')
  for i = 2, #found, 2 do
    if tonumber(found[i]) ~= nonce then break end
    nonce = nonce + 1
  end
  return nonce
end

local function setAccount(sender, oldPending, state, next)
  local change = next - state - oldPending
  if change ~= 0 then call('HINCRBY', P .. ':meta', 'pending', text(change)) end
  if call('EXISTS', P .. ':sender:' .. sender) == 0 then
    call('DEL', P .. ':account:' .. sender)
  else
    call('HSET', P .. ':account:' .. sender, 'state', text(state), 'next', text(next))
  end
end

-- Takes a transaction out of every index but its account.
local function forget(hash, sender)
  call('DEL', P .. ':tx:' .. hash)
  call('ZREM', P .. ':sender:' .. sender, hash)
  call('ZREM', P .. ':price', hash)
  call('ZREM', P .. ':expiry', hash)
  event('k', 'd', 'h', hash)
end

-- Removes one transaction; later ones of its sender become queued.
local function remove(hash)
  local found = call('HMGET', P .. ':tx:' .. hash, 'sender', 'nonce')
  if not found[1] then return 0 end
  local sender, nonce = found[1], tonumber(found[2])
  local state, next = account(sender)
  forget(hash, sender)
  local pending = next - state
  if nonce < next then next = nonce end
  setAccount(sender, pending, state, next)
  return 1
end

-- The sender's next nonce at latest is `to`: what lies below it is mined or void.
local function advance(sender, to)
  local state, next = account(sender)
  if not state or to <= state then return end
  local stale = call('ZRANGEBYSCORE', P .. ':sender:' .. sender, '-inf', '(' .. text(to))
  for _, hash in ipairs(stale) do forget(hash, sender) end
  local pending = next - state
  if next < to then next = runEnd(sender, to) end
  setAccount(sender, pending, to, next)
end
