-- What wrk sends, and what it reports: used by `cargo xtask bench` alone, with words of the form name=value after `--`.
--
--   method=GET             the method
--   header=Name: value     a header; any number of them
--   bodies=FILE            the bodies, one a line, sent in turn; ${n} becomes a number that is used once
--   expect=TEXT            what the body of every answer has to hold
--   delay=MILLISECONDS     how long a connection rests after an answer
--   acknowledged=FILE      where the usernames in good answers go, one a line, written at once

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

-- wrk looks only after this at which functions there are: what is not needed costs nothing.
function init(args)
  local words = { headers = {} }
  for _, word in ipairs(args) do
    local name, value = word:match("^(%w+)=(.*)$")
    if name == "header" then
      local header, text = value:match("^([^:]+): (.*)$")
      wrk.headers[header] = text
    else
      words[name] = value
    end
  end
  wrk.method = words.method or "POST"
  if words.bodies then bodies(words.bodies) end
  if words.delay then
    local rest = tonumber(words.delay)
    delay = function() return rest end
  end
  wrong, sample = 0, ""
  if words.expect then check(words.expect, words.acknowledged) end
end

function bodies(file)
  local lines = {}
  for line in io.lines(file) do table.insert(lines, line) end
  if #lines == 1 and not lines[1]:find("${n}", 1, true) then
    -- wrk sends it without asking again.
    wrk.body = lines[1]
    return
  end
  local sent = 0
  request = function()
    sent = sent + 1
    local line = lines[(sent - 1) % #lines + 1]
    local body = line:gsub("${n}", number .. "n" .. sent)
    return wrk.format(nil, nil, nil, body)
  end
end

function check(expected, acknowledged)
  local file = acknowledged and io.open(acknowledged, "a")
  if file then file:setvbuf("no") end
  response = function(status, _, body)
    if status ~= 200 or not body:find(expected, 1, true) then
      wrong, sample = wrong + 1, status .. " " .. body:sub(1, 300)
    elseif file then
      file:write(body:match('"username":"([^"]*)"'), "\n")
    end
  end
end

function done(summary, latency)
  local all, last = 0, ""
  for _, thread in ipairs(threads) do
    all = all + thread:get("wrong")
    if thread:get("sample") ~= "" then last = thread:get("sample") end
  end
  local errors = summary.errors
  local figures = {
    requests = summary.requests,
    micros = summary.duration,
    bytes = summary.bytes,
    failed = errors.connect + errors.read + errors.write + errors.timeout,
    refused = errors.status,
    wrong = all,
    p50 = latency:percentile(50),
    p99 = latency:percentile(99),
    max = latency.max,
  }
  for name, value in pairs(figures) do print(string.format("figure %s %.0f", name, value)) end
  if last ~= "" then print("sample " .. last:gsub("%s", " ")) end
end
