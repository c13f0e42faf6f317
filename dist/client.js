const holds = (function holds(permission) {
	return Deno.permissions.querySync(permission).state === "granted";
});
const isGranted = (function isGranted(name, path) {
	return holds({
		name,
		path
	});
});
const isOwn = (function isOwn(uid, touch) {
	const own = ownUid();
	if (own !== void 0) return uid === own;
	try {
		touch(Date.now() / 1e3);
		return true;
	} catch (error) {
		if (error instanceof Deno.errors.PermissionDenied) return false;
		if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) throw error;
		return true;
	}
});
const ownUid = (function ownUid() {
	return holds({
		name: "sys",
		kind: "uid"
	}) ? Deno.uid() : void 0;
});
const isWritableByOthers = (function isWritableByOthers({ mode }) {
	return mode !== null && (mode & 18) !== 0;
});
const isOpenToOthers = (function isOpenToOthers(info) {
	return isWritableByOthers(info) && (info.mode & 512) === 0;
});
const startTimer = (function startTimer(milliseconds, onOver) {
	let stopped = false;
	const cell = new Int32Array(new SharedArrayBuffer(4));
	const { value } = Atomics.waitAsync(cell, 0, 0, milliseconds);
	Promise.resolve(value).then(() => stopped || onOver());
	return { [Symbol.dispose]() {
		stopped = true;
		Atomics.notify(cell, 0);
	} };
});
const limitTime = (function limitTime(milliseconds, onOver) {
	let over = false;
	const end = () => {
		over = true;
		onOver();
	};
	const start = (milliseconds) => startTimer(milliseconds, () => timer = startTimer(READ_TIME, end));
	let timer = start(milliseconds);
	return {
		isOver: () => over,
		[Symbol.dispose]: () => timer[Symbol.dispose](),
		extend(milliseconds) {
			timer[Symbol.dispose]();
			timer = start(milliseconds);
		}
	};
});
const setTimer = (function setTimer(milliseconds, onOver) {
	const timer = setTimeout(onOver, milliseconds);
	return { [Symbol.dispose]: () => clearTimeout(timer) };
});
const atNextTick = (function atNextTick(run) {
	immediate ??= globalThis.setImmediate;
	immediate(run);
});
const delay = (async function delay(milliseconds) {
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
});
const pause = (async function pause(milliseconds) {
	using _alive = keepAlive();
	await new Promise((resolve) => startTimer(milliseconds, resolve));
});
const keepAlive = (function keepAlive() {
	const { port1, port2 } = new MessageChannel();
	port1.onmessage = () => {};
	return { [Symbol.dispose]() {
		port1.close();
		port2.close();
	} };
});
const within = (async function within(milliseconds, promise) {
	const late = Promise.withResolvers();
	using _timer = setTimer(milliseconds, () => late.resolve(false));
	return await Promise.race([promise.then(() => true), late.promise]);
});
const untilAborted = (async function untilAborted(promise, signal) {
	const aborted = Promise.withResolvers();
	const abort = () => aborted.reject(signal.reason);
	signal?.addEventListener("abort", abort);
	try {
		signal?.throwIfAborted();
		return await Promise.race([promise, aborted.promise]);
	} finally {
		signal?.removeEventListener("abort", abort);
		promise.catch(() => {});
	}
});
const mayConnect = (function mayConnect(path) {
	return isGranted("read", path) && isGranted("write", path) && holds({
		name: "net",
		host: `unix:${path}`
	});
});
const dial = (async function dial({ dialer, sockfile }, mayWait) {
	if (dialer) return await dialer.dial();
	for (;;) {
		try {
			return await dialSocket(sockfile);
		} catch (error) {
			if (!(error instanceof Deno.errors.WouldBlock) || !mayWait()) throw error;
		}
		await pause(TURN_INTERVAL);
	}
});
const dialSocket = (async function dialSocket(path) {
	const conn = await Deno.connect({
		transport: "unix",
		path
	});
	if (isOwnSocket(path)) return conn;
	conn.close();
	const { checkPlace } = await import("./cold.js");
	checkPlace(path);
	throw new Deno.errors.ConnectionReset("it was closing");
});
const isOwnSocket = (function isOwnSocket(path) {
	try {
		const { isSocket, uid } = Deno.lstatSync(path);
		return isSocket === true && isOwn(uid, (time) => Deno.utimeSync(path, time, time));
	} catch {
		return false;
	}
});
const nowhere = (function nowhere() {});
const isDeeper = (function isDeeper(json, depth) {
	if (json.length <= 2 * depth || !mayNest(json, depth + 1)) return false;
	const steps = new Int8Array(256);
	for (const bracket of "[{") steps[bracket.charCodeAt(0)] = 1;
	for (const bracket of "]}") steps[bracket.charCodeAt(0)] = -1;
	const turns = new Int8Array(256);
	turns[QUOTE] = -1;
	const bytes = new TextEncoder().encode(json);
	let level = 0;
	let outside = -1;
	let at = 0;
	const escape = json.indexOf("\\");
	const end = (escape === -1 ? bytes.length : escape) - STRIDE;
	for (; at <= end && level <= depth - STRIDE; at += STRIDE) {
		const first = bytes[at];
		const second = bytes[at + 1];
		const third = bytes[at + 2];
		const fourth = bytes[at + 3];
		outside ^= turns[first];
		level += steps[first] & outside;
		outside ^= turns[second];
		level += steps[second] & outside;
		outside ^= turns[third];
		level += steps[third] & outside;
		outside ^= turns[fourth];
		level += steps[fourth] & outside;
	}
	for (; at < bytes.length; at++) {
		const byte = bytes[at];
		outside ^= turns[byte];
		level += steps[byte] & outside;
		if (level > depth) return true;
		if (byte === BACKSLASH) at++;
	}
	return false;
});
const mayNest = (function mayNest(text, count) {
	let left = count;
	for (const bracket of ["[", "{"]) for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) if (!isBesideClosed(text, at) && --left === 0) return true;
	return false;
});
const isBesideClosed = (function isBesideClosed(text, at) {
	return (text.charCodeAt(at - 2) | BRACE) === CLOSING_BRACE;
});
const isLonger = (function isLonger(text, bytes) {
	return text.length > bytes || text.length * 3 > bytes && encoder$1.encode(text).length > bytes;
});
const writeAll = (async function writeAll(duplex, bytes, length = bytes.length) {
	checkLength(bytes, length);
	let written = await duplex.write(bytes);
	while (written < length) {
		checkLength(bytes, length);
		written += await duplex.write(bytes.subarray(written));
	}
});
const checkLength = (function checkLength(bytes, length) {
	if (bytes.length === length) return;
	throw new TypeError(`Cannot send ${length} bytes: their memory has ${bytes.length} of them by now; send a copy`);
});
const isRecord = (function isRecord(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
});
const requestText = (function requestText(id, method, params, session) {
	const start = id === void 0 ? "{\"jsonrpc\":\"2.0\"," : `{"jsonrpc":"2.0","id":${idText(id)},`;
	const end = session === void 0 ? "}" : `,"session":${JSON.stringify(session)}}`;
	return start + methodText(method) + params + end;
});
const idText = (function idText(id) {
	return typeof id === "number" ? `${id}` : JSON.stringify(id);
});
const methodText = (function methodText(method) {
	let text = methodTexts.get(method);
	if (text === void 0) {
		text = `"method":${JSON.stringify(method)},"params":`;
		if (methodTexts.size < MAX_METHOD_TEXTS) methodTexts.set(method, text);
	}
	return text;
});
const resultText = (function resultText(id, result) {
	return `${ANSWER}${JSON.stringify(id)}${RESULT}${JSON.stringify(result) ?? "null"}}`;
});
const parseAnswer = (function parseAnswer(line) {
	return parseResult(line) ?? JSON.parse(line);
});
const parseResult = (function parseResult(line) {
	if (line.length > SHORT || !line.startsWith(ANSWER)) return;
	let at = 22;
	if (line.charCodeAt(at) === ZERO$1) return;
	let id = 0;
	for (; at < ID_END; at++) {
		const code = line.charCodeAt(at);
		if (!(code >= ZERO$1 && code <= NINE$1)) break;
		id = id * 10 + code - ZERO$1;
	}
	if (id === 0 || !line.startsWith(RESULT, at) || !line.endsWith("}")) return;
	try {
		const result = JSON.parse(line.slice(at + 10, -1));
		return {
			id,
			result
		};
	} catch {
		return;
	}
});
const errorText = (function errorText(id, error) {
	return JSON.stringify({
		jsonrpc: "2.0",
		id,
		error
	});
});
const callText = (function callText(id, method, args, { maxMessageBytes, maxDepth }, session) {
	let params;
	try {
		params = JSON.stringify(Array.isArray(args) ? trim(args) : args);
	} catch (cause) {
		throw new TypeError(`Cannot call "${method}": its arguments cannot be written as JSON`, { cause });
	}
	const text = requestText(id, method, params, session);
	const excess = isLonger(text, maxMessageBytes) ? `take more than ${maxMessageBytes} bytes (maxMessageBytes)` : isDeeper(params, maxDepth - 1) ? `are nested deeper than ${maxDepth} levels (maxDepth)` : void 0;
	if (excess === void 0) return text;
	throw new RangeError(`Cannot call "${method}": its arguments ${excess}`);
});
const trim = (function trim(args) {
	let count = args.length;
	while (count > 0 && args[count - 1] === void 0) count--;
	return count === args.length ? args : args.slice(0, count);
});
const checkInfo = (function checkInfo(info) {
	if (isInfo(info)) return info;
	throw new SyntaxError("it answered the first request as no daemon does");
});
const isInfo = (function isInfo(info) {
	if (!isRecord(info)) return false;
	const { pid, instance, session, methods } = info;
	return Number.isSafeInteger(pid) && pid > 0 && isText(instance) && isText(session) && isDated(info) && Array.isArray(methods) && methods.every(isText);
});
const isDated = (function isDated(info) {
	const { startedAt, version } = info;
	return isText(startedAt) && !Number.isNaN(Date.parse(startedAt)) && (version === void 0 || isText(version));
});
const isText = (function isText(value) {
	return typeof value === "string";
});
const toLimits = (function toLimits(options) {
	const limits = { ...DEFAULTS };
	for (const name of LIMITS) {
		const value = options[name];
		if (typeof value === "number") limits[name] = value;
	}
	return limits;
});
const checkLimits = (function checkLimits(options) {
	for (const name of LIMITS) {
		const value = options[name];
		const [least, most] = RANGES[name] ?? [1, Number.MAX_SAFE_INTEGER];
		if (value === void 0) continue;
		if (Number.isInteger(value) && value >= least && value <= most) continue;
		throw new RangeError(`Cannot take the option "${name}": it should be a whole number from ${least} to ${most}, and is ${value}`);
	}
});
const checkDuration = (function checkDuration(name, value, least = Number.MIN_VALUE) {
	if (typeof value !== "number") return;
	if (value >= least && value <= MAX_DURATION) return;
	throw new RangeError(`Cannot take the option "${name}": it should be milliseconds ${least === 0 ? "from 0" : "above 0"} and up to ${MAX_DURATION}, and is ${value}`);
});
const isStream = (function isStream(listed) {
	return listed.endsWith(":s");
});
const withoutSuffix = (function withoutSuffix(listed) {
	return isStream(listed) ? listed.slice(0, -2) : listed;
});
const toSockfile = (function toSockfile(sockfile) {
	const path = toGrantedPath(sockfile, "sockfile");
	const bytes = new TextEncoder().encode(path).length;
	if (bytes > MAX_SOCKFILE_BYTES) throw new TypeError(`Cannot use the sockfile "${path}": its path has ${bytes} bytes, and the system takes ${MAX_SOCKFILE_BYTES} at most; choose a shorter directory`);
	return path;
});
const toGrantedPath = (function toGrantedPath(file, option) {
	const path = toPath(file, option);
	if (`${file}`.endsWith("/")) throw new TypeError(`Cannot use the ${option} "${file}": it ends with a slash, as a directory does; name a file in it`);
	if (!path.includes(",")) return path;
	throw new TypeError(`Cannot use the ${option} "${path}": a path with a comma cannot be named in a permission; choose another`);
});
const toPath = (function toPath(file, option) {
	if (typeof file === "string" && file.startsWith("file:")) return toPath(toUrl(file, option), option);
	if (file instanceof URL && file.protocol !== "file:") throw new TypeError(`Cannot use the ${option} "${file}": it should be a path or a file: URL`);
	const path = file instanceof URL ? fromPlainUrl(file, option) : file;
	if (typeof path !== "string" || path === "" || path.includes("\0")) throw new TypeError(`Cannot use the ${option} ${Deno.inspect(path)}: it should be a path or a file: URL`);
	if (isNormal(path)) return path;
	const absolute = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
	const names = [];
	for (const name of absolute.split("/")) if (name === "..") names.pop();
	else if (name !== "" && name !== ".") names.push(name);
	return `/${names.join("/")}`;
});
const isNormal = (function isNormal(path) {
	return path.startsWith("/") && !path.endsWith("/") && !path.includes("//") && !path.includes("/.");
});
const toUrl = (function toUrl(url, option) {
	if (URL.canParse(url)) return new URL(url);
	throw new TypeError(`Cannot use the ${option} "${url}": it is no valid URL`);
});
const fromPlainUrl = (function fromPlainUrl(url, option) {
	const cannot = `Cannot use the ${option} "${url}"`;
	if (url.host !== "") throw new TypeError(`${cannot}: it names the host "${url.host}"; write the path after three slashes, file:///`);
	if (/[?#]/.test(url.href)) throw new TypeError(`${cannot}: a path with ? or # is written with %3F or %23 in a URL; better give the path itself`);
	try {
		return fromFileUrl(url);
	} catch {
		throw new TypeError(`${cannot}: its percent signs do not stand for UTF-8; write a percent sign itself as %25`);
	}
});
const isPlainFileUrl = (function isPlainFileUrl(url) {
	return typeof url === "string" && url.startsWith("file:///") && isNormal(url.slice(7)) && url.isWellFormed() && encodeURI(url) === url && !url.includes("?") && !url.includes("#");
});
const fromFileUrl = (function fromFileUrl(url) {
	if (isPlainFileUrl(url)) return url.slice(7);
	return decodeURIComponent(new URL(url).pathname);
});
const toFileUrl = (function toFileUrl(path) {
	const url = new URL("file:///");
	url.pathname = path.replace(/[%\\\n\r\t]/g, encodeURIComponent);
	return url.href;
});
const dirname = (function dirname(path) {
	return path.slice(0, path.lastIndexOf("/")) || "/";
});
const wantedVersion = (function wantedVersion({ version, rpcfile }) {
	if (version !== void 0) return version;
	const { mtime, size, ino } = statOf(rpcfile) ?? {};
	return mtime == null ? rpcfile : `${rpcfile}${MTIME}${mtime.getTime()},${size},${ino}`;
});
const isSameVersion = (function isSameVersion({ version, startedAt }, wanted) {
	if (version === void 0 || version === wanted) return true;
	if (!isOfSameFile(version, wanted)) return false;
	const [, file] = version.split(MTIME);
	const [name, wantedFile] = wanted.split(MTIME);
	if (wantedFile === void 0) return true;
	return file === void 0 && lastChangeOf(name) <= Date.parse(startedAt);
});
const isOfSameFile = (function isOfSameFile(version, wanted) {
	return wanted.startsWith("file:") && version.split(MTIME)[0] === wanted.split(MTIME)[0];
});
const lastChangeOf = (function lastChangeOf(rpcfile) {
	const { mtime, ctime } = statOf(rpcfile) ?? {};
	return Math.max(mtime?.getTime() ?? 0, ctime ? ctime.getTime() + CTIME_STEP - 1 : 0);
});
const statOf = (function statOf(rpcfile) {
	if (!rpcfile.startsWith("file:")) return void 0;
	const path = fromFileUrl(rpcfile);
	try {
		return isGranted("read", path) ? Deno.statSync(path) : void 0;
	} catch {
		return;
	}
});
const toErrorData = (function toErrorData(thrown) {
	return encode(thrown, 0, { left: MAX_ERRORS });
});
const encode = (function encode(thrown, depth, budget) {
	budget.left--;
	if (!isError(thrown)) {
		const value = plainCopy(thrown);
		const message = describe$1(thrown);
		return {
			...value !== void 0 && { value },
			name: "Error",
			message
		};
	}
	const data = {};
	for (const key of attempt(() => Object.keys(thrown)) ?? []) {
		const value = plainCopy(property(thrown, key));
		if (value !== void 0) data[key] = value;
	}
	data.name = describe$1(property(thrown, "name"));
	data.message = describe$1(property(thrown, "message"));
	const stack = property(thrown, "stack");
	if (typeof stack === "string") data.stack = stack;
	delete data.cause;
	delete data.errors;
	if (depth < 8) {
		const cause = property(thrown, "cause");
		if (cause !== void 0 && budget.left > 0) data.cause = encode(cause, depth + 1, budget);
		const errors = listOf(errorsOf(thrown), budget.left);
		if (errors !== void 0) {
			const list = data.errors = [];
			for (const error of errors) if (budget.left > 0) list.push(encode(error, depth + 1, budget));
		}
	}
	return data;
});
const toRpcError = (function toRpcError(error) {
	const { code, message, data } = isRecord(error) ? error : {};
	const remote = isRecord(data) ? data : {};
	return new RpcError(typeof code === "number" ? code : 0, typeof message === "string" ? message : "The daemon gave no message", {
		remoteName: text(remote.name),
		remoteStack: text(remote.stack),
		data: ownProperties(remote),
		cause: toError(remote.cause, 1),
		errors: toErrors(remote.errors, 1)
	});
});
const toError = (function toError(data, depth = 0) {
	if (!isRecord(data) || depth > 8) return void 0;
	const cause = toError(data.cause, depth + 1);
	const error = new Error(text(data.message), cause && { cause });
	define(error, "name", text(data.name) ?? "Error");
	define(error, "stack", text(data.stack) ?? `${error.name}: ${error.message}`);
	const errors = toErrors(data.errors, depth + 1);
	if (errors) define(error, "errors", errors);
	for (const [key, value] of Object.entries(ownProperties(data))) if (!(key in Error.prototype)) Object.assign(error, { [key]: value });
	return error;
});
const toErrors = (function toErrors(items, depth) {
	if (!Array.isArray(items)) return void 0;
	return items.slice(0, MAX_ERRORS).map((item) => toError(item, depth)).filter((error) => error !== void 0);
});
const ownProperties = (function ownProperties(data) {
	return Object.fromEntries(Object.entries(data).filter(([key]) => !NOT_OWN.has(key)));
});
const define = (function define(error, key, value) {
	Object.defineProperty(error, key, {
		value,
		configurable: true,
		writable: true,
		enumerable: false
	});
});
const text = (function text(value) {
	return typeof value === "string" ? value : void 0;
});
const isA = (function isA(value, type) {
	return attempt(() => value instanceof type) ?? false;
});
const isError = (function isError(value) {
	return isAnyError(value) || isA(value, Error);
});
const errorsOf = (function errorsOf(error) {
	return isA(error, SuppressedError) ? [property(error, "error"), property(error, "suppressed")] : property(error, "errors");
});
const listOf = (function listOf(value, most) {
	return attempt(() => {
		if (!Array.isArray(value)) return void 0;
		const length = Math.min(value.length, most);
		return Array.from({ length }, (_, i) => value[i]);
	});
});
const attempt = (function attempt(ask) {
	try {
		return ask();
	} catch {
		return;
	}
});
const property = (function property(object, key) {
	return attempt(() => object[key]);
});
const describe$1 = (function describe$1(value) {
	return attempt(() => typeof value === "object" ? JSON.stringify(value) : String(value)) ?? attempt(() => Object.prototype.toString.call(value)) ?? `[${typeof value}]`;
});
const plainCopy = (function plainCopy(value) {
	return attempt(() => {
		const text = JSON.stringify(value);
		if (text === void 0 || isDeeper(text, 1e3)) return void 0;
		return JSON.parse(text);
	});
});
const decode = (function decode(bytes) {
	const text = decoder.decode(bytes);
	if (!text.includes(NOT_UTF8)) return text;
	return new TextDecoder("utf-8", {
		...UTF8,
		fatal: true
	}).decode(bytes);
});
const decodeLine = (function decodeLine(bytes) {
	try {
		return decode(bytes);
	} catch {
		return NOT_UTF8;
	}
});
const splitBytes = (function splitBytes(bytes) {
	const lines = [];
	let start = 0;
	for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, start)) {
		lines.push(bytes.subarray(start, at));
		start = at + 1;
	}
	lines.push(bytes.subarray(start));
	return lines;
});
const isDigit = (function isDigit(byte) {
	return byte >= ZERO && byte <= NINE;
});
const startsAt = (function startsAt(bytes, at, end, start) {
	if (end - at < start.length) return false;
	for (let i = 0; i < start.length; i++) if (bytes[at + i] !== start.charCodeAt(i)) return false;
	return true;
});
const writeSafely = (function writeSafely(file, data) {
	try {
		const bytes = typeof data === "string" ? encoder.encode(data) : data;
		for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
		return true;
	} catch {
		return false;
	}
});
const connect = (async function connect(settings, deadline, { replace = false } = {}) {
	settings.signal?.throwIfAborted();
	if (!settings.dialer && !mayConnect(settings.sockfile)) {
		const { notPermitted } = await import("./cold.js");
		throw notPermitted(settings);
	}
	let conn;
	const turnEnd = Math.min(performance.now() + HELLO_TIMEOUT, deadline);
	try {
		conn = await dial(settings, () => !settings.signal?.aborted && performance.now() < turnEnd);
	} catch (error) {
		settings.signal?.throwIfAborted();
		const { absenceOf, explainConnect } = await import("./cold.js");
		const absence = absenceOf(error);
		if (absence) return absence;
		throw explainConnect(error, settings);
	}
	settings.mark?.("connect");
	const { client, version, told } = await greet(conn, settings, deadline);
	settings.mark?.("hello");
	if (!("methods" in told)) return told;
	if (!client.isOpen) {
		client.close();
		return { absent: "the old one was closing" };
	}
	if (!isSameVersion(told, version)) {
		const { settleMismatch } = await import("./cold.js");
		const absence = await settleMismatch({
			client,
			its: told.version,
			wanted: version,
			replace
		}, settings);
		if (absence) return absence;
	}
	const info = told;
	if (isRecord(info.limits)) client.limits = toLimits(info.limits);
	if (typeof info.logfile === "string") client.logfile = info.logfile;
	const missing = settings.methods.map(withoutSuffix).filter((name) => !info.methods.includes(name));
	if (missing.length > 0) {
		client.close();
		const { explainMissing } = await import("./cold.js");
		throw explainMissing(missing, info, settings);
	}
	return {
		conn,
		client,
		info
	};
});
const greet = (async function greet(conn, settings, deadline) {
	const { signal } = settings;
	const rest = () => deadline - performance.now();
	const time = Math.min(HELLO_TIMEOUT, rest());
	let isOpening = false;
	const outdated = Promise.withResolvers();
	const client = new WireClient(conn, {
		...toLimits({}),
		onNotification(method, params) {
			if (method === "$/opening") onOpening(params);
			if (method === "$/closing") client.finishSoon(FIRST_CALL_TIMEOUT);
			if (method === "$/stream") settings.onStream?.(params);
			if (method === "$/log" && settings.debug) printLog(params);
		}
	});
	const onOpening = (params) => {
		isOpening = true;
		timeLimit.extend(rest());
		if (!(settings.onMismatch !== "keep" && settings.spawn) || !isRecord(params) || !isDated(params)) return;
		if (!isSameVersion(params, version)) outdated.resolve({
			...params,
			methods: []
		});
	};
	const answer = client.call("$/hello", {
		protocol: 1,
		client: { pid: Deno.pid },
		log: settings.debug || void 0
	});
	answer.catch(() => {});
	const version = wantedVersion(settings);
	using timeLimit = limitTime(time, () => client.close());
	using _alive = settings.dialer && keepAlive();
	const abort = () => client.close();
	signal?.addEventListener("abort", abort);
	try {
		signal?.throwIfAborted();
		return {
			client,
			version,
			told: await Promise.race([answer.then(checkInfo), outdated.promise])
		};
	} catch (error) {
		client.close();
		signal?.throwIfAborted();
		const late = timeLimit.isOver();
		const { absenceAfter, explainHello, lastWord } = await import("./cold.js");
		const said = lastWord(error);
		const absence = late ? void 0 : absenceAfter(said);
		if (absence) return {
			client,
			version,
			told: absence
		};
		throw explainHello(said, settings, {
			late,
			isOpening,
			isShort: time < HELLO_TIMEOUT
		});
	} finally {
		signal?.removeEventListener("abort", abort);
	}
});
const printLog = (function printLog(params) {
	if (!isRecord(params) || typeof params.text !== "string") return;
	writeSafely(Deno.stderr, params.text);
});
const findDaemon = (async function findDaemon(settings) {
	const deadline = performance.now() + settings.timeout;
	const found = await connect(settings, deadline);
	if (!("absent" in found)) return { link: found };
	const { absent } = found;
	const { explainAbsence, start } = await import("./cold.js");
	if (!settings.spawn || settings.dialer) throw explainAbsence(found, settings);
	const started = await start(settings, deadline, absent);
	return {
		...started,
		reason: started.process && absent
	};
});
const checkTypes = (function checkTypes(taker, options, expected, required) {
	if (!isRecord(options)) throw new TypeError(`Cannot take ${shorten(options)}: ${taker}() takes an object of options`);
	for (const name in options) {
		const value = options[name];
		if (!Object.hasOwn(expected, name)) throw new TypeError(`Cannot take the option "${name}": there is none of that name, only ${Object.keys(expected).join(", ")}`);
		if (value === void 0) continue;
		const [words, test] = expected[name];
		if (!test(value)) throw wrongType$1(name, words, value);
	}
	for (const name of required) if (options[name] === void 0) throw wrongType$1(name, expected[name][0], void 0);
});
const wrongType$1 = (function wrongType$1(name, words, value) {
	return new TypeError(`Cannot take the option "${name}": it should be ${words}, and is ${describe(value)}`);
});
const describe = (function describe(value) {
	if (value === void 0) return "missing";
	if (value === "") return "empty";
	return shorten(value);
});
const shorten = (function shorten(value) {
	const text = Deno.inspect(value, { depth: 1 });
	return text.length > 60 ? `${text.slice(0, 60)}…` : text;
});
const filesOf = (function filesOf(sockfile) {
	return {
		socket: sockfile,
		fresh: `${sockfile}.new`,
		lock: `${sockfile}.lock`,
		spawnLock: `${sockfile}.spawn`
	};
});
const filesOfLog = (function filesOfLog(logfile) {
	return [logfile, `${logfile}.1`];
});
const checkApart = (function checkApart(path, option, taken, its = [path]) {
	const clash = its.find((file) => taken.includes(file));
	if (clash === void 0) return;
	throw new TypeError(`Cannot use the ${option} "${path}": the daemon needs ${clash === path ? "that path" : `"${clash}"`} for another of its files; choose another`);
});
const ownItems = (function ownItems({ sockfile, logfile, pidfile }) {
	const { fresh, lock } = filesOf(sockfile);
	const pidfiles = pidfile === void 0 ? [] : [pidfile];
	const { protocol, hostname, port } = new URL(import.meta.url);
	const isRemote = protocol === "https:" || protocol === "http:";
	return {
		read: [
			sockfile,
			fresh,
			lock,
			logfile,
			...pidfiles
		],
		write: [
			sockfile,
			fresh,
			lock,
			...filesOfLog(logfile),
			...pidfiles
		],
		net: [`unix:${sockfile}`, `unix:${fresh}`],
		import: isRemote ? [`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`] : []
	};
});
const checkOwn = (function checkOwn(kind, denied, paths) {
	if (denied.length === 0) return;
	const own = ownItems(paths)[kind] ?? [];
	for (const item of denied) {
		const needed = own.find((one) => covers(kind, item, one));
		if (needed === void 0) continue;
		throw new TypeError(`Cannot deny "${kind}" of "${item}" to the daemon: it cannot do without "${needed}"; deny less, or choose another sockfile`);
	}
});
const covers = (function covers(kind, item, one) {
	if (item === one) return true;
	if (kind === "import") return one.startsWith(`${item}:`);
	if (kind === "net") return false;
	return item === "/" || one.startsWith(`${item}/`);
});
const isNothing = (function isNothing(coverage) {
	return coverage !== true && coverage.length === 0;
});
const isWhole = (function isWhole({ allow, deny }) {
	return allow === true && isNothing(deny);
});
const rulesOf = (function rulesOf(permissions, paths) {
	if (typeof permissions === "object") return checkPermissions(permissions, paths);
	const allow = permissions === "all" ? true : [];
	return makeRules(() => ({
		allow,
		deny: []
	}));
});
const makeRules = (function makeRules(make) {
	const entries = KINDS.map((kind) => [kind, make(kind)]);
	return Object.fromEntries(entries);
});
const checkPermissions = (function checkPermissions(permissions, paths) {
	const keys = ["all", ...KINDS];
	const wrong = keysBut(keys, permissions);
	if (wrong === void 0) throw new TypeError(`Cannot take the option "permissions": it should be "none", "all" or an object, and is ${Deno.inspect(permissions)}`);
	if (wrong.length > 0) throw new TypeError(`Cannot grant "${wrong[0]}" to the daemon: there is no such permission, only ${keys.join(", ")}`);
	const { all = false } = permissions;
	if (typeof all !== "boolean") throw wrongType("all", all, "true or false");
	return makeRules((kind) => {
		const rule = toRule(kind, permissions[kind], all);
		if (rule.deny !== true) checkOwn(kind, rule.deny, paths);
		return rule;
	});
});
const toRule = (function toRule(kind, grant, all) {
	if (grant === void 0) return {
		allow: all || [],
		deny: []
	};
	if (typeof grant === "boolean" || Array.isArray(grant)) return toRule(kind, { allow: grant }, all);
	if (keysBut(["allow", "deny"], grant)?.length !== 0) throw wrongType(kind, grant, "true, false, a list or { allow, deny }");
	const rule = grant;
	const granted = toCoverage(kind, rule.allow === void 0 ? all : rule.allow);
	const denied = toCoverage(kind, rule.deny === void 0 ? false : rule.deny);
	const allow = less(granted, denied);
	const isNone = rule.allow !== void 0 && isNothing(allow);
	return {
		allow,
		deny: kind === "import" && isNone ? true : denied
	};
});
const keysBut = (function keysBut(keys, object) {
	if (typeof object !== "object" || object === null) return void 0;
	const prototype = Object.getPrototypeOf(object);
	if (prototype !== Object.prototype && prototype !== null) return void 0;
	return Object.keys(object).filter((key) => !keys.includes(key));
});
const toCoverage = (function toCoverage(kind, scope) {
	if (typeof scope === "boolean") return scope || [];
	if (Array.isArray(scope)) return Array.from(scope, (i) => toItem(kind, i));
	throw wrongType(kind, scope, "true, false or a list");
});
const toItem = (function toItem(kind, item) {
	const isPath = kind === "read" || kind === "write" || kind === "ffi";
	const isFile = isPath || kind === "run";
	if (item === "" || !(typeof item === "string" || isFile && isUrl(item))) throw wrongType(kind, item, `a list of ${isFile ? "strings or URLs" : "strings"}, none of them empty,`);
	if ((kind === "net" || kind === "import") && `${item}`.includes("://")) throw wrongType(kind, item, "a list of hosts, none of them a URL,");
	if (kind === "env" && `${item}`.includes("=")) throw wrongType(kind, item, "a list of names, without values,");
	const text = absolute(kind, item, isPath);
	if (!text.includes(",") && !text.includes("\0")) return text;
	throw new TypeError(`Cannot grant "${kind}" of ${Deno.inspect(text)} to the daemon: no flag can name it, as Deno splits its lists at commas; grant something around it, or choose another name`);
});
const absolute = (function absolute(kind, item, isPath) {
	const option = `permission "${kind}"`;
	if (isPath || isUrl(item)) return toPath(item, option);
	if (kind === "run" && item.includes("/")) return toPath(item, option);
	if (kind === "net" && item.startsWith("unix:")) return `unix:${toPath(item.slice(5), option)}`;
	return item;
});
const less = (function less(allow, deny) {
	if (deny === true) return [];
	return allow === true || allow.filter((item) => !deny.includes(item));
});
const isUrl = (function isUrl(item) {
	return item instanceof URL;
});
const wrongType = (function wrongType(key, value, expected) {
	return new TypeError(`Cannot grant "${key}" to the daemon: it should be ${expected} and is ${Deno.inspect(value)}`);
});
const checkOptions = (function checkOptions(options) {
	checkTypes("autod", options, EXPECTED, [
		"rpcfile",
		"methods",
		"sockfile"
	]);
	checkDuration("timeout", options.timeout);
	checkDuration("drainTimeout", options.drainTimeout);
	checkDuration("autoclose", options.autoclose);
	checkLimits(options);
	const sockfile = toSockfile(options.sockfile);
	const logfile = options.logfile === void 0 ? `${sockfile}.log` : toGrantedPath(options.logfile, "logfile");
	const files = Object.values(filesOf(sockfile));
	const logs = filesOfLog(logfile);
	checkApart(logfile, "logfile", files, logs);
	const pidfile = options.pidfile === void 0 ? void 0 : toGrantedPath(options.pidfile, "pidfile");
	if (pidfile !== void 0) checkApart(pidfile, "pidfile", [...files, ...logs]);
	return {
		rpcfile: toRpcUrl(options.rpcfile),
		methods: options.methods,
		sockfile,
		autoclose: options.autoclose ?? false,
		debug: options.debug ?? false,
		args: options.args ?? [],
		execPath: toProgram(options.execPath),
		cwd: options.cwd === void 0 ? void 0 : toPath(options.cwd, "cwd"),
		env: options.env,
		exit: options.exit ?? true,
		drainTimeout: options.drainTimeout,
		pidfile,
		logfile,
		rules: rulesOf(options.permissions ?? "none", {
			sockfile,
			logfile,
			pidfile
		}),
		version: options.version,
		onMismatch: options.onMismatch ?? "restart",
		mode: options.mode ?? "daemon",
		spawn: options.spawn ?? true,
		timeout: options.timeout ?? START_TIMEOUT,
		signal: options.signal,
		onProcess: options.onProcess,
		limits: toLimits(options)
	};
});
const toProgram = (function toProgram(execPath) {
	return execPath?.includes("/") ? toPath(execPath, "execPath") : execPath;
});
const isJsonArray = (function isJsonArray(value) {
	try {
		return Array.isArray(value) && JSON.stringify(value) !== void 0;
	} catch {
		return false;
	}
});
const toRpcUrl = (function toRpcUrl(rpcfile) {
	if (isPlainFileUrl(rpcfile)) return rpcfile;
	if (!(rpcfile instanceof URL || /^[a-z][a-z0-9+.-]*:/i.test(rpcfile))) return toFileUrl(toPath(rpcfile, "rpcfile"));
	const url = toUrl(String(rpcfile), "rpcfile");
	if (url.protocol === "file:") checkPath(url);
	if (/^(?:file|https?):$/.test(url.protocol)) return url.href;
	throw new TypeError(`Cannot use the rpcfile "${rpcfile}": it should be a path or a file: or https: URL`);
});
const checkPath = (function checkPath(url) {
	const plain = new URL(url);
	plain.search = plain.hash = "";
	toPath(plain, "rpcfile");
});
const makeRpc = (function makeRpc(methods, call, openStream, signal) {
	const rpc = Object.create(null);
	for (const listed of methods) {
		const name = withoutSuffix(listed);
		const run = name === listed ? call : openStream;
		rpc[name] = (...args) => run(name, args, signal);
	}
	origins.set(rpc, (added) => makeRpc(methods, call, openStream, signal ? AbortSignal.any([signal, added]) : added));
	return rpc;
});
const withSignal = (function withSignal(rpc, signal) {
	const origin = origins.get(rpc);
	if (origin === void 0) throw new TypeError("Cannot add a signal: withSignal() takes the rpc of a daemon");
	if (!(signal instanceof AbortSignal)) throw new TypeError(`Cannot add a signal: it should be an AbortSignal, and is ${Deno.inspect(signal)}`);
	return origin(signal);
});
const autod = (async function autod(options) {
	const settings = withEnvironment(checkOptions(options));
	const streams = settings.methods.some(isStream) ? import("./client_stream.js") : void 0;
	const mark = await startTiming();
	const channel = await open({
		...settings,
		mark
	});
	const call = (name, args, signal) => channel.call(name, args, signal);
	return {
		rpc: makeRpc(settings.methods, mark ? timed(call, mark) : call, streams && streamCaller((await streams).ClientStream, channel)),
		connection: channel,
		get process() {
			return channel.process;
		},
		async [Symbol.asyncDispose]() {
			await channel.end();
		}
	};
});
const open = (async function open(settings) {
	try {
		return await Channel.open(settings);
	} catch (error) {
		if (error instanceof AutodError) Error.captureStackTrace(error, autod);
		throw error;
	}
});
const streamCaller = (function streamCaller(Stream, channel) {
	return (method, args, signal) => {
		const stream = new Stream({
			channel,
			method,
			args,
			signal
		});
		channel.keep(stream);
		return stream;
	};
});
const startTiming = (async function startTiming() {
	if (!readVariable("AUTOD_TIMING")) return void 0;
	return (await import("./cold.js")).startMarks();
});
const withEnvironment = (function withEnvironment(settings) {
	const mode = readVariable("AUTOD_MODE") || settings.mode;
	if (isMode(mode)) return {
		...settings,
		mode
	};
	throw new TypeError(`Cannot take the variable AUTOD_MODE: it should be daemon, inline or auto, and is "${mode}"`);
});
const readVariable = (function readVariable(variable) {
	return holds({
		name: "env",
		variable
	}) ? Deno.env.get(variable) : void 0;
});
const timed = (function timed(call, mark) {
	return (...args) => call(...args).finally(() => mark("call"));
});
const quote = (function quote(word) {
	return /^[\w./:,=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
});
const runtimeDir = (function runtimeDir(name) {
	if (typeof name !== "string" || !isName(name)) throw new TypeError(`Cannot name a directory ${Deno.inspect(name)}: it should be the name of the program, without a slash or comma`);
	if (!holds({
		name: "env",
		variable: VARIABLE
	})) throw lacks(name, `--allow-env=${VARIABLE}`);
	const base = Deno.env.get(VARIABLE);
	const isBase = base?.startsWith("/") === true;
	const directory = isBase ? toPath(`${base}/${name}`, VARIABLE) : `/tmp/${name}-${neededUid(name)}`;
	check(directory, lookOrMake(directory, isBase));
	return directory;
});
const isName = (function isName(name) {
	return name.replaceAll(".", "") !== "" && ![
		"/",
		",",
		"\0"
	].some((character) => name.includes(character));
});
const neededUid = (function neededUid(name) {
	const uid = ownUid();
	if (uid !== void 0) return uid;
	throw lacks(name, "--allow-sys=uid", `${VARIABLE} is not set, and `);
});
const lacks = (function lacks(name, flag, why = "") {
	return new Deno.errors.NotCapable(`Cannot find the directory of "${name}": ${why}this command lacks ${flag}; run it with ${flag} as well`);
});
const needFile = (function needFile(kind, directory) {
	if (isGranted(kind, directory)) return;
	throw lacks(directory.slice(directory.lastIndexOf("/") + 1), ["read", "write"].filter((kind) => !isGranted(kind, directory)).map((kind) => quote(`--allow-${kind}=${directory}`)).join(" "));
});
const lookOrMake = (function lookOrMake(directory, isBase) {
	needFile("read", directory);
	for (;;) {
		try {
			return Deno.lstatSync(directory);
		} catch (error) {
			if (!(error instanceof Deno.errors.NotFound)) throw explain(directory, error);
		}
		needFile("write", directory);
		if (isBase) checkBase(directory);
		try {
			Deno.mkdirSync(directory, { mode: 448 });
			const { mode } = Deno.lstatSync(directory);
			if ((mode & 448) !== 448) Deno.chmodSync(directory, 448);
		} catch (error) {
			if (!(error instanceof Deno.errors.AlreadyExists)) throw explain(directory, error);
		}
	}
});
const explain = (function explain(directory, cause) {
	if (!(cause instanceof Error && "code" in cause)) return cause;
	const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
	const Type = [
		NotFound,
		NotADirectory,
		PermissionDenied
	].find((type) => cause instanceof type) ?? Error;
	return new Type(`Cannot make the directory "${directory}": ${Type === NotFound ? "what XDG_RUNTIME_DIR names does not exist; make it, or unset the variable" : Type === NotADirectory ? "what XDG_RUNTIME_DIR names is no directory; correct or unset the variable" : `the system denies it (${cause.message}); set XDG_RUNTIME_DIR to another directory of yours, or unset it`}`, { cause });
});
const checkBase = (function checkBase(directory) {
	const base = dirname(directory);
	if (!isGranted("read", base)) return;
	let info;
	try {
		info = Deno.statSync(base);
	} catch (error) {
		throw explain(directory, error);
	}
	if (isOpenToOthers(info)) throw new Deno.errors.PermissionDenied(`Cannot make the directory "${directory}": others may write to "${base}"; forbid it with: chmod go-w ${quote(base)}`);
	const uid = ownUid();
	if (uid === void 0 || info.uid === 0 || info.uid === uid) return;
	throw new Deno.errors.PermissionDenied(`Cannot make the directory "${directory}": "${base}" belongs to another user (${info.uid}), as it does after su or sudo; set XDG_RUNTIME_DIR to a directory of yours, or unset it`);
});
const check = (function check(directory, info) {
	const cannot = `Cannot use the directory "${directory}":`;
	if (!info.isDirectory) throw new Deno.errors.NotADirectory(`${cannot} it is ${info.isSymlink ? "a symbolic link" : "none"}; remove what is there`);
	if (!isOwn(info.uid, (time) => {
		needFile("write", directory);
		Deno.utimeSync(directory, time, time);
	})) throw new Deno.errors.PermissionDenied(`${cannot} it belongs to another user (${info.uid}); remove it, or set XDG_RUNTIME_DIR to a directory of yours`);
	if (isWritableByOthers(info)) throw new Deno.errors.PermissionDenied(`${cannot} others may write to it; forbid it with: chmod go-w ${quote(directory)}`);
});
const READ_TIME = 50;
let immediate;
const TURN_INTERVAL = 10;
var AutodError = class extends Error {
	name = "AutodError";
	code;
	sockfile;
	logfile;
	stderr;
	constructor(code, message, options) {
		super(message, options);
		this.code = code;
		this.sockfile = options.sockfile;
		this.logfile = options.logfile;
		this.stderr = options.stderr;
	}
};
var RpcError = class extends Error {
	name = "RpcError";
	code;
	remoteName;
	remoteStack;
	errors;
	data;
	constructor(code, message, options = {}) {
		super(message, options);
		this.code = code;
		this.remoteName = options.remoteName;
		this.remoteStack = options.remoteStack;
		if (options.errors) this.errors = options.errors;
		this.data = options.data ?? {};
		if (options.remoteStack) {
			Error.captureStackTrace(this, nowhere);
			this.stack += `\n  in the daemon:\n    ${options.remoteStack.replaceAll("\n", "\n    ")}`;
		}
	}
};
var ConnectionClosedError = class extends Error {
	name = "ConnectionClosedError";
	method;
	maybeExecuted;
	logfile;
	constructor(method, maybeExecuted, options = {}) {
		const { logfile } = options;
		super(`Cannot finish the call of "${method}": the connection to the daemon ended, and ${maybeExecuted ? "the call may have been executed" : "it was not executed"}${logfile === void 0 ? "" : `; its log "${logfile}" may say why`}`, options);
		this.method = method;
		this.maybeExecuted = maybeExecuted;
		this.logfile = logfile;
	}
};
const QUOTE = 34;
const BACKSLASH = 92;
const CLOSING_BRACE = 125;
const BRACE = 32;
const STRIDE = 4;
const encoder$1 = new TextEncoder();
const PIECE = 65536;
const HOPS = 16;
var LineWriter = class {
	#sink;
	#onError;
	#pieces = [];
	#last = "";
	#queued = 0;
	#underWay = 0;
	#flushing;
	#failed = false;
	constructor(sink, onError) {
		this.#sink = sink;
		this.#onError = onError;
	}
	get queued() {
		return this.#queued;
	}
	get unwritten() {
		return this.#queued + this.#underWay;
	}
	get idle() {
		return this.#flushing === void 0;
	}
	get flushed() {
		return this.#flushing ?? Promise.resolve();
	}
	async begun() {
		for (let hop = 0; hop < HOPS && this.#queued > 0; hop++) await void 0;
	}
	send(text) {
		if (this.#failed) return;
		if (this.#last.length >= PIECE) {
			this.#pieces.push(this.#last);
			this.#last = "";
		}
		this.#last += text + "\n";
		this.#queued += text.length + 1;
		this.#flushing ??= this.#flush();
	}
	async #flush() {
		try {
			while (this.#queued > 0) await writeAll(this.#sink, encoder$1.encode(this.#take()));
		} catch (error) {
			this.#failed = true;
			this.#pieces.length = 0;
			this.#last = "";
			this.#queued = 0;
			this.#onError(error);
		} finally {
			this.#underWay = 0;
			this.#flushing = void 0;
		}
	}
	#take() {
		let text = this.#pieces.shift();
		if (text === void 0) {
			text = this.#last;
			this.#last = "";
		}
		this.#queued -= text.length;
		this.#underWay = text.length;
		return text;
	}
};
const ErrorCode = {
	parse: -32700,
	invalidRequest: -32600,
	methodNotFound: -32601,
	invalidParams: -32602,
	internal: -32603,
	threw: -32e3,
	badResult: -32003,
	limit: -32005,
	cancelled: -32800,
	closing: -32802
};
const methodTexts = new Map();
const MAX_METHOD_TEXTS = 100;
const ANSWER = "{\"jsonrpc\":\"2.0\",\"id\":";
const RESULT = ",\"result\":";
const ZERO$1 = 48;
const NINE$1 = 57;
const SHORT = 1024;
const ID_END = 37;
const MAX_MESSAGE_BYTES = 0xa00000;
const MAX_DEPTH = 1e3;
const MAX_BATCH_LENGTH = 1e4;
const MAX_IN_FLIGHT = 1e5;
const MAX_CONNECTIONS = 1e4;
const MOST_MESSAGE_BYTES = 268435456;
const DEFAULTS = {
	maxMessageBytes: MAX_MESSAGE_BYTES,
	maxDepth: MAX_DEPTH,
	maxBatchLength: MAX_BATCH_LENGTH,
	maxInFlight: MAX_IN_FLIGHT,
	maxConnections: MAX_CONNECTIONS
};
const RANGES = {
	maxMessageBytes: [4096, MOST_MESSAGE_BYTES],
	maxDepth: [8, Number.MAX_SAFE_INTEGER]
};
const LIMITS = Object.keys(DEFAULTS);
const MAX_DURATION = 2 ** 31 - 1;
const MAX_SOCKFILE_BYTES = Deno.build.os === "linux" ? 103 : 99;
const MTIME = "#mtime=";
const CTIME_STEP = 1e3;
const MAX_ERRORS = 32;
const NOT_OWN = new Set([
	"name",
	"message",
	"stack",
	"cause",
	"errors",
	"__proto__",
	"constructor",
	"prototype"
]);
const { isError: isAnyError = () => false } = Error;
const SLOTS = 4;
const MANY_SLOTS = 1024;
const EMPTY = [void 0];
var IdMap = class {
	#ring = EMPTY;
	#inRing = 0;
	#others;
	#added = 0;
	get size() {
		return this.#inRing + (this.#others?.size ?? 0);
	}
	get(id) {
		const entry = this.#ring[this.#slot(id)];
		return (entry?.id === id ? entry : this.#others?.get(id))?.value;
	}
	add(id, value) {
		const entry = {
			id,
			value,
			number: ++this.#added
		};
		if (typeof id !== "number") return this.#addOther(entry);
		if (2 * (this.#inRing + 1) > this.#ring.length) this.#resize(Math.max(SLOTS, 2 * this.#ring.length));
		const slot = this.#slot(id);
		const before = this.#ring[slot];
		if (before === void 0) this.#inRing++;
		else this.#addOther(before);
		this.#ring[slot] = entry;
	}
	delete(id) {
		const slot = this.#slot(id);
		const entry = this.#ring[slot];
		if (entry === void 0 || entry.id !== id) {
			this.#others?.delete(id);
			return;
		}
		this.#ring[slot] = void 0;
		if (--this.#inRing > 0) return;
		if (this.#ring.length > MANY_SLOTS) this.#resize(MANY_SLOTS);
	}
	clear() {
		this.#ring = EMPTY;
		this.#inRing = 0;
		this.#others = void 0;
	}
	values() {
		const inRing = this.#ring.filter((entry) => entry !== void 0);
		return [...this.#others?.values() ?? [], ...inRing].sort((a, b) => a.number - b.number).map(({ value }) => value);
	}
	#slot(id) {
		return typeof id === "number" ? id & this.#ring.length - 1 : 0;
	}
	#addOther(entry) {
		this.#others ??= new Map();
		this.#others.set(entry.id, entry);
	}
	#resize(slots) {
		const before = this.#ring;
		this.#ring = new Array(slots).fill(void 0);
		for (const entry of before) if (entry !== void 0) this.#ring[this.#slot(entry.id)] = entry;
	}
};
const UTF8 = { ignoreBOM: true };
const decoder = new TextDecoder("utf-8", UTF8);
const NOT_UTF8 = "�";
const LF = 10;
const ZERO = 48;
const NINE = 57;
const MAX_DIGITS = 15;
const SMALL = 1024;
const MIDDLE = 16384;
const LARGE = 262144;
var LineTooLongError = class extends RangeError {
	constructor(maxLineBytes) {
		super(`Cannot read a line of more than ${maxLineBytes} bytes`);
	}
};
var LineReader = class {
	#source;
	maxLineBytes;
	#buffer = new Uint8Array(SMALL);
	#start = 0;
	#end = 0;
	#searched = 0;
	#tooLong = false;
	constructor(source, maxLineBytes) {
		this.#source = source;
		this.maxLineBytes = maxLineBytes;
	}
	async fill(limit = this.maxLineBytes, most = 1e400) {
		if (this.#tooLong || this.#end - this.#start > limit) throw new LineTooLongError(this.maxLineBytes);
		this.#makeRoom();
		const buffer = this.#buffer;
		const count = await this.#source.read(this.#end === 0 && most >= buffer.length ? buffer : buffer.subarray(this.#end, this.#end + most));
		if (count === null) return false;
		this.#end += count;
		return true;
	}
	lines() {
		const from = Math.max(this.#start, this.#searched);
		const at = this.#buffer.subarray(from, this.#end).lastIndexOf(LF);
		this.#searched = this.#end;
		if (at === -1) return [];
		const read = this.#buffer.subarray(this.#start, from + at);
		this.#start = from + at + 1;
		try {
			if (read.length <= this.maxLineBytes) return decode(read).split("\n");
		} catch {}
		return this.#cut(read);
	}
	line() {
		const at = this.#nextLineFeed();
		if (at === -1) return void 0;
		const line = this.#buffer.subarray(this.#start, at);
		if (line.length > this.maxLineBytes) {
			this.#tooLong = true;
			return;
		}
		this.#start = at + 1;
		return decodeLine(line);
	}
	linesThatStart(start) {
		const first = this.#start;
		let count = 0;
		let longest = 0;
		while (startsAt(this.#buffer, this.#start, this.#end, start)) {
			const end = this.#nextLineFeed();
			const length = end - this.#start;
			if (end === -1 || length > this.maxLineBytes) break;
			longest = Math.max(longest, length);
			this.#start = end + 1;
			count++;
		}
		if (count === 0) return {
			text: "",
			count,
			longest
		};
		const lines = this.#buffer.subarray(first, this.#start - 1);
		return {
			text: decode(lines),
			count,
			longest
		};
	}
	numberBetween(start, end) {
		const buffer = this.#buffer;
		const limit = this.#end;
		if (!startsAt(buffer, this.#start, limit, start)) return void 0;
		const first = this.#start + start.length;
		let at = first;
		let number = 0;
		for (; at < limit && isDigit(buffer[at]); at++) number = number * 10 + buffer[at] - ZERO;
		const digits = at - first;
		if (digits === 0 || digits > 1 && buffer[first] === ZERO) return void 0;
		if (digits > MAX_DIGITS || !startsAt(buffer, at, limit, `${end}\n`)) return;
		this.#start = at + end.length + 1;
		return number;
	}
	bytes(count) {
		if (this.#end - this.#start < count) return void 0;
		this.#start += count;
		return new Uint8Array(this.#buffer.subarray(this.#start - count, this.#start));
	}
	copy(target) {
		const count = Math.min(this.#end - this.#start, target.length);
		const end = this.#start + count;
		target.set(this.#buffer.subarray(this.#start, end));
		this.#start = end;
		return count;
	}
	async read(target) {
		return this.copy(target) || await this.#source.read(target);
	}
	#nextLineFeed() {
		const from = Math.max(this.#start, this.#searched);
		const at = this.#buffer.subarray(from, this.#end).indexOf(LF);
		if (at === -1) this.#searched = this.#end;
		return at === -1 ? -1 : from + at;
	}
	#cut(read) {
		const lines = splitBytes(read);
		const at = lines.findIndex((line) => line.length > this.maxLineBytes);
		this.#tooLong = at !== -1;
		return lines.slice(0, this.#tooLong ? at : void 0).map(decodeLine);
	}
	#makeRoom() {
		const size = this.#buffer.length;
		const kept = this.#end - this.#start;
		if (kept > 0 && size - this.#end >= Math.min(size / 4, LARGE)) return;
		let buffer = this.#buffer;
		const larger = size < MIDDLE ? MIDDLE : LARGE;
		if (kept > size / 2) {
			const needed = Math.min(size * 4, this.maxLineBytes + LARGE);
			buffer = new Uint8Array(Math.max(larger, needed));
		} else if (this.#end === size && size < LARGE || size > LARGE) buffer = new Uint8Array(Math.max(larger, 2 * kept));
		if (kept > 0) {
			if (buffer === this.#buffer) buffer.copyWithin(0, this.#start, this.#end);
			else buffer.set(this.#buffer.subarray(this.#start, this.#end));
		}
		this.#buffer = buffer;
		this.#searched -= this.#start;
		this.#start = 0;
		this.#end = kept;
	}
};
const END_TIMEOUT = 200;
const FIRST_ID = 1;
var WireClient = class {
	logfile;
	#duplex;
	#options;
	#limits;
	#reader;
	#writer;
	#pending = new IdMap();
	#nextId = FIRST_ID;
	#finishTimer;
	#finishing = false;
	#writeError;
	#lastServed = 1e400;
	#ended = false;
	#reason = {};
	#closed = Promise.withResolvers();
	repeat;
	#controller;
	constructor(duplex, options) {
		this.#duplex = duplex;
		this.#options = options;
		this.#limits = options;
		this.#reader = new LineReader(duplex, options.maxMessageBytes);
		this.#writer = new LineWriter(duplex, (error) => this.#stopWriting(error));
		this.#read();
	}
	get closed() {
		return this.#closed.promise;
	}
	get signal() {
		this.#controller ??= new AbortController();
		if (this.#ended) this.#controller.abort(this.#reason.cause);
		return this.#controller.signal;
	}
	get limits() {
		return this.#limits;
	}
	set limits(limits) {
		this.#limits = limits;
		this.#reader.maxLineBytes = limits.maxMessageBytes;
	}
	get calls() {
		return this.#nextId - FIRST_ID;
	}
	get isOpen() {
		return !this.#ended && !this.#finishing;
	}
	call(method, args, signal, attempt = 0) {
		if (!this.#takes(signal)) return this.#refuse({
			method,
			args,
			signal,
			attempt
		});
		const id = this.#nextId++;
		let text;
		try {
			text = callText(id, method, args, this.#limits);
		} catch (error) {
			return Promise.reject(error);
		}
		if (!this.#takes(signal)) return this.#refuse({
			method,
			args,
			signal,
			attempt
		});
		this.#writer.send(text);
		return new Promise((resolve, reject) => {
			const call = {
				id,
				method,
				args,
				signal,
				attempt,
				resolve,
				reject
			};
			this.#pending.add(id, signal ? this.#cancellable(call, signal) : call);
		});
	}
	notify(method, params) {
		this.#writer.send(requestText(void 0, method, JSON.stringify(params)));
	}
	finish() {
		this.#finishing = true;
		if (this.#pending.size === 0) this.close();
	}
	finishSoon(milliseconds) {
		if (this.#nextId > 2) return this.finish();
		this.#finishTimer ??= setTimer(milliseconds, () => this.finish());
	}
	close(later = atNextTick) {
		this.#end({}, later);
	}
	#takes(signal) {
		return this.isOpen && !signal?.aborted;
	}
	#refuse(call) {
		const { method, signal } = call;
		if (signal?.aborted) return Promise.reject(signal.reason);
		const error = new ConnectionClosedError(method, false, this.#reason);
		return this.repeat?.(call, error) ?? Promise.reject(error);
	}
	#cancellable(call, signal) {
		const { id } = call;
		const cancel = () => {
			this.#pending.delete(id);
			this.notify("$/cancelRequest", { id });
			call.reject(signal.reason);
		};
		signal.addEventListener("abort", cancel, { once: true });
		const release = () => signal.removeEventListener("abort", cancel);
		return {
			...call,
			resolve: (result) => (release(), call.resolve(result)),
			reject: (error) => (release(), call.reject(error))
		};
	}
	async #read() {
		try {
			while (await this.#reader.fill()) for (const line of this.#reader.lines()) {
				if (line === "" || line === "\r") continue;
				const message = parseAnswer(line);
				if (this.#ended) return;
				this.#receive(message);
			}
			this.#lose();
		} catch (error) {
			this.#lose(error);
		}
	}
	#receive(message) {
		if (!isRecord(message)) throw new SyntaxError("Cannot read an answer: it is not an object");
		if (message.method === "$/closed") {
			const { last } = isRecord(message.params) ? message.params : {};
			this.#lastServed = typeof last === "number" ? last : 0;
			this.#finishing = true;
			return;
		}
		if (typeof message.method === "string") {
			this.#options.onNotification?.(message.method, message.params);
			return;
		}
		if (!("result" in message || message.error !== void 0)) throw new SyntaxError("Cannot read an answer: it has none");
		const call = this.#pending.get(message.id);
		if (call !== void 0) {
			this.#pending.delete(message.id);
			if (message.error === void 0) call.resolve(message.result);
			else this.#fail(call, toRpcError(message.error));
		} else if (message.id === null) throw message.error === void 0 ? new SyntaxError("Cannot read an answer: it is to nobody") : toRpcError(message.error);
		if (this.#finishing) this.finish();
	}
	#fail(call, error) {
		const again = this.repeat?.(call, error);
		if (again) call.resolve(again);
		else call.reject(error);
	}
	#stopWriting(error) {
		if (this.#ended) return;
		this.#writeError = error;
		this.#finishing = true;
		this.#finishTimer?.[Symbol.dispose]();
		this.#finishTimer = setTimer(END_TIMEOUT, () => this.#lose());
	}
	#lose(cause = this.#writeError) {
		this.#end({
			cause,
			logfile: this.logfile
		});
	}
	#end(reason, later = (run) => run()) {
		if (this.#ended) return;
		this.#ended = true;
		this.#reason = reason;
		this.#finishTimer?.[Symbol.dispose]();
		this.#duplex.close();
		const left = this.#pending.values();
		this.#pending.clear();
		const fail = () => {
			for (const call of left) {
				const { id, method } = call;
				const maybeExecuted = !(id > this.#lastServed);
				this.#fail(call, new ConnectionClosedError(method, maybeExecuted, reason));
			}
		};
		if (left.length > 0) later(fail);
		this.#controller?.abort(reason.cause);
		this.#closed.resolve();
	}
};
const encoder = new TextEncoder();
const HELLO_TIMEOUT = 5e3;
const FIRST_CALL_TIMEOUT = 50;
const MAX_RESENDS = 5;
var Channel = class Channel {
	#settings;
	#link;
	#process;
	#reason;
	#streams = new Set();
	#finishing = new Set();
	#successor;
	#closed = false;
	#succession;
	#refed = true;
	constructor(settings) {
		const onStream = (params) => this.#receiveFrame(params);
		this.#settings = {
			...settings,
			onStream
		};
	}
	static async open(settings) {
		if (settings.mode === "daemon") return await Channel.#open(settings);
		const { openAs } = await import("./serving.js");
		return await openAs(settings, Channel.#open);
	}
	static async #open(settings) {
		const channel = new Channel(settings);
		channel.#use(await findDaemon(channel.#settings));
		return channel;
	}
	get pid() {
		return this.#link.info.pid;
	}
	get instance() {
		return this.#link.info.instance;
	}
	get version() {
		return this.#link.info.version;
	}
	get startedAt() {
		return new Date(this.#link.info.startedAt);
	}
	get spawned() {
		return this.#process !== void 0;
	}
	get closed() {
		return this.#link.client.closed;
	}
	get signal() {
		return this.#link.client.signal;
	}
	get mode() {
		return this.#settings.dialer ? "inline" : "daemon";
	}
	get logfile() {
		return this.#link.client.logfile;
	}
	get process() {
		return this.#process;
	}
	get reason() {
		return this.#reason;
	}
	call(method, args, signal) {
		return this.#link.client.call(method, args, signal);
	}
	async openStream(method, open, attempt = 0) {
		const link = this.#link;
		const { logfile } = this;
		try {
			if (!link.client.isOpen) throw new ConnectionClosedError(method, false);
			const mayWait = () => link.client.isOpen;
			const conn = await dial(this.#settings, mayWait).catch((cause) => {
				throw new ConnectionClosedError(method, false, {
					cause,
					logfile
				});
			});
			if (!this.#refed) conn.unref();
			return await open(conn, link);
		} catch (error) {
			if (attempt === MAX_RESENDS || !this.#canRepeat(error)) throw error;
			const mayKeep = error instanceof ConnectionClosedError;
			await this.#succeed(link, method, mayKeep);
			return await this.openStream(method, open, attempt + 1);
		}
	}
	keep(stream) {
		this.#streams.add(stream);
		if (!this.#refed) stream.unref();
		stream.closed.then(() => this.#streams.delete(stream));
	}
	async end() {
		const over = Promise.withResolvers();
		this.#end((run) => over.promise.then(() => atNextTick(run)));
		try {
			await this.closed;
			await this.#settings.dialer?.end();
		} finally {
			over.resolve();
		}
	}
	close() {
		this.#end(atNextTick);
	}
	#end(later) {
		this.#closed = true;
		this.#succession?.abort();
		this.#link.client.close(later);
		for (const { client } of this.#finishing) client.close(later);
		for (const stream of this.#streams) stream.sessionEnded(later);
	}
	ref() {
		this.#keepAlive("ref");
	}
	unref() {
		this.#keepAlive("unref");
	}
	#keepAlive(way) {
		this.#refed = way === "ref";
		for (const { conn } of [this.#link, ...this.#finishing]) conn[way]();
		for (const stream of this.#streams) stream[way]();
	}
	#repeat(link, call, error) {
		if (call.attempt === MAX_RESENDS || !this.#canRepeat(error)) return;
		return this.#callSuccessor(link, call);
	}
	async #callSuccessor(link, { method, args, signal, attempt }) {
		await untilAborted(this.#succeed(link, method), signal);
		return await this.#link.client.call(method, args, signal, attempt + 1);
	}
	#canRepeat(error) {
		if (this.#closed) return false;
		return error instanceof RpcError ? error.code === ErrorCode.closing : error instanceof ConnectionClosedError && !error.maybeExecuted;
	}
	async #succeed(link, method, mayKeep = false) {
		if (this.#link !== link) return;
		this.#successor ??= this.#replaceLink(mayKeep).finally(() => this.#successor = void 0);
		try {
			await this.#successor;
		} catch (error) {
			throw this.#closed ? new ConnectionClosedError(method, false) : error;
		}
	}
	async #replaceLink(mayKeep) {
		const before = this.#link;
		if (!mayKeep) this.#finish(before);
		this.#succession = new AbortController();
		const { signal } = this.#succession;
		const settings = {
			...this.#settings,
			signal,
			isSuccession: true
		};
		const found = await findDaemon(settings);
		const { client, info } = found.link;
		if (before.client.isOpen && info.instance === before.info.instance) return client.close();
		if (mayKeep) this.#finish(before);
		this.#use(found);
		if (this.#closed) client.close();
		if (!this.#refed) found.link.conn.unref();
	}
	#finish(link) {
		const { client } = link;
		this.#finishing.add(link);
		client.closed.then(() => this.#finishing.delete(link));
		client.finish();
	}
	#receiveFrame(params) {
		if (!isRecord(params)) return;
		const { id, ...frame } = params;
		for (const stream of this.#streams) stream.receive(id, frame);
	}
	#use({ link, process, reason }) {
		this.#link = link;
		this.#process = process;
		this.#reason = reason;
		link.client.repeat = (call, error) => this.#repeat(link, call, error);
		link.client.closed.then(() => {
			for (const stream of this.#streams) stream.linkEnded(link);
		});
	}
};
const KINDS = [
	"read",
	"write",
	"net",
	"env",
	"run",
	"sys",
	"ffi",
	"import"
];
const START_TIMEOUT = 3e4;
const isNumber = (value) => typeof value === "number";
const isMode = (value) => [
	"daemon",
	"inline",
	"auto"
].includes(value);
const isBoolean = (value) => typeof value === "boolean";
const isString = (value) => typeof value === "string" && value !== "";
const isFile = (value) => isString(value) || value instanceof URL;
const isEnv = (value) => isRecord(value) && Object.entries(value).every(([name, text]) => name !== "" && !name.includes("=") && !name.includes("\0") && typeof text === "string" && !text.includes("\0"));
const EXPECTED = {
	rpcfile: ["a path or URL", isFile],
	methods: ["an array of names, each once", (value) => Array.isArray(value) && [...value].every(isString) && new Set(value.map(withoutSuffix)).size === value.length],
	sockfile: ["a path or file: URL", isFile],
	autoclose: ["a boolean or milliseconds", (value) => isBoolean(value) || isNumber(value)],
	debug: ["a boolean", isBoolean],
	args: ["an array of JSON values", isJsonArray],
	execPath: ["a path", isString],
	cwd: ["a path or file: URL", isFile],
	env: ["an object of names and strings, without NUL", isEnv],
	exit: ["a boolean", isBoolean],
	drainTimeout: ["milliseconds", isNumber],
	pidfile: ["a path or file: URL", isFile],
	logfile: ["a path or file: URL", isFile],
	permissions: ["\"none\", \"all\" or an object", (value) => value === "none" || value === "all" || isRecord(value)],
	version: ["a string", isString],
	onMismatch: ["\"restart\", \"keep\" or \"error\"", (value) => [
		"restart",
		"keep",
		"error"
	].includes(value)],
	mode: ["\"daemon\", \"inline\" or \"auto\"", isMode],
	spawn: ["a boolean", isBoolean],
	timeout: ["milliseconds", isNumber],
	signal: ["an AbortSignal", (value) => value instanceof AbortSignal],
	onProcess: ["a function", (value) => typeof value === "function"],
	...Object.fromEntries(LIMITS.map((name) => [name, ["a number", isNumber]]))
};
const origins = new WeakMap();
const VARIABLE = "XDG_RUNTIME_DIR";
export { AutodError, AutodError as AutodError$1, ConnectionClosedError, ConnectionClosedError as ConnectionClosedError$1, EXPECTED, ErrorCode, IdMap, KINDS, LIMITS, LineReader, LineTooLongError, LineWriter, MAX_BATCH_LENGTH, MAX_CONNECTIONS, MAX_DEPTH, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, RpcError, RpcError as RpcError$1, atNextTick, autod, callText, checkApart, checkDuration, checkLength, checkLimits, checkTypes, connect, delay, dirname, errorText, filesOf, fromFileUrl, isA, isDeeper, isGranted, isLonger, isNothing, isOfSameFile, isOpenToOthers, isOwn, isRecord, isWhole, isWritableByOthers, limitTime, ownItems, pause, quote, requestText, resultText, runtimeDir, setTimer, startTimer, toError, toErrorData, toLimits, toPath, toRpcError, toSockfile, untilAborted, wantedVersion, withSignal, within, writeAll, writeSafely };
