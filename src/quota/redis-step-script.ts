/**
 * The last part of the script: places in the line, and one function for each method of `PermitStore`, which follow `PermitLedger`, `Allowances` and
 * `RefusalPause`; their comments say why.
 */
export const redisStepScript = `
-- How many wait that were served less lately, in this group and in all. A place is kept for two seconds after the asking, and after the time to ask again.
local function countAhead(mine, field)
  local function servedMs(name) return tonumber(redis.call('ZSCORE', keyOf('served'), name) or '-1') end
  local mineMs = servedMs(field)
  local same, all = 0, 0
  for name, text in pairs(hashOf(keyOf('places'))) do
    local place = cjson.decode(text)
    local isDue = place.againMs <= nowMs + 50
    -- A group that waits for something of its own wants nothing of what the groups share before that is over.
    local wants = isDue or (place.askedMs + 2000 >= nowMs and (place.group == request.group or not place.own))
    if math.max(place.askedMs, place.againMs) + 2000 < nowMs then
      redis.call('HDEL', keyOf('places'), name)
    elseif name ~= field and wants then
      local theirsMs = servedMs(name)
      local earlier = place.sinceMs < mine.sinceMs or (place.sinceMs == mine.sinceMs and name < field)
      if theirsMs < mineMs or (theirsMs == mineMs and earlier) then
        all = all + 1
        if place.group == request.group then same = same + 1 end
      end
    end
  end
  return same, all
end

local function wait(mine, field, untilMs, why, window)
  mine.askedMs, mine.againMs = nowMs, untilMs
  mine.own = why == 'paused' or why == 'told' or (window ~= nil and window.group ~= '')
  redis.call('HSET', keyOf('places'), field, cjson.encode(mine))
  touch(keyOf('places'))
  local answer = { kind = 'wait', waitMs = untilMs - nowMs, why = why }
  if window then
    answer.count = window.count
    answer.windowMs = window.windowMs
    local lostMs = tonumber(redis.call('HGET', account, 'lostMs') or '')
    answer.lost = lostMs ~= nil and nowMs < lostMs + request.callMs + window.spanMs
  end
  return answer
end

local steps = {}

function steps.take()
  local group = loadGroup(request.group)
  local field = cjson.encode({ request.holder, request.group })
  local mineText = redis.call('HGET', keyOf('places'), field)
  local mine = mineText and cjson.decode(mineText) or { sinceMs = nowMs, holder = request.holder, group = request.group }

  local untilMs, why, full = nowMs, '', nil
  if group.untilMs > nowMs then untilMs, why = group.untilMs, 'paused' end
  redis.call('ZREMRANGEBYSCORE', group.unaccounted, '-inf', nowMs)
  local unaccounted = redis.call('ZCARD', group.unaccounted)
  for _, told in ipairs(group.told) do
    local endMs = told.resetAtMs + told.marginMs
    if unaccounted >= told.remaining and endMs > untilMs then untilMs, why = endMs, 'told' end
  end
  for _, window in ipairs(windows) do
    if window.count and counts(window, request.group) and used(window) >= window.count then
      local windowMs = freeMs(window)
      if windowMs > untilMs then untilMs, why, full = windowMs, 'window', window end
    end
  end
  if untilMs > nowMs then return wait(mine, field, untilMs, why, full) end

  local same, all = countAhead(mine, field)
  local most = request.most
  for _, told in ipairs(group.told) do most = math.min(most, told.remaining - unaccounted - same) end
  for _, window in ipairs(windows) do
    if window.count and counts(window, request.group) then
      most = math.min(most, window.count - used(window) - (window.group == '' and all or same))
    end
  end
  if most < 1 then return wait(mine, field, nowMs + 20, 'others') end

  if group.refusals > 0 then
    group.fruitless = group.replies > group.refusals and 0 or group.fruitless + 1
    group.round, group.replies, group.refusals = group.round + 1, 0, 0
    saveGroup(group)
  end
  redis.call('HDEL', keyOf('places'), field)
  redis.call('ZADD', keyOf('served'), nowMs, field)
  redis.call('ZREMRANGEBYSCORE', keyOf('served'), '-inf', nowMs - 60000)
  touch(keyOf('served'))
  local deadlineMs = nowMs + 1 + request.graceMs + request.timeoutMs
  local text = cjson.encode({ group = request.group, round = group.round, deadlineMs = deadlineMs })
  local ids = {}
  for index = 1, most do
    local id = epoch .. '-' .. step .. '-' .. index
    ids[index] = id
    redis.call('HSET', keyOf('permits'), id, text)
    redis.call('ZADD', keyOf('held'), deadlineMs, id)
    redis.call('ZADD', group.unaccounted, '+inf', id)
    for _, window in ipairs(windows) do
      if counts(window, request.group) then addOpen(window, id, deadlineMs) end
    end
  end
  touch(keyOf('permits'))
  touch(keyOf('held'))
  touch(group.unaccounted)
  return { kind = 'granted', ids = ids }
end

function steps.settle()
  local groups = {}
  for _, ending in ipairs(request.endings) do
    local text = redis.call('HGET', keyOf('permits'), ending.id)
    if text then
      local permit = cjson.decode(text)
      local group = groups[permit.group] or loadGroup(permit.group)
      groups[permit.group] = group
      forget(ending.id)
      if ending.how == 'unused' then redis.call('ZREM', group.unaccounted, ending.id)
      else isOver(ending.id, group) end
      -- A lost call stays where it is: at the latest moment at which it can be counted.
      if ending.how ~= 'lost' then
        for _, window in ipairs(windows) do
          if redis.call('ZREM', window.open, ending.id) == 1 and ending.how == 'replied' then
            addClosed(window, nowMs + 1, 1)
          end
        end
      end
      if ending.how == 'replied' and permit.round == group.round then group.replies = group.replies + 1 end
    end
  end
  for _, group in pairs(groups) do saveGroup(group) end
end

function steps.leave()
  redis.call('HDEL', keyOf('users'), request.user)
  for _, holder in ipairs(request.holders) do
    for field, text in pairs(hashOf(keyOf('places'))) do
      if cjson.decode(text).holder == holder then redis.call('HDEL', keyOf('places'), field) end
    end
  end
end

local function doubled(firstMs, times) return math.min(60000, firstMs * 2 ^ math.min(times, 16)) end

function steps.pause()
  local group = loadGroup(request.group)
  local shortestMs = 60000
  for _, window in ipairs(windows) do
    if window.count and counts(window, request.group) and not window.fixed then
      shortestMs = math.min(shortestMs, window.windowMs)
    end
  end
  group.refusals = group.refusals + 1
  local pauseMs = doubled(math.max(1000, shortestMs), group.fruitless)
  if request.waitMs then
    pauseMs = math.max(request.waitMs, group.fruitless == 0 and 0 or doubled(1000, group.fruitless - 1))
  end
  local jitterMs = request.chance * math.min(1000, 50 + pauseMs / 20)
  group.untilMs = math.max(group.untilMs, nowMs + math.ceil(pauseMs + jitterMs))
  saveGroup(group)
end

function steps.learn()
  local learnt = request.learnt
  -- A group's own limit rather than that of all calls.
  local same = nil
  for _, window in ipairs(windows) do
    if window.count and counts(window, request.group) and window.windowMs == learnt.windowMs then
      if not same or window.group == request.group then same = window end
    end
  end
  if same then
    redis.call('HSET', keyOf('learnt'), same.name, learnt.askedCount)
    touch(keyOf('learnt'))
    return
  end
  local window = nil
  for _, stored in ipairs(windows) do
    if stored.name == learnt.name then window = stored end
  end
  if not window then
    window = shape(learnt, {}, {})
    informed(window)
  end
  remember(window)
  redis.call('HSET', keyOf('learnt'), window.name, learnt.askedCount)
  touch(keyOf('learnt'))
  -- The limit was just hit: its window is full, and the calls in flight count besides.
  window.count = learnt.askedCount + redis.call('ZCARD', window.open)
  fill(window, nowMs)
end

function steps.notice()
  local group = loadGroup(request.group)
  local resetAtMs = request.resetMs and nowMs + math.floor(request.resetMs)
  local marginMs = request.marginMs
  for _, window in ipairs(windows) do
    if window.count and window.fixed and counts(window, request.group) then
      if request.limit and request.limit >= 1 then
        redis.call('HSET', keyOf('learnt'), window.name, math.floor(request.limit))
        touch(keyOf('learnt'))
      end
      if resetAtMs then
        resetAt(window, resetAtMs)
        marginMs = window.marginMs
      end
    end
  end
  if not resetAtMs or not request.remaining or request.remaining < 0 then return end
  redis.call('ZREM', group.unaccounted, request.id)
  local same = nil
  for _, told in ipairs(group.told) do
    if not same and math.abs(told.resetAtMs - resetAtMs) <= 500 then same = told end
  end
  if same then
    same.remaining = math.min(same.remaining, request.remaining)
    same.resetAtMs = math.min(same.resetAtMs, resetAtMs)
  else
    group.told[#group.told + 1] = { resetAtMs = resetAtMs, marginMs = marginMs, remaining = request.remaining }
  end
  table.sort(group.told, function(a, b) return a.remaining < b.remaining end)
  while #group.told > 8 do table.remove(group.told) end
  saveGroup(group)
end

function steps.rates()
  local rates = {}
  for _, window in ipairs(windows) do
    if window.count then rates[#rates + 1] = { count = window.count, windowMs = window.windowMs } end
  end
  return { rates = rates }
end

function steps.usage()
  local usage = {}
  for _, window in ipairs(windows) do
    if window.count then
      local back = {}
      for _, bucket in ipairs(redis.call('ZRANGE', window.closed, 0, -1)) do
        local calls = tonumber(redis.call('HGET', window.sums, bucket) or '0')
        if calls > 0 then back[#back + 1] = { math.max(0, backMs(window, tonumber(bucket)) - nowMs), calls } end
      end
      local open = redis.call('ZCARD', window.open)
      if open > 0 then back[#back + 1] = { backMs(window, nowMs) - nowMs, open } end
      local one = { count = window.count, windowMs = window.windowMs, group = window.group }
      if #back > 0 then one.back = back end
      usage[#usage + 1] = one
    end
  end
  return { usage = usage }
end
`;
