/**
 * The first half of the script that a Redis server runs for `RedisPermitStore`: its clock, and the windows of one account, by the arithmetic of
 * `ledger-window.ts`. All moments are whole milliseconds of the server's clock, rounded to the careful side, so that numbers keep all
 * their digits on the way through Lua, JSON and Redis.
 *
 * A window's permits are in one of two places. `open`: by id, each at the latest moment at which its call can be counted, so that one that nobody
 * settles comes back by itself. `closed`: counted in buckets of `widthMs` by their ends, so that a day of calls stays small; a later moment is the careful one.
 *
 * Every call is counted in every window of the account that any user declared of late, whoever sends it, so that users with different
 * rates know of each other's calls.
 */
export const redisWindowScript = `
local account = KEYS[1]
local request = cjson.decode(ARGV[1])
local keepMs = 2592000000
local shortMs = 60000

local time = redis.call('TIME')
local lastMs = tonumber(redis.call('HGET', account, 'nowMs') or '0')
local nowMs = math.max(time[1] * 1000 + math.floor(time[2] / 1000), lastMs)

local function keyOf(kind, name)
  if name then return account .. ':' .. kind .. ':' .. name end
  return account .. ':' .. kind
end

-- Never shortens the life of what is kept for longer already.
local function touch(key, forMs)
  redis.call('PEXPIRE', key, forMs and math.max(forMs, redis.call('PTTL', key)) or keepMs)
end

local windows = {}

local function counts(window, group) return window.group == '' or window.group == group end

local function used(window)
  return redis.call('ZCARD', window.open) + tonumber(redis.call('HGET', window.sums, 'all') or '0')
end

local function addOpen(window, id, atMs)
  redis.call('ZADD', window.open, atMs, id)
  touch(window.open, math.max(0, atMs - nowMs) + 2 * window.spanMs + shortMs)
end

local function addClosed(window, atMs, count)
  local bucketMs = math.ceil(atMs / window.widthMs) * window.widthMs
  local bucket = string.format('%.0f', bucketMs)
  redis.call('ZADD', window.closed, bucketMs, bucket)
  redis.call('HINCRBY', window.sums, bucket, count)
  redis.call('HINCRBY', window.sums, 'all', count)
  local forMs = math.max(0, bucketMs - nowMs) + 2 * window.spanMs + shortMs
  touch(window.closed, forMs)
  touch(window.sums, forMs)
end

local function fill(window, atMs)
  local missing = window.count - used(window)
  if missing > 0 then addClosed(window, atMs, missing) end
end

local function backMs(window, atMs)
  local bySpanMs = atMs + window.spanMs
  for _, resetMs in ipairs(window.resets) do
    if atMs <= resetMs - window.marginMs then return math.min(bySpanMs, resetMs + window.marginMs) end
  end
  return bySpanMs
end

local function prune(window)
  local limitMs = nowMs - window.spanMs
  local ahead = {}
  for _, resetMs in ipairs(window.resets) do
    if resetMs + window.marginMs <= nowMs then limitMs = math.max(limitMs, resetMs - window.marginMs)
    else ahead[#ahead + 1] = resetMs end
  end
  window.resets = ahead
  local gone = redis.call('ZRANGEBYSCORE', window.closed, '-inf', limitMs)
  for _, bucket in ipairs(gone) do
    redis.call('HINCRBY', window.sums, 'all', -tonumber(redis.call('HGET', window.sums, bucket) or '0'))
    redis.call('HDEL', window.sums, bucket)
  end
  if #gone > 0 then redis.call('ZREMRANGEBYSCORE', window.closed, '-inf', limitMs) end
  redis.call('ZREMRANGEBYSCORE', window.open, '-inf', limitMs)
end

local function resetAt(window, atMs)
  local same = false
  for index, resetMs in ipairs(window.resets) do
    if not same and math.abs(resetMs - atMs) < window.spanMs / 2 then
      window.resets[index] = math.min(resetMs, atMs)
      same = true
    end
  end
  if not same then window.resets[#window.resets + 1] = atMs end
  table.sort(window.resets)
  redis.call('HSET', keyOf('resets'), window.name, cjson.encode(window.resets))
  touch(keyOf('resets'))
end

-- The earliest moment at which one more may go, for a window that is full. A permit that is still out may be settled at once.
local function freeMs(window)
  local surplus = used(window) - window.count
  local moments = {}
  for _, bucket in ipairs(redis.call('ZRANGE', window.closed, 0, surplus)) do
    if #moments > surplus then break end
    local sum = tonumber(redis.call('HGET', window.sums, bucket) or '0')
    for _ = 1, math.min(surplus + 1, sum) do moments[#moments + 1] = tonumber(bucket) end
  end
  local open = redis.call('ZRANGE', window.open, 0, surplus, 'WITHSCORES')
  for index = 2, #open, 2 do moments[#moments + 1] = math.min(nowMs, tonumber(open[index])) end
  table.sort(moments)
  return backMs(window, moments[surplus + 1] or nowMs)
end

local function shape(stored, resets, learnt)
  local window = stored
  window.open = keyOf('open', window.name)
  window.closed = keyOf('closed', window.name)
  window.sums = keyOf('sums', window.name)
  window.resets = resets[window.name] and cjson.decode(resets[window.name]) or {}
  window.learnt = tonumber(learnt[window.name])
  window.count = window.learnt
  return window
end

local function hashOf(key)
  local flat = redis.call('HGETALL', key)
  local fields = {}
  for index = 1, #flat, 2 do fields[flat[index]] = flat[index + 1] end
  return fields
end

local function remember(window)
  local named = { name = window.name, group = window.group, windowMs = window.windowMs, fixed = window.fixed,
    spanMs = window.spanMs, marginMs = window.marginMs, widthMs = window.widthMs, usedMs = nowMs }
  redis.call('HSET', keyOf('windows'), window.name, cjson.encode(named))
  touch(keyOf('windows'))
end

-- A new window knows of what is in flight, and of the calls that the longest windows of the same calls, or more, know of.
local function informed(window)
  for id, text in pairs(hashOf(keyOf('permits'))) do
    local permit = cjson.decode(text)
    if counts(window, permit.group) then addOpen(window, id, permit.deadlineMs) end
  end
  local whole, parts = nil, {}
  for _, other in ipairs(windows) do
    if other.name ~= window.name then
      local longest = parts[other.group]
      if not longest or longest.windowMs < other.windowMs then parts[other.group] = other end
      if counts(other, window.group) and (not whole or whole.windowMs < other.windowMs) then whole = other end
    end
  end
  local sources = {}
  if whole then sources[1] = whole
  elseif window.group == '' then for _, other in pairs(parts) do sources[#sources + 1] = other end end
  for _, other in ipairs(sources) do
    for _, bucket in ipairs(redis.call('ZRANGEBYSCORE', other.closed, nowMs - window.spanMs, '+inf')) do
      addClosed(window, tonumber(bucket), tonumber(redis.call('HGET', other.sums, bucket) or '0'))
    end
    for index, entry in ipairs(redis.call('ZRANGE', other.open, 0, -1, 'WITHSCORES')) do
      if index % 2 == 1 and redis.call('ZSCORE', window.open, entry) == false then
        addOpen(window, entry, tonumber(redis.call('ZSCORE', other.open, entry)))
      end
    end
  end
end

-- The strictest of what the present users declare holds; what the vendor stated takes the place of what no user set, and binds all.
local function declare(byName)
  local users = hashOf(keyOf('users'))
  local own = users[request.user] and cjson.decode(users[request.user])
  if not own or nowMs - own.seenMs > 10000 then
    local named = {}
    for _, asked in ipairs(request.windows) do named[#named + 1] = { name = asked.name, count = asked.askedCount } end
    users[request.user] = cjson.encode({ seenMs = nowMs, userSet = request.userSet, windows = named,
      reservePercent = request.reservePercent })
    redis.call('HSET', keyOf('users'), request.user, users[request.user])
    touch(keyOf('users'))
  end
  local reservePercent = 0
  for name, text in pairs(users) do
    local user = cjson.decode(text)
    if nowMs - user.seenMs > shortMs then
      redis.call('HDEL', keyOf('users'), name)
    else
      reservePercent = math.max(reservePercent, user.reservePercent or 0)
      for _, declared in ipairs(user.windows) do
        local window = byName[declared.name]
        if window and (user.userSet or not window.learnt) then
          window.count = math.min(window.count or declared.count, declared.count)
        end
      end
    end
  end
  if reservePercent > 0 then
    for _, window in pairs(byName) do
      if window.count then window.count = math.max(1, math.floor(window.count * (100 - reservePercent) / 100)) end
    end
  end
end

-- Of a new account, calls may have been counted until startMs. Seconds of them are waited for; a day is not.
local function loadWindows(startMs)
  local resets = hashOf(keyOf('resets'))
  local learnt = hashOf(keyOf('learnt'))
  local byName = {}
  for name, text in pairs(hashOf(keyOf('windows'))) do
    local stored = cjson.decode(text)
    if nowMs - stored.usedMs < 7 * 86400000 or learnt[name] then
      byName[name] = shape(stored, resets, learnt)
      windows[#windows + 1] = byName[name]
    else
      redis.call('HDEL', keyOf('windows'), name)
    end
  end
  table.sort(windows, function(a, b) return a.name < b.name end)
  for _, window in ipairs(windows) do prune(window) end
  local fresh = {}
  for index, asked in ipairs(request.windows) do
    local window = byName[asked.name]
    if not window then
      window = shape(asked, resets, learnt)
      byName[asked.name] = window
      fresh[#fresh + 1] = window
      remember(window)
    elseif nowMs - window.usedMs > 3600000 then
      remember(window)
    end
    window.place = index
  end
  for _, window in ipairs(fresh) do informed(window) end
  for _, window in ipairs(fresh) do windows[#windows + 1] = window end
  declare(byName)
  for _, window in ipairs(fresh) do
    if startMs and window.windowMs <= shortMs and startMs + window.spanMs > nowMs then fill(window, startMs) end
  end
  -- Those that this user declares come first, as it declares them.
  table.sort(windows, function(a, b)
    if a.place ~= b.place then return (a.place or 1000) < (b.place or 1000) end
    return a.name < b.name
  end)
end
`;
