import { createHash } from 'node:crypto';
import { redisStepScript } from './redis-step-script.ts';
import { redisWindowScript } from './redis-window-script.ts';

/**
 * The middle: what begins every step. It is atomic because it is one script.
 *
 * A holder tells the epoch and the step that it last saw. A server that knows of neither has lost permits, at a restart or by a fail-over to a copy
 * that lags: every window then counts as full from the moment at which all calls in flight are over. Of a new account, calls are in
 * doubt only until the server's start.
 */
const accountScript = `
local knownEpoch = request.knownEpoch
local epoch = redis.call('HGET', account, 'epoch')
local step = redis.call('HINCRBY', account, 'step', 1)
local startsNew = not epoch
local lost = false
local function madeAtMs(name) return tonumber(string.match(name, '^%d+')) or 0 end
if knownEpoch then
  if startsNew then lost = true
  elseif knownEpoch == epoch then lost = step <= request.knownStep
  else lost = redis.call('HGET', account, 'lostMs') == false or madeAtMs(knownEpoch) > madeAtMs(epoch) end
end

local startMs = nil
if startsNew then
  startMs = nowMs
  local known, info = pcall(redis.call, 'INFO', 'server')
  local upSeconds = known and type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)')
  if upSeconds then startMs = nowMs - upSeconds * 1000 end
end
loadWindows(startMs)

if startsNew or lost then
  epoch = string.format('%.0f', nowMs) .. '-' .. request.random
  redis.call('HSET', account, 'epoch', epoch)
end
if lost then
  step = redis.call('HINCRBY', account, 'step', math.max(0, request.knownStep - step) + 1)
  redis.call('HSET', account, 'lostMs', nowMs)
  for _, window in ipairs(windows) do
    if window.count then addClosed(window, nowMs + request.callMs, window.count) end
  end
end
redis.call('HSET', account, 'nowMs', nowMs)
touch(account)

local function loadGroup(name)
  local text = redis.call('HGET', keyOf('groups'), name)
  local group = text and cjson.decode(text) or { untilMs = 0, round = 0, replies = 0, refusals = 0, fruitless = 0, told = {} }
  group.name = name
  group.unaccounted = keyOf('unaccounted', name)
  local ahead = {}
  for _, told in ipairs(group.told) do
    if told.resetAtMs + told.marginMs > nowMs then ahead[#ahead + 1] = told end
  end
  group.told = ahead
  return group
end

local function saveGroup(group)
  local text = cjson.encode({ untilMs = group.untilMs, round = group.round, replies = group.replies,
    refusals = group.refusals, fruitless = group.fruitless, told = group.told })
  redis.call('HSET', keyOf('groups'), group.name, text)
  touch(keyOf('groups'))
end

local function isOver(id, group)
  local untilMs = 0
  for _, told in ipairs(group.told) do untilMs = math.max(untilMs, told.resetAtMs + told.marginMs) end
  if untilMs == 0 then redis.call('ZREM', group.unaccounted, id)
  else redis.call('ZADD', group.unaccounted, 'XX', untilMs, id) end
end

local function forget(id)
  redis.call('HDEL', keyOf('permits'), id)
  redis.call('ZREM', keyOf('held'), id)
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', keyOf('held'), '-inf', nowMs)) do
  local text = redis.call('HGET', keyOf('permits'), id)
  if text then isOver(id, loadGroup(cjson.decode(text).group)) end
  forget(id)
end
`;

const answerScript = `
local answer = steps[request.step]()
return cjson.encode({ epoch = epoch, step = step, answer = answer })
`;

const text = redisWindowScript + accountScript + redisStepScript + answerScript;

/** The whole script: one key, which is also the beginning of all others and holds their hash tag; one argument, a request as JSON. */
export const redisPermitScript = { text, sha: createHash('sha1').update(text).digest('hex') };
