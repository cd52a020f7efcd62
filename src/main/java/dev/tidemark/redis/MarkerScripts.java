package dev.tidemark.redis;

/**
 * What Redis runs.
 */
final class MarkerScripts {

	/**
	 * Reads a string. What is none is {@code ''}.
	 */
	private static final String TEXT = """
			local function text(key)
				local value = redis.pcall('GET', key)
				if type(value) == 'table' then
					if not string.find(value.err, 'WRONGTYPE', 1, true) then
						error(value.err, 0)
					end
					return ''
				end
				return value
			end
			""";

	/**
	 * Reads a position. What is none is {@code ''}.
	 */
	private static final String POSITION = TEXT + """
			local function position(key)
				local value = text(key)
				if value and (#value ~= 24 or string.find(value, '[^0-9a-f]')
						or value < '00000001' or value >= '8') then
					return ''
				end
				return value
			end
			""";

	/**
	 * Tells the time, and which life of the data this is. Evicted keys count whatever the
	 * policy is now: it can be set, and taken back, at any time.
	 */
	private static final String SERVER = """
			local function clock()
				local time = redis.call('TIME')
				return time[1] .. string.format('%06d', time[2])
			end
			local function told(section, pattern)
				return string.match(redis.call('INFO', section), pattern) or ''
			end
			local server = told('replication', 'master_replid:(%x+)') .. ':' .. told('stats', 'evicted_keys:(%d+)')
			local function life(key)
				local epoch = text(key)
				return epoch and server .. ':' .. epoch
			end
			""";

	/**
	 * Reads markers: keys are pairs of a marker and the epoch beside it. The write
	 * without effect is refused by whoever takes no markers: a replica, or a server that
	 * is full.
	 */
	static final String READ = oneLine(POSITION + SERVER + """
			local taken = redis.pcall('SETRANGE', KEYS[2], 0, '')
			if type(taken) == 'table' and not string.find(taken.err, 'WRONGTYPE', 1, true) then
				error(taken.err, 0)
			end
			local answer = { clock() }
			for i = 1, #KEYS, 2 do
				answer[#answer + 1] = position(KEYS[i])
				answer[#answer + 1] = life(KEYS[i + 1])
			end
			return answer""");

	/**
	 * Raises markers to a position, with a life in milliseconds. What is no position is
	 * not worth keeping, nor one that no server can have reached within a marker's life:
	 * more than a thousand timelines or a tebibyte ahead.
	 */
	static final String WRITE = oneLine(POSITION + """
			local new = ARGV[1]
			local function number(text, first, last)
				return tonumber(string.sub(text, first, last), 16)
			end
			local function stays(current)
				if not current or current <= new then
					return false
				end
				local timelines = number(current, 1, 8) - number(new, 1, 8)
				return timelines <= 1000 and (timelines > 0 or number(current, 9, 14) - number(new, 9, 14) <= 1)
			end
			for _, key in ipairs(KEYS) do
				if stays(position(key)) then
					redis.call('PEXPIRE', key, ARGV[2])
				else
					redis.call('SET', key, new, 'PX', ARGV[2])
				end
			end
			return 1""");

	/**
	 * Returns epochs, for each that is missing or none the candidate. What is there is
	 * written to without effect, so that a server that takes no writes is found out.
	 */
	static final String EPOCHS = oneLine(TEXT + SERVER + """
			local policy = string.match(redis.call('INFO', 'memory'), 'maxmemory_policy:([%w-]+)') or 'noeviction'
			local answer = { clock(), policy }
			for i, key in ipairs(KEYS) do
				local epoch = text(key)
				if epoch and #epoch == #ARGV[i] then
					redis.call('SETRANGE', key, 0, '')
				else
					redis.call('SET', key, ARGV[i])
				end
				answer[#answer + 1] = life(key)
			end
			return answer""");

	private MarkerScripts() {
	}

	/**
	 * A script is sent with every command.
	 */
	private static String oneLine(String script) {
		return script.replaceAll("\\s+", " ");
	}

}
