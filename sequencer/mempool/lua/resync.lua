-- Fits the pool to nonces that moved otherwise than by a block: back, or past what waits.
-- ARGV: sender key prefix, then sender and next nonce for each. Returns hash and sender of what can never be mined now.
local gone = {}
for i = 2, #ARGV, 2 do
  local sender, nextNonce = ARGV[i], ARGV[i + 1]
  local senderKey = ARGV[1] .. sender
  for _, hash in ipairs(call('ZRANGEBYSCORE', senderKey, '-inf', '(' .. nextNonce)) do
    removeOne(hash, call('HGET', TXS, hash), sender, senderKey)
    tellRemoval(hash, sender, '')
    gone[#gone + 1] = hash
    gone[#gone + 1] = sender
  end
  if call('EXISTS', senderKey) == 0 then
    call('HDEL', NEXT, sender)
    call('HDEL', COSTS, sender)
  else
    local following = tonumber(nextNonce)
    while hashAt(senderKey, text(following)) do following = following + 1 end
    call('HSET', NEXT, sender, text(following))
  end
end
writeEvents()
return gone
