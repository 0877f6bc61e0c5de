-- The number of the last event and the whole pool at that moment: hash, sender, arrival, raw of each transaction.
local answer = { call('HGET', P .. ':meta', 'event') or '0' }
for _, hash in ipairs(call('ZRANGE', P .. ':price', 0, -1)) do
  local found = call('HMGET', P .. ':tx:' .. hash, 'sender', 'arrival', 'raw')
  answer[#answer + 1] = hash
  answer[#answer + 1] = found[1]
  answer[#answer + 1] = found[2]
  answer[#answer + 1] = found[3]
end
return answer
