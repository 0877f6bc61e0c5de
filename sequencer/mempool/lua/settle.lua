-- After a block. ARGV: number of senders, then sender and next nonce of each, then hashes that are out for good.
local senders = tonumber(ARGV[1])
for i = 1, senders do advance(ARGV[2 * i], tonumber(ARGV[2 * i + 1])) end
local removed = 0
for i = 2 * senders + 2, #ARGV do removed = removed + remove(ARGV[i]) end
return removed
