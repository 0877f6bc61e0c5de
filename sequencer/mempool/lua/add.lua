-- Adds transactions, each on its own merits. ARGV: expiry, total, perSender, queuedPerSender, then ten per transaction.
-- Answers per transaction: "ok", or the refusal's name and what goes with it.
local total, perSender, queuedPerSender = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

-- Makes room by the highest nonce of whoever sent the cheapest transaction, so that no gap opens.
local function evict(sender, price)
  local cheapest = call('ZRANGE', P .. ':price', 0, 0, 'WITHSCORES')
  if not cheapest[1] or tonumber(cheapest[2]) >= tonumber(price) then return false end
  local owner = call('HGET', P .. ':tx:' .. cheapest[1], 'sender')
  if owner == sender then return false end
  remove(call('ZREVRANGE', P .. ':sender:' .. owner, 0, 0)[1])
  return true
end

local function store(hash, sender, nonce, at)
  local raw = ARGV[at + 8]
  local arrival
  if #raw <= INLINE_BYTES then
    arrival = event('k', 'a', 'h', hash, 's', sender, 'r', raw)
  else
    arrival = event('k', 'a', 'h', hash, 's', sender)
  end
  call('HSET', P .. ':tx:' .. hash, 'raw', raw, 'sender', sender, 'nonce', nonce,
    'minFee', ARGV[at + 6], 'minTip', ARGV[at + 7], 'arrival', arrival)
  call('ZADD', P .. ':sender:' .. sender, nonce, hash)
  call('ZADD', P .. ':price', ARGV[at + 9], hash)
  call('ZADD', P .. ':expiry', ARGV[1], hash)
end

local function add(at)
  local hash, sender, nonce = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  if call('EXISTS', P .. ':tx:' .. hash) == 1 then return 'known' end
  local passed = tonumber(ARGV[at + 3])
  advance(sender, passed)
  local state, next = account(sender)
  local count = 0
  if state then
    if nonce < state then return 'low ' .. text(state) end
    local old = call('ZRANGEBYSCORE', P .. ':sender:' .. sender, ARGV[at + 2], ARGV[at + 2])[1]
    if old then
      local least = call('HMGET', P .. ':tx:' .. old, 'minFee', 'minTip')
      if ARGV[at + 4] < least[1] or ARGV[at + 5] < least[2] then return 'underpriced' end
      forget(old, sender)
      store(hash, sender, ARGV[at + 2], at)
      return 'ok'
    end
    count = call('ZCARD', P .. ':sender:' .. sender)
  else
    state, next = passed, passed
    if nonce < state then return 'low ' .. text(state) end
  end
  local pending = next - state
  if count >= perSender then return 'account' end
  if nonce > next and count - pending >= queuedPerSender then return 'account' end
  if call('ZCARD', P .. ':price') >= total and (nonce > next or not evict(sender, ARGV[at + 9])) then return 'full' end
  store(hash, sender, ARGV[at + 2], at)
  if nonce == next then
    next = next + 1
    if count > pending then next = runEnd(sender, next) end
  end
  setAccount(sender, pending, state, next)
  return 'ok'
end

local answers = {}
for at = 5, #ARGV, 10 do answers[#answers + 1] = add(at) end
return answers
