import { AutodError$1 as AutodError, EXPECTED, ErrorCode, IdMap, LIMITS, LineReader, LineTooLongError, LineWriter, MAX_BATCH_LENGTH, MAX_CONNECTIONS, MAX_DEPTH, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, checkApart, checkDuration, checkLimits, checkTypes, delay, dirname, errorText, filesOf, isA, isDeeper, isLonger, isRecord, quote, requestText, resultText, setTimer, startTimer, toError, toErrorData, toLimits, toPath, toSockfile, untilAborted, within, writeAll, writeSafely } from "./client.js";
import { checkDirectory, checkMayServe, checkPlace$1 as checkPlace, explainFile, explainImport, explainStart, isFull, isOfRpcfile, isShort, kindOf, lstatIfThere, nearest, openLockfile, openOwnFile, readClaim, removeIfThere, removeQuietly, tryLock, unsafeFile, writeNote } from "./cold.js";
import { BusyTurns, Latch, RefusedError, StreamLostError, StreamPeer, Turns, answerText, batchText, failureText, fitError, heardWithin, invalidText, looked, refusalText, toCancel, toErrorObject, toStreamParams, unreadText, waitHalfClosed } from "./client_stream.js";
const callback = (function callback(fn) {
	return function(...args) {
		return new Promise((resolve, reject) => {
			const answer = (...answers) => {
				const [first, second] = answers;
				if (first instanceof Error) return reject(first);
				resolve(answers.length > 1 && (first ?? null) === null ? second : first);
			};
			const missing = Math.max(0, fn.length - 1 - args.length);
			const padded = [...args, ...Array(missing).fill(void 0)];
			const ended = fn.apply(this, [...padded, answer]);
			if (ended instanceof Promise) ended.catch(reject);
		});
	};
});
const captureOutput = (function captureOutput(log) {
	for (const output of [Deno.stdout, Deno.stderr]) {
		let writable;
		const decoder = new TextDecoder();
		output.writeSync = (bytes) => {
			const text = decoder.decode(bytes, { stream: true });
			if (text !== "") log.write(text);
			return bytes.length;
		};
		output.write = (bytes) => Promise.resolve(output.writeSync(bytes));
		output.close = () => {};
		Object.defineProperty(output, "writable", { get: () => writable ??= new WritableStream({ write: (bytes) => void output.writeSync(bytes) }) });
	}
	captureConsole(log);
});
const captureConsole = (function captureConsole(log) {
	const print = (...values) => log.write(format(values));
	for (const level of [
		"log",
		"info",
		"debug",
		"warn",
		"error"
	]) console[level] = print;
	console.trace = (...values) => print(...values, new Error("Trace").stack);
	console.dir = console.dirxml = console.table = (value) => print(value);
	console.group = console.groupCollapsed = print;
	const counts = new Map();
	console.count = (label = "default") => {
		counts.set(label, (counts.get(label) ?? 0) + 1);
		print(`${label}: ${counts.get(label)}`);
	};
	console.countReset = (label = "default") => void counts.delete(label);
	const starts = new Map();
	console.time = (label = "default") => {
		starts.set(label, performance.now());
	};
	console.timeLog = (label = "default") => {
		const start = starts.get(label) ?? performance.now();
		print(`${label}: ${Math.round(performance.now() - start)}ms`);
	};
	console.timeEnd = (label = "default") => {
		console.timeLog(label);
		starts.delete(label);
	};
	console.assert = (condition, ...values) => {
		if (!condition) print("Assertion failed:", ...values);
	};
});
const format = (function format(values) {
	const [first, ...rest] = values;
	if (typeof first !== "string") return values.map(inspect).join(" ");
	return [first.replace(/%([sdifoOjc%])/g, (match, kind) => {
		if (kind === "%") return "%";
		if (rest.length === 0) return match;
		const value = rest.shift();
		if (kind === "c") return "";
		try {
			return convert(kind, value);
		} catch {
			return inspect(value);
		}
	}), ...rest.map(inspect)].join(" ");
});
const convert = (function convert(kind, value) {
	if (kind === "s") return String(value);
	if (kind === "d" || kind === "i") return `${Math.trunc(Number(value))}`;
	if (kind === "f") return `${Number(value)}`;
	return kind === "j" ? JSON.stringify(value) : Deno.inspect(value);
});
const inspect = (function inspect(value) {
	if (typeof value === "string") return value;
	try {
		return Deno.inspect(value);
	} catch (error) {
		return toErrorData(error).message;
	}
});
const ofAutod = (function ofAutod(names) {
	return Object.fromEntries(names.map((name) => [name, EXPECTED[name]]));
});
const checkClose = (function checkClose(options) {
	checkTypes("close", options, ofAutod(["drainTimeout"]), []);
	checkDuration("drainTimeout", options.drainTimeout, 0);
});
const checkServer = (function checkServer(taker, createIface, options, required = []) {
	if (typeof createIface !== "function") throw new TypeError(`Cannot create a server: createIface should be a function, and is ${Deno.inspect(createIface)}`);
	const expected = {
		...ofAutod(required),
		...OF_SERVER
	};
	checkTypes(taker, options, expected, required);
	checkDuration("autoclose", options.autoclose);
	checkDuration("drainTimeout", options.drainTimeout);
	checkLimits(options);
});
const write = (function write(path) {
	let file;
	try {
		makeWay(path);
		file = Deno.openSync(path, {
			write: true,
			createNew: true,
			mode: 384
		});
		file.writeSync(new TextEncoder().encode(TEXT));
	} catch (error) {
		if (file !== void 0) removeQuietly(path);
		throw explain(error, path);
	} finally {
		file?.close();
	}
});
const makeWay = (function makeWay(path) {
	const there = lstatIfThere(path);
	if (there === void 0) return;
	if (there.isSymlink || PID.test(textOf(path) ?? "no pidfile")) return removeIfThere(path);
	const what = there.isFile ? "a file that holds no process id" : kindOf(there);
	throw new Deno.errors.AlreadyExists(`${what} is there, and was not touched`);
});
const textOf = (function textOf(path) {
	const info = lstatIfThere(path);
	if (!info?.isFile || info.size > MAX_BYTES) return void 0;
	return Deno.readTextFileSync(path);
});
const explain = (function explain(error, path) {
	const remedy = error instanceof Deno.errors.NotFound ? `make its directory with: mkdir -p ${quote(dirname(path))}` : error instanceof Deno.errors.AlreadyExists ? "remove it, or choose another path" : `${isFull(error) ? "make room for it, or " : ""}choose another path`;
	error.message = `Cannot write the pidfile "${path}": ${error.message}; ${remedy}`;
	return error;
});
const listenTo = (function listenTo(iface) {
	const its = iface;
	const asked = (method) => (name, listener) => attempt(() => its[method](name, listener));
	if (iface instanceof EventTarget) return {
		on: asked("addEventListener"),
		off: asked("removeEventListener")
	};
	return isEmitter(iface) ? {
		on: asked("on"),
		off: asked("off")
	} : void 0;
});
const attempt = (async function attempt(ask) {
	try {
		await ask();
	} catch {}
});
const isEmitter = (function isEmitter(iface) {
	const { on, off, emit } = iface;
	return [
		on,
		off,
		emit
	].every((method) => typeof method === "function");
});
const toReport = (function toReport({ onError }) {
	return (error, what) => {
		try {
			if (onError) onError(error, what);
			else console.error(`Error in ${what}:`, error);
		} catch {}
	};
});
const seldom = (function seldom(report) {
	const told = new Map();
	return (error, what) => {
		const now = performance.now();
		for (const [text, time] of told) if (now - time >= INTERVAL) told.delete(text);
		const text = `${what}: ${error}`;
		if (told.has(text)) return;
		told.set(text, now);
		report(error, what);
	};
});
const fullText = (function fullText(maxConnections) {
	return errorText(null, {
		code: ErrorCode.limit,
		message: `Cannot take the connection: the daemon has ${maxConnections} (maxConnections)`
	});
});
const tell$1 = (async function tell$1(conn, line) {
	const buffer = new Uint8Array(4096);
	try {
		await writeAll(conn, new TextEncoder().encode(`${line}\n`));
		await conn.closeWrite();
		while (await conn.read(buffer) !== null);
	} catch {}
});
const wasClosed = (function wasClosed() {
	return new TypeError("Cannot listen: the server was closed");
});
const knock = (async function knock(sockfile) {
	try {
		(await Deno.connect({
			transport: "unix",
			path: sockfile
		})).close();
		return "open";
	} catch (error) {
		return error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.NotFound ? "dead" : "deaf";
	}
});
const holderStuck = (function holderStuck(sockfile) {
	const { pid = "that fuser names", state } = readClaim(sockfile);
	const what = state === "closing" ? `the daemon before, ${pid}, is still closing; try again when it has answered its calls, or end it at once with: kill -9 ${pid}` : `the process ${pid} holds "${filesOf(sockfile).lock}" and does not serve; end it with: kill ${pid}, or kill -9 ${pid} if it was stopped`;
	return new AutodError("not-responding", `Cannot take the sockfile "${sockfile}": ${what}`, { sockfile });
});
const isAt = (function isAt(path, inode) {
	return inode !== null && lstatIfThere(path)?.ino === inode;
});
const claimSocket = (async function claimSocket(sockfile, pidfile, isClosed) {
	const path = toSockfile(sockfile);
	const pidpath = pidfile === void 0 ? void 0 : toPath(pidfile, "pidfile");
	if (pidpath) checkApart(pidpath, "pidfile", Object.values(filesOf(path)));
	checkMayServe(path, pidpath);
	const claim = await SocketClaim.take(path, CLAIM_TIMEOUT, isClosed);
	if (claim !== void 0) return claim;
	const { pid } = readClaim(path);
	throw new Deno.errors.AddrInUse(`Cannot listen on "${path}": the daemon ${pid === void 0 ? "" : `with the pid ${pid} `}serves it already`);
});
const isIterable = (function isIterable(result) {
	return typeof result === "object" && result !== null && Symbol.asyncIterator in result && !("then" in result || "getReader" in result || "readable" in result);
});
const takeFirstStep = (function takeFirstStep(iterable, take) {
	return { [Symbol.asyncIterator]() {
		const iterator = take(() => iterable[Symbol.asyncIterator]());
		const step = () => iterator.next();
		let next = () => {
			next = step;
			return take(step);
		};
		return {
			next: () => next(),
			return: async (reason) => await iterator.return?.(reason) ?? {
				done: true,
				value: reason
			}
		};
	} };
});
const quoteName = (function quoteName(name) {
	return JSON.stringify(name.slice(0, MAX_QUOTED));
});
const checkFactory = (function checkFactory(value) {
	if (typeof value === "function") return;
	throw new TypeError(`Its default export is ${value === void 0 ? "missing" : `of the type ${typeof value}`}, and should be the function that makes the iface`);
});
const exposedMethods = (function exposedMethods(iface) {
	if (typeof iface !== "object" || iface === null) throw new TypeError(`Cannot serve what the factory returned: it is ${iface === null ? "null" : typeof iface}, and should be an object of methods`);
	const methods = new Map();
	const seen = new Set(["constructor"]);
	let holder = iface;
	while (holder !== null && !isOfThePlatform(holder)) {
		for (const name of Object.getOwnPropertyNames(holder)) {
			if (seen.has(name)) continue;
			seen.add(name);
			const value = Object.getOwnPropertyDescriptor(holder, name)?.value;
			if (typeof value !== "function") continue;
			if (isReserved(name)) throw new TypeError(`Cannot serve the method "${name}": names that begin with "$/" or "rpc." belong to the protocol`);
			methods.set(name, value.bind(iface));
		}
		holder = Object.getPrototypeOf(holder);
	}
	return methods;
});
const isReserved = (function isReserved(name) {
	return name.startsWith("$/") || name.startsWith("rpc.");
});
const isOfThePlatform = (function isOfThePlatform(prototype) {
	const constructor = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
	if (typeof constructor !== "function") return false;
	if (constructor.prototype !== prototype) return false;
	if (constructor.name === "EventEmitter" && "setMaxListeners" in prototype) return true;
	return globalThis[constructor.name] === constructor;
});
const toRequest = (function toRequest(value) {
	if (!isRecord(value)) return new InvalidRequest("a message is an object", null);
	const { id, method, params, session } = value;
	const validId = typeof id === "string" && id.length <= MAX_ID_LENGTH || typeof id === "number" && Math.abs(id) <= Number.MAX_SAFE_INTEGER;
	if (id !== void 0 && !validId) return new InvalidRequest(`an id is a string of up to ${MAX_ID_LENGTH} characters, or a number within ±(2^53 - 1)`, null);
	const answerId = validId ? id : null;
	if (value.jsonrpc !== "2.0") return new InvalidRequest("\"jsonrpc\" is \"2.0\"", answerId);
	if (typeof method !== "string") return new InvalidRequest("\"method\" is a string", answerId);
	if (session !== void 0 && typeof session !== "string") return new InvalidRequest("\"session\" is a string", answerId);
	if (params === void 0) return {
		id,
		method,
		args: [],
		session
	};
	if (typeof params !== "object" || params === null) return new InvalidRequest("\"params\" is an array or an object", answerId);
	return {
		id,
		method,
		args: Array.isArray(params) ? params : [params],
		session
	};
});
const toResult = (function toResult(result) {
	if (typeof result === "object" && result !== null) return result;
	throw new TypeError("Cannot read the iterable: its iterator gave no object");
});
const toStreamResult = (function toStreamResult(result) {
	if (typeof result !== "object" || result === null) return void 0;
	if ("getReader" in result && result instanceof ReadableStream) return { readable: result };
	if ("getWriter" in result && result instanceof WritableStream) return { writable: result };
	if ("readable" in result && "writable" in result) {
		const { readable, writable } = result;
		if (readable instanceof ReadableStream && writable instanceof WritableStream) return {
			readable,
			writable
		};
	}
	return Symbol.asyncIterator in result ? { readable: new IterableSource(result) } : void 0;
});
const discardStream = (function discardStream({ readable, writable }, reason) {
	readable?.cancel(reason).catch(() => {});
	writable?.abort(reason).catch(() => {});
});
const serveStream = (function serveStream({ readable, writable }, duplex, reader, options) {
	const { answer, limits, onAbort, onLostError, onEnding, calls } = options;
	if (readable?.locked || writable?.locked) throw new TypeError("Cannot serve the stream: it is in use already");
	const source = readable?.getReader();
	const sink = writable && new ServedSink(writable, () => peer.resume());
	let given;
	const abort = (reason) => {
		given ??= { reason };
		onEnd();
	};
	const onEnd = () => {
		const goesOn = peer.incoming.isOpen || peer.outgoing.isOpen;
		if (given && !goesOn) onAbort(given.reason);
	};
	const reasons = new Set();
	const onEndError = (error) => {
		if (reasons.has(error) || isAbort(error)) return;
		reasons.add(error);
		onLostError(error);
	};
	const follow = (end, begun) => {
		if (end) onEnding({
			begun,
			over: end.catch(onEndError)
		});
	};
	const peer = new StreamPeer(duplex, reader, {
		wantsChunk: () => sink?.wantsChunk() ?? true,
		onChunk: (chunk) => sink.write(chunk),
		written: () => sink?.written ?? 0,
		onDone() {
			const end = sink?.close();
			if (end) onEnding({ over: end.catch(() => {}) });
			return end;
		},
		onError(reason) {
			reasons.add(reason);
			follow(sink?.abort(reason));
			abort(reason);
		},
		onCancel(reason) {
			const { cause } = reason instanceof StreamLostError ? reason : {};
			if (cause instanceof TypeError) onLostError(cause);
			reasons.add(reason);
			follow(source?.cancel(reason), source?.ready);
			abort(reason);
		},
		onClosed() {}
	}, {
		incoming: sink !== void 0,
		outgoing: source !== void 0,
		halfClose: true,
		limits,
		toError: toReason$1,
		calls
	});
	sink?.failed.catch((error) => {
		if (peer.incoming.isOpen) options.onSinkFailed(error);
		peer.cancel(error);
		onEnd();
	});
	peer.sendLine(answer);
	if (source) pump(source, peer, onEndError).then(onEnd);
	return peer;
});
const toReason$1 = (function toReason$1(error) {
	if (!isRecord(error)) return void 0;
	const { data, message } = error;
	return toError(data ?? (typeof message === "string" ? { message } : data));
});
const isAbort = (function isAbort(error) {
	return error instanceof Error && error.name === "AbortError";
});
const pump = (async function pump(source, peer, onEndError) {
	const turns = new Turns();
	try {
		for (;;) {
			const { done, value } = await turns.share(source.read());
			if (done) break;
			const room = peer.send(value);
			if (room) await turns.share(room);
		}
		peer.outgoing.sendDone();
		peer.outgoing.finish();
	} catch (error) {
		if (peer.outgoing.isOpen) peer.outgoing.sendError(error);
		else onEndError(error);
		source.cancel(error).catch(() => {});
	}
});
const isThenable = (function isThenable(value) {
	return typeof value === "object" && value !== null && typeof value.then === "function";
});
const hasMethodsBesides = (function hasMethodsBesides(made) {
	return !(made instanceof Promise) && Object.entries(made).some(([name, value]) => typeof value === "function" && !OF_PROMISES.includes(name));
});
const isImmediate = (function isImmediate(method) {
	return isReserved(method) && !WAITING.has(method);
});
const isSet = (function isSet(params, name) {
	const value = params[name];
	if (value === void 0 || typeof value === "boolean") return value ?? false;
	throw new RefusedError(ErrorCode.invalidParams, `Cannot take the parameter ${quoteName(name)}: it should be true or false, and is ${JSON.stringify(value)}`);
});
const isHangUp = (function isHangUp(error) {
	return error instanceof Error && (error.name === "BrokenPipe" || error.name === "ConnectionReset");
});
const clientLeft = (function clientLeft() {
	return new DOMException("The client has gone", "AbortError");
});
const toReason = (function toReason(reason) {
	return reason ?? new DOMException("The session has ended", "AbortError");
});
const createServer = (function createServer(createIface, options = {}) {
	checkServer("createServer", createIface, options);
	return new DaemonServer(createIface, options);
});
const withoutColours = (function withoutColours(text) {
	return text.replace(/\x1b\[[0-9;]*m/g, "");
});
const failedStart = (function failedStart(stage, error) {
	const data = toErrorData(error);
	const message = withoutColours(data.message);
	return {
		autod: "failed",
		stage,
		error: {
			...data,
			message
		}
	};
});
const closeOnSignals = (function closeOnSignals(server) {
	const close = () => {
		stop();
		server.close({}, "at a signal");
	};
	const stop = () => {
		for (const name of SIGNALS) Deno.removeSignalListener(name, close);
	};
	for (const name of SIGNALS) Deno.addSignalListener(name, close);
	server.closed.then(stop);
});
const runDaemon = (async function runDaemon(config, load) {
	let stage = "claim";
	let server;
	let log;
	const starter = new StarterPipe();
	using _overdue = startTimer(2 * config.timeout, () => {
		fail(starter, stage, new Error(`It took more than ${config.timeout} ms`));
	});
	onUncaught((error, what) => {
		log?.write(`${what} ${inspect(error)}`);
		Deno.exitCode = 1;
		if (server) server.fail(error);
		else fail(starter, stage, error);
	});
	globalThis.addEventListener("unload", () => {
		if (server?.isClosing === false) log?.write("The process ends without closing, as by Deno.exit()");
	});
	try {
		const left = Math.max(config.timeout - performance.now(), 0);
		const timeout = left - Math.min(left / 2, TELL_TIME);
		const claim = await SocketClaim.take(config.sockfile, timeout);
		if (claim === void 0) {
			tell(starter, {
				autod: "busy",
				pid: Deno.pid
			});
			Deno.exit(0);
		}
		stage = "log";
		log = new Log(config.logfile, config.sockfile);
		captureOutput(log);
		using _copy = log.listen((text) => starter.write(text));
		stage = "import";
		const start = performance.now();
		const { default: createIface } = await load();
		const importTime = performance.now() - start;
		stage = "default";
		checkFactory(createIface);
		stage = "listen";
		server = new DaemonServer(createIface, config, {
			log,
			rpcfile: config.rpcfile,
			onReady() {
				closeOnSignals(server);
				log.write(`Serving "${config.sockfile}"`);
				tell(starter, {
					autod: "ready",
					pid: Deno.pid,
					importTime
				});
				starter.letGo();
			}
		});
		await server.start(() => claim);
	} catch (error) {
		await fail(starter, stage, error);
	}
});
const fail = (async function fail(starter, stage, error) {
	if (stage !== "log") console.error("Error in the start of the daemon:", error);
	const failure = failedStart(stage, error);
	const { name, message } = failure.error;
	const whole = {
		code: 0,
		message,
		data: failure.error
	};
	const fitted = fitError(whole, MAX_FAILURE_BYTES);
	const told = fitted.data ?? {
		name,
		message: fitted.message
	};
	tell(starter, {
		...failure,
		error: told
	});
	await starter.flushed(FLUSH_TIMEOUT);
	Deno.exit(1);
});
const tell = (function tell(starter, readiness) {
	starter.write(`\n${JSON.stringify(readiness)}\n`);
});
const onUncaught = (function onUncaught(listener) {
	globalThis.addEventListener("error", (event) => {
		event.preventDefault();
		listener(event.error ?? new Error(event.message), "Uncaught");
	});
	globalThis.addEventListener("unhandledrejection", (event) => {
		event.preventDefault();
		listener(event.reason, "Uncaught (in promise)");
	});
});
const memoryPair = (function memoryPair(capacity = CAPACITY) {
	const there = new Pipe(capacity);
	const back = new Pipe(capacity);
	return [new End(back, there), new End(there, back)];
});
const openAs = (async function openAs(settings, open) {
	const isTried = settings.mode === "auto" && Deno.build.os !== "windows";
	const inline = new InlineDaemon(settings);
	if (!isTried) return await open(inline.settings);
	try {
		return await open(settings);
	} catch (error) {
		if (!isForbidden(error)) throw error;
		return await open(inline.settings).catch((its) => {
			throw isUnread(its) ? error : its;
		});
	}
});
const isForbidden = (function isForbidden(error) {
	if (error instanceof Deno.errors.NotCapable) return true;
	if (!(error instanceof AutodError)) return false;
	if (isOfRpcfile(error) || isShort(error.cause)) return false;
	if (error.code === "not-permitted" || error.code === "spawn-failed") return true;
	const { name, message } = error.cause instanceof Error ? error.cause : {
		name: "",
		message: ""
	};
	return name === "NotCapable" || name === "PermissionDenied" || /\(os error (?:1|13|97)\)/.test(message);
});
const isUnread = (function isUnread(error) {
	const { cause } = error;
	return cause instanceof Error && cause.message.startsWith("Requires read access to ");
});
const loadInTime = (async function loadInTime(settings) {
	const { signal, timeout } = settings;
	const loading = untilAborted(load(settings), signal);
	if (await within(timeout, loading)) return await loading;
	throw explainImport(settings);
});
const load = (async function load(settings) {
	let stage = "import";
	try {
		const { default: createIface } = await import(settings.rpcfile);
		stage = "default";
		checkFactory(createIface);
		return createIface;
	} catch (error) {
		throw explainStart(failedStart(stage, error), settings, "");
	}
});
const listen = (function listen(createIface, options) {
	checkServer("listen", createIface, options, ["sockfile"]);
	const server = new DaemonServer(createIface, options);
	closeOnSignals(server);
	server.listen(options.sockfile);
	return server;
});
const OF_SERVER = {
	args: ["an array", Array.isArray],
	...ofAutod([
		"autoclose",
		"exit",
		"pidfile",
		"drainTimeout",
		"version"
	]),
	onError: EXPECTED.onProcess,
	...ofAutod(LIMITS)
};
const TEXT = `${Deno.pid}\n`;
const MAX_BYTES = 20;
const PID = /^\d{0,19}\n?$/;
var Pidfile = class {
	#path;
	constructor(path) {
		this.#path = toPath(path, "pidfile");
		write(this.#path);
	}
	[Symbol.dispose]() {
		if (textOf(this.#path) === TEXT) removeIfThere(this.#path);
	}
};
var Refcount = class {
	#onIdle;
	#count = 0;
	#delay;
	#timer;
	constructor(onIdle) {
		this.#onIdle = onIdle;
	}
	get count() {
		return this.#count;
	}
	hold() {
		this.#count++;
		this.#timer?.[Symbol.dispose]();
		let held = true;
		return { [Symbol.dispose]: () => {
			if (!held) return;
			held = false;
			this.#count--;
			this.#wait(setTimer);
		} };
	}
	start(delay, least = 0) {
		this.#delay = delay;
		this.#wait(startTimer, least);
	}
	stop() {
		this.#delay = void 0;
		this.#timer?.[Symbol.dispose]();
	}
	#wait(start, least = 0) {
		if (this.#delay === void 0 || this.#count > 0) return;
		this.#timer = start(Math.max(this.#delay, least), this.#onIdle);
	}
};
var RefEvents = class {
	#hold;
	#holders = new WeakMap();
	constructor(hold) {
		this.#hold = hold;
	}
	follow(iface) {
		let holder = this.#holders.get(iface);
		if (holder === void 0) {
			const listen = listenTo(iface);
			if (listen === void 0) return void 0;
			holder = new Holder(listen, this.#hold);
			this.#holders.set(iface, holder);
		}
		return holder.join();
	}
};
var Holder = class {
	#events;
	#hold;
	#holds = [];
	#sessions = 0;
	constructor(events, hold) {
		this.#events = events;
		this.#hold = hold;
	}
	join() {
		this.#sessions++;
		this.#listen("ref", this.#ref);
		this.#listen("unref", this.#unref);
		return { [Symbol.dispose]: () => this.#leave() };
	}
	#listen(name, listener) {
		this.#events.off(name, listener);
		this.#events.on(name, listener);
	}
	#leave() {
		if (--this.#sessions > 0) return;
		this.#events.off("ref", this.#ref);
		this.#rest();
	}
	#rest() {
		if (this.#sessions > 0 || this.#holds.length > 0) return;
		this.#events.off("unref", this.#unref);
	}
	#ref = () => void this.#holds.push(this.#hold());
	#unref = () => {
		this.#holds.pop()?.[Symbol.dispose]();
		this.#rest();
	};
};
const INTERVAL = 6e4;
const HANG_UP_TIMEOUT$1 = 1e3;
const MAX_TURNED_AWAY = 1e3;
var TurnedAway = class {
	#conns = new Set();
	async add(conn, line) {
		const [first] = this.#conns;
		if (this.#conns.size >= MAX_TURNED_AWAY) this.#end(first);
		this.#conns.add(conn);
		await within(HANG_UP_TIMEOUT$1, tell$1(conn, line));
		this.#end(conn);
	}
	close() {
		for (const conn of this.#conns) this.#end(conn);
	}
	#end(conn) {
		if (this.#conns.delete(conn)) conn.close();
	}
};
const PAUSE = 100;
var Acceptor = class {
	#host;
	#turnedAway = new TurnedAway();
	#listeners = new Set();
	constructor(host) {
		this.#host = host;
	}
	use(listener) {
		for (const old of this.#listeners) this.#leave(old);
		this.#listeners.add(listener);
		this.#accept(listener);
	}
	close() {
		for (const listener of this.#listeners) this.#stop(listener);
		this.#turnedAway.close();
	}
	async #leave(listener) {
		await looked();
		this.#stop(listener);
	}
	#stop(listener) {
		if (this.#listeners.delete(listener)) listener.close();
	}
	async #accept(listener) {
		while (this.#listeners.has(listener)) try {
			this.#take(await listener.accept());
		} catch (error) {
			if (!this.#listeners.has(listener)) return;
			this.#host.report(error, "accepting a connection");
			await delay(PAUSE);
		}
	}
	#take(conn) {
		const refusal = this.#host.refusal();
		if (refusal === void 0) this.#host.serve(conn);
		else this.#turnedAway.add(conn, refusal);
	}
};
const LOOK_INTERVAL = 1e3;
const SLOW_INTERVAL = 5e3;
var Watch = class {
	#look;
	#onError;
	#watcher;
	#timer;
	#looking;
	#stopped = false;
	constructor(path, look, onError) {
		this.#look = look;
		this.#onError = onError;
		this.#follow(path);
	}
	[Symbol.dispose]() {
		this.#stopped = true;
		this.#watcher?.close();
		this.#watcher = void 0;
		this.#timer?.[Symbol.dispose]();
	}
	async #follow(path) {
		try {
			const watcher = this.#watcher = Deno.watchFs(path);
			this.#poll(SLOW_INTERVAL);
			await this.#lookOnce();
			for await (const _event of watcher) {
				if (this.#stopped) return;
				await this.#looking;
				await this.#lookOnce();
			}
		} catch (cause) {
			const { message } = cause;
			const error = `It is looked for once a second instead: ${message}`;
			this.#onError(new Error(error, { cause }));
		}
		this.#timer?.[Symbol.dispose]();
		this.#poll(LOOK_INTERVAL);
	}
	#poll(interval) {
		if (this.#stopped) return;
		const timer = startTimer(interval, async () => {
			await this.#lookOnce();
			if (this.#timer === timer) this.#poll(interval);
		});
		this.#timer = timer;
	}
	#lookOnce() {
		return this.#looking ??= this.#tryLook().finally(() => this.#looking = void 0);
	}
	async #tryLook() {
		try {
			await this.#look();
		} catch (error) {
			this.#onError(error);
		}
	}
};
const POLL_INTERVAL = 20;
var SocketClaim = class SocketClaim {
	sockfile;
	#lock;
	#lockInfo;
	#socketInode = null;
	#watch;
	#isUnbound = false;
	#released = false;
	constructor(sockfile, { file, info }) {
		this.sockfile = sockfile;
		this.#lock = file;
		this.#lockInfo = info;
		this.#writeState("starting");
	}
	static tryTake(sockfile) {
		checkPlace(sockfile);
		const { lock: path } = filesOf(sockfile);
		for (;;) {
			using opened = new DisposableStack();
			const lock = openLockfile(path, sockfile);
			const file = opened.use(lock.file);
			if (!tryLock(file, path)) return void 0;
			const { ino, uid } = lock.info;
			if (!isAt(path, ino)) continue;
			checkDirectory(sockfile, uid);
			opened.move();
			return new SocketClaim(sockfile, lock);
		}
	}
	static async take(sockfile, timeout, isClosed = () => false) {
		const deadline = performance.now() + timeout;
		for (;;) {
			const claim = SocketClaim.tryTake(sockfile);
			if (claim !== void 0) return claim;
			if (await knock(sockfile) === "open") return void 0;
			if (performance.now() > deadline) throw holderStuck(sockfile);
			await delay(POLL_INTERVAL);
			if (isClosed()) throw wasClosed();
		}
	}
	async bind() {
		await this.#checkFree();
		if (this.#isUnbound) throw wasClosed();
		const { fresh } = filesOf(this.sockfile);
		checkPlace(this.sockfile, fresh);
		removeIfThere(fresh);
		const listener = this.#listen(fresh);
		try {
			Deno.chmodSync(fresh, 384);
			const { ino, uid } = Deno.lstatSync(fresh);
			this.#checkLockOwner(uid);
			Deno.renameSync(fresh, this.sockfile);
			this.#socketInode = ino;
		} catch (error) {
			listener.close();
			throw explainFile(this.sockfile, error);
		}
		this.#writeState("serving");
		return listener;
	}
	#listen(path) {
		try {
			return Deno.listen({
				transport: "unix",
				path
			});
		} catch (error) {
			throw explainFile(this.sockfile, error);
		}
	}
	async #checkFree() {
		checkPlace(this.sockfile);
		if (lstatIfThere(this.sockfile) === void 0) return;
		if (await knock(this.sockfile) === "dead") return;
		throw new AutodError("protocol", `Cannot use the sockfile "${this.sockfile}": another program listens there; choose another path, or end that program`, { sockfile: this.sockfile });
	}
	#checkLockOwner(uid) {
		const its = this.#lockInfo.uid;
		if (its === uid) return;
		const { sockfile } = this;
		throw unsafeFile({
			path: filesOf(sockfile).lock,
			sockfile
		}, `belongs to another user (${its}); choose a directory of your own`);
	}
	watch({ onSocketLost, onClaimLost, onError }) {
		const { lock } = filesOf(this.sockfile);
		const look = async () => {
			if (!isAt(lock, this.#lockInfo.ino)) return onClaimLost();
			if (!isAt(this.sockfile, this.#socketInode)) await onSocketLost();
		};
		this.#watch = new Watch(lock, look, onError);
	}
	unbind() {
		if (this.#released) return;
		this.#isUnbound = true;
		this.#watch?.[Symbol.dispose]();
		const inode = this.#socketInode;
		this.#socketInode = null;
		this.#writeState("closing");
		if (isAt(this.sockfile, inode)) removeIfThere(this.sockfile);
	}
	release() {
		if (this.#released) return;
		this.unbind();
		this.#released = true;
		this.#lock.close();
	}
	#writeState(state) {
		writeNote(this.#lock, {
			pid: Deno.pid,
			state
		});
	}
};
const CLAIM_TIMEOUT = 1e4;
var ServerSocket = class {
	#claim;
	#host;
	#acceptor;
	#closed = false;
	constructor(claim, host) {
		this.#claim = claim;
		this.#host = {
			...host,
			report: seldom(host.report)
		};
		this.#acceptor = new Acceptor(this.#host);
	}
	get path() {
		return this.#claim.sockfile;
	}
	async open() {
		try {
			this.#acceptor.use(await this.#claim.bind());
		} catch (error) {
			this.#claim.release();
			throw error;
		}
	}
	watch() {
		this.#claim.watch({
			onSocketLost: () => this.#rebind(),
			onClaimLost: () => this.#host.onClaimLost(),
			onError: (error) => this.#host.report(error, "watching over the socket")
		});
	}
	unbind() {
		this.#closed = true;
		try {
			this.#claim.unbind();
		} catch (error) {
			this.#host.report(error, "removing the socket");
		}
	}
	close() {
		this.#acceptor.close();
	}
	release() {
		this.#claim.release();
	}
	async #rebind() {
		try {
			this.#acceptor.use(await this.#claim.bind());
		} catch (error) {
			if (!this.#closed) this.#host.report(error, "putting the socket back");
		}
	}
};
var InTurns = class {
	#turns = new BusyTurns();
	#last;
	get isBusy() {
		return this.#last !== void 0;
	}
	async run(ready, work) {
		const before = this.#last;
		const begun = Promise.withResolvers();
		this.#last = begun.promise;
		let isReady = false;
		try {
			const value = await ready;
			await before;
			isReady = true;
			return work(value);
		} finally {
			const next = () => {
				if (this.#last === begun.promise) this.#last = void 0;
				begun.resolve();
			};
			const wait = isReady ? this.#turns.due() : before;
			if (wait) wait.then(next);
			else next();
		}
	}
};
const MAX_QUOTED = 100;
const MAX_GUESSES = 16;
var Dispatcher = class {
	#session;
	#iface;
	#early;
	#current;
	#guesses;
	constructor(session, iface) {
		this.#session = session;
		this.#iface = iface;
	}
	get current() {
		return this.#current;
	}
	dispatch(request, call) {
		const { methods } = this.#iface;
		if (methods && !this.#early?.isBusy) return this.#run(methods, request, call);
		this.#early ??= new InTurns();
		const opening = this.#iface.open();
		const ready = request.id === void 0 ? opening : untilAborted(opening, call.signal);
		return this.#early.run(ready, (methods) => {
			if (this.#session.ended) return;
			if (call.aborted) {
				if (request.id === void 0) return;
				throw call.signal.reason;
			}
			return this.#run(methods, request, call);
		});
	}
	#run(methods, { method, args }, call) {
		const run = methods.get(method);
		if (run === void 0) {
			const near = this.#guess(method.slice(0, 100), methods);
			throw new RefusedError(ErrorCode.methodNotFound, `The daemon has no method ${quoteName(method)}${near === void 0 ? "" : `; did you mean "${near}"?`}`);
		}
		const result = this.#during(call, run, args);
		return isIterable(result) ? takeFirstStep(result, (step) => this.#during(call, step, [])) : result;
	}
	#guess(name, methods) {
		const guesses = this.#guesses ??= new Map();
		if (!guesses.has(name) && guesses.size < MAX_GUESSES) guesses.set(name, nearest(name, methods.keys()));
		return guesses.get(name);
	}
	#during(call, run, args) {
		const before = this.#current;
		this.#current = call;
		try {
			return run(...args);
		} finally {
			this.#current = before;
		}
	}
};
var Call = class {
	id;
	send;
	#controller;
	#abortReason;
	constructor(id) {
		this.id = id;
	}
	get signal() {
		if (this.#controller === void 0) {
			this.#controller = new AbortController();
			if (this.#abortReason) this.#controller.abort(this.#abortReason.reason);
		}
		return this.#controller.signal;
	}
	get aborted() {
		return this.#abortReason !== void 0;
	}
	abort(reason) {
		if (this.aborted) return;
		this.#abortReason = { reason };
		this.#controller?.abort(reason);
	}
};
var Calls = class {
	#calls = new IdMap();
	#twins;
	get size() {
		return this.#calls.size;
	}
	[Symbol.iterator]() {
		return this.#calls.values()[Symbol.iterator]();
	}
	add(call) {
		const { id } = call;
		const key = id === void 0 || this.#calls.get(id) ? call : id;
		this.#calls.add(key, call);
		if (key === call && id !== void 0) {
			this.#twins ??= new Map();
			const twins = this.#twins.get(id);
			if (twins) twins.add(call);
			else this.#twins.set(id, new Set([call]));
		}
		return key;
	}
	delete(key) {
		const call = this.#calls.get(key);
		this.#calls.delete(key);
		if (key !== call) return;
		const twins = this.#twins?.get(call?.id);
		if (twins?.delete(call) && twins.size === 0) this.#twins?.delete(call.id);
	}
	cancel(id, reason) {
		this.#calls.get(id)?.abort(reason);
		const twins = this.#twins?.get(id) ?? [];
		for (const twin of twins) twin.abort(reason);
	}
	abort(reason) {
		for (const call of this) call.abort(reason);
	}
};
var InvalidRequest = class {
	reason;
	id;
	constructor(reason, id) {
		this.reason = reason;
		this.id = id;
	}
};
const MAX_ID_LENGTH = 1024;
const HOPS = 4;
var IterableSource = class {
	locked = false;
	#iterator;
	#isOver = false;
	#step;
	constructor(iterable) {
		this.#iterator = iterable[Symbol.asyncIterator]();
	}
	getReader() {
		return this;
	}
	async read() {
		for (let hop = 0; hop < HOPS; hop++) await void 0;
		if (this.#isOver) return { done: true };
		try {
			const step = this.#iterator.next();
			this.#step = step;
			const { done, value } = toResult(await step);
			if (!done) return {
				done: false,
				value
			};
			this.#isOver = true;
			return { done: true };
		} catch (error) {
			this.#isOver = true;
			throw error;
		}
	}
	get ready() {
		return Promise.resolve(this.#step).then(() => {}, () => {});
	}
	async cancel(reason) {
		if (this.#isOver) return;
		this.#isOver = true;
		const ended = this.#iterator.return?.(reason);
		if (ended !== void 0) toResult(await ended);
	}
};
var ServedSink = class {
	#writer;
	#onRoom;
	#isOpen = true;
	#last;
	#written = 0;
	failed;
	constructor(writable, onRoom) {
		this.#writer = writable.getWriter();
		this.#onRoom = onRoom;
		this.failed = this.#writer.closed.then(() => {
			if (!this.#isOpen) return;
			throw new TypeError("Cannot write: the method's writable is closed");
		});
	}
	get written() {
		return this.#written;
	}
	wantsChunk() {
		return this.#last === void 0 || (this.#writer.desiredSize ?? 1) > 0;
	}
	write(chunk) {
		const done = () => void this.#written++;
		const write = this.#writer.write(chunk).then(done, () => {});
		this.#last = write;
		if (this.wantsChunk()) return;
		write.then(() => {
			if (this.#last === write) this.#last = void 0;
			this.#onRoom();
		});
		this.#writer.ready.then(this.#onRoom, () => {});
	}
	async close() {
		this.#isOpen = false;
		try {
			await this.#writer.close();
		} catch (error) {
			await this.failed;
			throw error;
		}
	}
	abort(reason) {
		this.#isOpen = false;
		return this.#writer.abort(reason);
	}
};
const MAX_UNREAD = 67108864;
const SHORT = 1024;
var Responder = class {
	#options;
	#connection;
	#calls = new Calls();
	#messages = 0;
	#lastId;
	#held = 0;
	constructor(options, connection) {
		this.#options = options;
		this.#connection = connection;
	}
	get messages() {
		return this.#messages;
	}
	get lastId() {
		return this.#lastId;
	}
	get calls() {
		return this.#calls.size;
	}
	answer(line, send) {
		this.#messages++;
		const { maxDepth } = this.#options;
		if (isDeeper(line, maxDepth)) {
			send(refusalText(null, `it is nested deeper than ${maxDepth} levels (maxDepth)`));
			return;
		}
		let value;
		try {
			value = JSON.parse(line);
		} catch (error) {
			const message = `Cannot parse the line: ${error.message}`;
			send(errorText(null, {
				code: ErrorCode.parse,
				message
			}));
			return;
		}
		if (Array.isArray(value)) return this.#answerBatch(value, send);
		this.#answerOne(value, send);
	}
	cancel(id, reason) {
		this.#calls.cancel(id, reason);
	}
	abort(reason) {
		this.#calls.abort(reason);
	}
	fail(error) {
		const { maxMessageBytes } = this.#options;
		for (const call of this.#calls) {
			const { id, send } = call;
			call.send = void 0;
			send?.(id === void 0 ? void 0 : failureText(id, error, ErrorCode.internal, maxMessageBytes));
			call.abort(error);
		}
	}
	async #answerBatch(batch, send) {
		this.#messages += batch.length;
		if (batch.length === 0) return send(invalidText(null, "a batch has at least one request"));
		const { maxBatchLength, maxMessageBytes } = this.#options;
		if (batch.length > maxBatchLength) return send(refusalText(null, `a batch has at most ${maxBatchLength} requests (maxBatchLength)`));
		const answers = [];
		let left = batch.length;
		let length = 0;
		const keep = (text, at) => {
			answers[at] = text;
			const added = text?.length ?? 0;
			length += added;
			this.#held += added;
			if (--left > 0) return;
			this.#held -= length;
			send(batchText(answers, maxMessageBytes));
		};
		for (const [at, value] of batch.entries()) {
			if (!this.#connection.isServed()) return;
			this.#answerOne(value, (text) => keep(text, at));
			const turn = this.#connection.turn();
			if (turn) await turn;
		}
	}
	#answerOne(value, send) {
		const request = toRequest(value);
		if (request instanceof InvalidRequest) return send(invalidText(request.id, request.reason));
		this.#lastId = request.id ?? this.#lastId;
		const call = new Call(request.id);
		let answer;
		try {
			const result = this.#options.handle(request, call);
			if (isThenable(result)) {
				call.send = send;
				this.#answerLater(request, call, result);
				return;
			}
			answer = this.#succeed(request, call, result);
		} catch (error) {
			answer = this.#fail(request, call, error);
		}
		send(answer);
	}
	async #answerLater(request, call, result) {
		const key = this.#calls.add(call);
		let answer;
		try {
			const settled = await result;
			if (call.send) answer = this.#succeed(request, call, settled);
		} catch (error) {
			if (call.send) answer = this.#fail(request, call, error);
		}
		this.#calls.delete(key);
		call.send?.(answer);
	}
	#succeed(request, call, result) {
		const stream = toStreamResult(result);
		if (stream !== void 0) return this.#connection.becomeStream(request, call, stream);
		if (request.id === void 0) return void 0;
		if (request.session !== void 0) return refusalText(request.id, `"${request.method}" returns no stream; list it without ":s"`);
		if (this.isBehind) return unreadText(request.id, request.method);
		const { maxMessageBytes } = this.#options;
		return answerText(request.id, request.method, result, maxMessageBytes);
	}
	#fail(request, call, error) {
		if (request.id === void 0) {
			this.#options.onLostError(error, request.method);
			return;
		}
		const code = call.aborted ? ErrorCode.cancelled : ErrorCode.threw;
		const { maxMessageBytes } = this.#options;
		const most = this.isBehind ? SHORT : maxMessageBytes;
		return failureText(request.id, error, code, most);
	}
	get isBehind() {
		return this.#connection.unread() + this.#held > MAX_UNREAD;
	}
};
var SessionIface = class {
	#session;
	#host;
	#methods;
	#takesTime = false;
	#opening;
	#iface;
	#following;
	constructor(session, host) {
		this.#session = session;
		this.#host = host;
	}
	get methods() {
		return this.#methods;
	}
	get takesTime() {
		return this.#takesTime;
	}
	open() {
		if (this.#opening === void 0) {
			this.#opening = this.#create();
			this.#opening.then((methods) => this.#methods = methods, () => {});
		}
		return this.#opening;
	}
	async dispose() {
		const iface = this.#iface;
		const following = this.#following;
		this.#iface = this.#following = void 0;
		try {
			following?.[Symbol.dispose]();
			const disposal = (iface?.[Symbol.asyncDispose] ?? iface?.[Symbol.dispose])?.call(iface);
			if (isThenable(disposal)) await this.#waitFor(disposal);
		} catch (error) {
			this.#onFailed(error);
		}
	}
	async #waitFor(disposal) {
		const { drainTimeout } = this.#host;
		const ended = Promise.resolve(disposal).then(() => {}, (error) => this.#onFailed(error));
		const overdue = new Latch();
		using _timer = startTimer(drainTimeout, () => {
			this.#host.onLateDisposal(ended);
			this.#onFailed(new Error(`It has not ended within ${drainTimeout} ms`));
			overdue.open();
		});
		await Promise.race([ended, overdue.promise]);
	}
	#onFailed(error) {
		this.#host.onLostError(error, "the disposal of an iface");
	}
	async #create() {
		const { createIface, server, args } = this.#host;
		let methods;
		try {
			const made = createIface(server, this.#session, args);
			this.#takesTime = isThenable(made);
			if (this.#takesTime && hasMethodsBesides(made)) throw new TypeError("Cannot serve a method \"then\": whoever waits for the iface would call it; rename it");
			const iface = await made;
			methods = exposedMethods(iface);
			this.#iface = iface;
			this.#following = this.#host.refEvents.follow(iface);
		} catch (error) {
			this.#host.onIface({ error });
			const data = toErrorData(error);
			throw new RefusedError(ErrorCode.internal, data.message, data);
		}
		this.#host.onIface();
		if (this.#session.ended) await this.dispose();
		return methods;
	}
};
const OF_PROMISES = [
	"then",
	"catch",
	"finally"
];
const OPENING_DELAY = 1e3;
const WAITING = new Set(["$/hello", "rpc.discover"]);
var SessionProtocol = class {
	#session;
	#host;
	#greeted = false;
	#log;
	#closing = new Latch();
	constructor(session, host) {
		this.#session = session;
		this.#host = host;
	}
	get greeted() {
		return this.#greeted;
	}
	close() {
		this.#closing.open();
	}
	refusal(method) {
		const failure = this.#host.failure();
		return new RefusedError(ErrorCode.closing, failure?.message ?? `The daemon is closing and did not start ${quoteName(method)}`, failure && toErrorData(failure));
	}
	[Symbol.dispose]() {
		this.#log?.[Symbol.dispose]();
	}
	handle({ id, method, args }) {
		const params = isRecord(args[0]) ? args[0] : {};
		const { wire, iface } = this.#session;
		switch (method) {
			case "$/hello": return this.#hello(params);
			case "$/cancelRequest": return wire.cancel(params.id, new DOMException("The client cancelled the call", "AbortError"));
			case "$/stream": {
				const { id, ...frame } = params;
				return this.#session.receiveFrame(id, frame);
			}
			case "$/status": return this.#host.status();
			case "$/shutdown": return this.#host.shutdown(isSet(params, "force") ? { drainTimeout: 0 } : {});
			case "rpc.discover": return iface.open().then((methods) => ({ methods: Array.from(methods.keys(), (name) => ({ name })) }));
		}
		if (id === void 0) return;
		throw new RefusedError(ErrorCode.methodNotFound, `The protocol has no method ${quoteName(method)}`);
	}
	async #hello(params) {
		const { protocol } = params;
		if (protocol !== 1) throw new RefusedError(ErrorCode.invalidParams, `The daemon speaks version 1 of the protocol alone`, { protocol: 1 });
		const { id, wire } = this.#session;
		if (this.#session.isClosing()) throw this.refusal("$/hello");
		const log = isSet(params, "log");
		this.#greeted = true;
		if (log) this.#log ??= this.#host.followLog((text) => {
			if (!wire.isBehind) wire.notify("$/log", { text });
		});
		const methods = await this.#openForHello();
		return {
			protocol: 1,
			session: id,
			...this.#host.hello(),
			methods: Array.from(methods.keys())
		};
	}
	async #openForHello() {
		const { iface, wire } = this.#session;
		const opening = iface.open();
		if (!iface.takesTime || iface.methods) return await opening;
		const closing = this.#closing.promise.then(() => {
			throw this.refusal("$/hello");
		});
		const { version, startedAt } = this.#host.hello();
		const tell = () => wire.notify("$/opening", {
			version,
			startedAt
		});
		using _timer = setTimer(OPENING_DELAY, tell);
		return await Promise.race([opening, closing]);
	}
};
var SessionStreams = class {
	#ids = new Map();
	add(stream, id) {
		if (!this.#ids.has(stream)) stream.closed.then(() => this.#ids.delete(stream));
		this.#ids.set(stream, id);
	}
	async close() {
		while (this.#ids.size > 0) {
			const streams = Array.from(this.#ids.keys());
			for (const stream of streams) stream.close();
			await Promise.all(streams.map((stream) => stream.closed));
		}
	}
	destroy(reason) {
		for (const stream of this.#ids.keys()) stream.destroy(reason);
	}
	receive(id, frame) {
		for (const [stream, its] of this.#ids) if (its === id) stream.receive(frame);
	}
};
const LEAST = 256;
const MOST = 32768;
var Halves = class {
	#before = 0;
	#half = LEAST;
	#done = 0;
	begin(lines) {
		const length = lines.reduce((sum, line) => sum + line.length, 0);
		const half = (length + this.#before) / 2;
		this.#half = Math.min(Math.max(half, LEAST), MOST);
		this.#before = length;
		this.#done = 0;
	}
	endWith(line, waiting) {
		this.#done += line.length;
		if (this.#done < this.#half && waiting < MOST) return false;
		this.#done = 0;
		return true;
	}
};
const MAX_QUEUED = 1048576;
var WireServer = class {
	#duplex;
	#options;
	#reader;
	#writer;
	#responder;
	#inFlight = 0;
	#begun = new Latch();
	#halves = new Halves();
	#turns = new BusyTurns();
	#stream;
	beside;
	#endings;
	#idle;
	#ended = false;
	#finished = false;
	#reason;
	constructor(duplex, options) {
		this.#duplex = duplex;
		this.#options = options;
		this.#reader = new LineReader(duplex, options.maxMessageBytes);
		this.#writer = new LineWriter(duplex, (error) => this.destroy(isHangUp(error) ? void 0 : error));
		this.#responder = new Responder(options, {
			unread: () => this.#writer.unwritten,
			isServed: () => !this.#ended && !this.#finished,
			turn: () => this.#turns.due()?.then(() => this.#look()),
			becomeStream: (...args) => this.#becomeStream(...args)
		});
	}
	get begun() {
		return this.#begun.promise;
	}
	get stream() {
		return this.#stream;
	}
	get messages() {
		return this.#responder.messages;
	}
	get calls() {
		return this.#responder.calls;
	}
	async run() {
		try {
			while (await this.#turns.next(this.#reader.fill())) {
				this.#inFlight++;
				const batch = this.#receiveFirst();
				if (batch) await batch;
				if (!this.#stream) await this.#serve(this.#reader.lines());
				this.#send(void 0);
				if (this.#stream) break;
			}
			if (this.#inFlight > 0) await waitHalfClosed(this.#duplex, this.drained());
			await this.drained();
			this.#stream?.start();
			await this.#stream?.closed;
			this.destroy();
		} catch (error) {
			if (error instanceof LineTooLongError) {
				const { message } = error;
				const code = ErrorCode.invalidRequest;
				this.#writer.send(errorText(null, {
					code,
					message
				}));
				await this.#writer.flushed;
				this.destroy(error);
			}
			this.destroy();
		}
		return this.#reason;
	}
	async drained() {
		while (!this.#ended && (this.#inFlight > 0 || !this.#writer.idle)) await (this.#inFlight > 0 ? this.#untilIdle() : this.#writer.flushed);
	}
	failCalls(error) {
		this.#responder.fail(error);
	}
	async streamOver(timeout) {
		await Promise.all((this.#endings ?? []).map(async ({ begun, over }) => {
			if (begun === void 0 || await within(timeout, begun)) await over;
		}));
	}
	get isBehind() {
		return this.#writer.queued > MAX_QUEUED;
	}
	notify(method, params) {
		const text = requestText(void 0, method, JSON.stringify(params));
		if (isLonger(text, this.#options.maxMessageBytes)) return;
		this.#writer.send(text);
	}
	tellCancel(id, error) {
		if (this.#responder.isBehind) return;
		const frames = { cancel: toCancel(error) };
		this.notify("$/stream", toStreamParams(id, frames, this.#options));
	}
	cancel(id, reason) {
		this.#responder.cancel(id, reason);
	}
	async finish(answer) {
		if (!this.#finished && !this.#ended) {
			this.#finished = true;
			if (answer !== void 0) this.#writer.send(answer);
			else if (this.#stream === void 0) this.notify("$/closed", { last: this.#responder.lastId ?? null });
		}
		await this.#writer.flushed;
	}
	destroy(reason) {
		if (this.#ended) return;
		this.#ended = true;
		this.#reason = reason;
		if (this.#stream) this.#stream.destroy(reason);
		else this.#duplex.close();
		if (this.calls > 0) this.#responder.abort(reason ?? clientLeft());
		this.#idle?.resolve();
		this.#begun.open();
	}
	async #look() {
		if (this.#ended || !this.#writer.idle) return;
		try {
			await this.#duplex.write(new Uint8Array(0));
		} catch {
			this.destroy();
		}
	}
	#untilIdle() {
		this.#idle ??= Promise.withResolvers();
		return this.#idle.promise;
	}
	async #serve(lines) {
		this.#halves.begin(lines);
		for (const line of lines) {
			const batch = this.#receive(line);
			if (batch) await batch;
			if (this.isBehind) await this.#writer.flushed;
			else if (this.#halves.endWith(line, this.#writer.queued)) await this.#writer.begun();
			const turn = this.#turns.due();
			if (turn) await turn;
		}
	}
	#receiveFirst() {
		while (this.#responder.messages === 0) {
			const line = this.#reader.line();
			if (line === void 0) return;
			const batch = this.#receive(line);
			if (batch) return batch;
		}
	}
	#receive(line) {
		if (this.#ended || this.#finished || this.#stream) return;
		if (line === "" || line === "\r") return;
		this.#begun.open();
		this.#inFlight++;
		return this.#responder.answer(line, this.#send);
	}
	#send = (answer) => {
		if (answer !== void 0) this.#writer.send(answer);
		this.#inFlight--;
		if (this.#inFlight > 0) return;
		this.#idle?.resolve();
		this.#idle = void 0;
	};
	#becomeStream(request, call, stream) {
		const { id, method } = request;
		if (id === void 0 || this.#responder.messages > 1 || this.#ended) {
			const reason = `"${method}" returns a stream, which needs a connection of its own; list it as "${method}:s"`;
			discardStream(stream, this.#ended ? clientLeft() : new TypeError(reason));
			return id === void 0 ? void 0 : refusalText(id, reason);
		}
		const answer = resultText(id, {
			readable: stream.readable !== void 0,
			writable: stream.writable !== void 0
		});
		this.#stream = serveStream(stream, this.#duplex, this.#reader, {
			answer,
			limits: this.#options,
			onAbort: (reason) => call.abort(reason),
			onLostError: (error) => this.#options.onLostError(error, method),
			onSinkFailed: (error) => this.beside?.tellCancel(id, error),
			calls: () => this.beside?.messages ?? 0,
			onEnding: (ending) => (this.#endings ??= []).push(ending)
		});
	}
};
const HANG_UP_TIMEOUT = 1e3;
const LAST_WORD_TIMEOUT = 50;
const BEGIN_TIMEOUT = 1e3;
const FIRST_MESSAGE_TIMEOUT = 50;
const MAX_REFUSALS = 16;
var DaemonSession = class {
	id;
	closed;
	#host;
	#wire;
	#controller;
	#ended;
	#hungUp;
	#cut = new Latch();
	#iface;
	#dispatcher;
	#streams;
	#protocol;
	#hold;
	#refused;
	#closing = false;
	constructor(id, duplex, host) {
		this.id = id;
		this.#host = host;
		this.#iface = new SessionIface(this, host);
		this.#dispatcher = new Dispatcher(this, this.#iface);
		this.#wire = new WireServer(duplex, {
			...host.limits,
			handle: (request, call) => this.#handle(request, call),
			onLostError: (error, method) => this.#onLostError(error, method)
		});
		this.#protocol = new SessionProtocol({
			id,
			wire: this.#wire,
			iface: this.#iface,
			isClosing: () => this.#closing,
			receiveFrame: (id, frame) => this.#streams?.receive(id, frame)
		}, host);
		this.#hungUp = this.#wire.run();
		this.closed = this.#end();
	}
	get signal() {
		if (this.#controller === void 0) {
			this.#controller = new AbortController();
			if (this.#ended) this.#controller.abort(toReason(this.#ended.reason));
		}
		return this.#controller.signal;
	}
	get ended() {
		return this.#ended !== void 0;
	}
	get callSignal() {
		return this.#dispatcher.current?.signal ?? this.signal;
	}
	get calls() {
		return this.#wire.calls;
	}
	get isStream() {
		return this.#wire.stream !== void 0;
	}
	ref() {
		return this.#host.server.ref();
	}
	close() {
		if (this.#closing) return;
		this.#closing = true;
		this.#close();
	}
	async #close() {
		const reason = new DOMException("The session is closing", "AbortError");
		if (this.#protocol.greeted) this.#wire.notify("$/closing", {});
		this.#protocol.close();
		await heardWithin(FIRST_MESSAGE_TIMEOUT, this.#wire.begun);
		await this.#wire.drained();
		using _limit = this.#host.isClosing() ? void 0 : setTimer(this.#host.drainTimeout, () => this.cut());
		const ended = this.#wire.stream?.end(reason, ErrorCode.closing);
		await Promise.all([ended, this.#streams?.close()]);
		if (this.#protocol.greeted) {
			while (!await within(HANG_UP_TIMEOUT, this.#hungUp) && this.calls > 0) await this.#wire.drained();
			await within(HANG_UP_TIMEOUT, this.#wire.finish());
		} else if (this.#wire.messages === 0) {
			const refusal = toErrorObject(this.#protocol.refusal("anything"));
			const answer = errorText(null, refusal);
			await within(HANG_UP_TIMEOUT, this.#wire.finish(answer));
		}
		this.#wire.destroy();
		await this.closed;
	}
	async cut(reason) {
		if (this.#protocol.greeted) await within(LAST_WORD_TIMEOUT, this.#wire.finish());
		this.destroy(reason);
	}
	destroy(reason) {
		this.#cut.open();
		this.#wire.destroy(reason);
	}
	fail(error) {
		this.#wire.failCalls(error);
		this.#wire.stream?.end(error, ErrorCode.internal);
	}
	receive(frame) {
		this.#wire.stream?.receive(frame);
	}
	async #end() {
		const reason = await this.#hungUp;
		this.#protocol[Symbol.dispose]();
		this.#ended = { reason };
		this.#controller?.abort(toReason(reason));
		if (this.#closing) {
			const over = [this.#streams?.close(), this.#wire.streamOver(BEGIN_TIMEOUT)];
			await Promise.race([Promise.all(over), this.#cut.promise]);
		}
		this.#streams?.destroy(reason);
		await this.#iface.dispose();
		this.#hold?.[Symbol.dispose]();
	}
	#handle(request, call) {
		this.#hold ??= this.ref();
		const { method } = request;
		if (isImmediate(method)) return this.#protocol.handle(request);
		const reserved = isReserved(method);
		if (!reserved && this.#closing) {
			if (this.#host.failure() || !this.#protocol.greeted) throw this.#protocol.refusal(method);
		}
		if (this.calls >= this.#host.limits.maxInFlight) return this.#refuse(request);
		if (reserved) return this.#protocol.handle(request);
		const { session } = request;
		if (session === void 0) return this.#dispatcher.dispatch(request, call);
		const owner = this.#findOwner(session);
		if (owner === void 0) throw new RefusedError(ErrorCode.closing, `Cannot call ${quoteName(method)}: there is no session ${quoteName(session)}`);
		this.#wire.beside = owner.#wire;
		owner.#streams ??= new SessionStreams();
		owner.#streams.add(this, request.id);
		return owner.#dispatcher.dispatch(request, call);
	}
	#findOwner(id) {
		const owner = this.#host.findSession(id);
		if (owner === void 0 || owner === this) return void 0;
		return owner.ended || owner.#wire.beside ? void 0 : owner;
	}
	#onLostError(error, method) {
		if (isA(error, RefusedError)) {
			const { code } = error;
			const kind = code === ErrorCode.methodNotFound ? method : code;
			const refused = this.#refused ??= new Set();
			if (refused.has(kind) || refused.size === MAX_REFUSALS) return;
			refused.add(kind);
			error.stack = error.message;
		}
		this.#host.onLostError(error, `the method ${quoteName(method)}`);
	}
	#refuse({ id, method }) {
		if (id === void 0 && this.#refused?.has(ErrorCode.limit)) return;
		const { maxInFlight } = this.#host.limits;
		throw new RefusedError(ErrorCode.limit, `Cannot start ${quoteName(method)}: ${maxInFlight} calls of this connection are in flight (maxInFlight); wait for answers to some`);
	}
};
var Sessions = class {
	#byNumber = new IdMap();
	#instance;
	#late = new Set();
	#last = 0;
	constructor(instance) {
		this.#instance = instance;
	}
	get size() {
		return this.#byNumber.size;
	}
	get calls() {
		return this.#all.reduce((calls, session) => calls + session.calls, 0);
	}
	get streams() {
		return this.#all.filter((session) => session.isStream).length;
	}
	serve(make) {
		const number = ++this.#last;
		const session = make(`${this.#instance}/${number}`);
		this.#byNumber.add(number, session);
		session.closed.then(() => this.#byNumber.delete(number));
		return session;
	}
	find(id) {
		const number = Number(id.slice(id.indexOf("/") + 1));
		const session = this.#byNumber.get(number);
		return session?.id === id ? session : void 0;
	}
	fail(error) {
		for (const session of this.#all) session.fail(error);
	}
	close() {
		for (const session of this.#all) session.close();
	}
	cut() {
		const reason = new DOMException("The daemon has closed", "AbortError");
		for (const session of this.#all) session.cut(reason);
	}
	async keep(late) {
		this.#late.add(late);
		await late;
		this.#late.delete(late);
	}
	async closed() {
		await Promise.all(this.#all.map((session) => session.closed));
	}
	async end() {
		await this.closed();
		await Promise.all(this.#late);
	}
	get #all() {
		return this.#byNumber.values();
	}
};
const AUTOCLOSE_DELAY = 1e3;
const DRAIN_TIMEOUT = 5e3;
const DISPOSE_TIMEOUT = 500;
const BACKLOG_TIME = 5;
const FAIL_TIMEOUT = 200;
var DaemonServer = class {
	#host;
	#options;
	#spawned;
	#refcount = new Refcount(() => this.close({}, "as nobody uses it"));
	#instance = crypto.randomUUID();
	#startedAt;
	#ready = Promise.withResolvers();
	#closed = Promise.withResolvers();
	#overdue = new Latch();
	#sessions = new Sessions(this.#instance);
	#listening = false;
	#closing = false;
	#ifaceMade = false;
	#failure;
	#socket;
	#pidfile;
	constructor(createIface, options, spawned) {
		this.#spawned = spawned;
		const startedAt = spawned ? performance.timeOrigin : Date.now();
		this.#startedAt = new Date(startedAt).toISOString();
		this.#options = options;
		this.#host = {
			server: this,
			createIface,
			args: options.args ?? [],
			limits: toLimits(options),
			isClosing: () => this.#closing,
			failure: () => this.#failure,
			drainTimeout: options.drainTimeout ?? DRAIN_TIMEOUT,
			refEvents: new RefEvents(() => this.ref()),
			findSession: (id) => this.#sessions.find(id),
			hello: () => this.#hello(),
			status: () => this.#status(),
			onIface: (failure) => this.#onIface(failure),
			shutdown: (options) => this.close(options, "as it was asked to"),
			onLateDisposal: (ended) => void this.#sessions.keep(ended),
			onLostError: toReport(options),
			followLog: (listener) => this.#spawned?.log.listen(listener)
		};
	}
	get ready() {
		return this.#ready.promise;
	}
	get closed() {
		return this.#closed.promise;
	}
	get isClosing() {
		return this.#closing;
	}
	get refcount() {
		return this.#refcount.count;
	}
	ref() {
		return this.#refcount.hold();
	}
	listen(sockfile) {
		const { pidfile } = this.#options;
		return this.start(() => claimSocket(sockfile, pidfile, () => this.#closing));
	}
	start(takeClaim) {
		if (this.#closing) return Promise.reject(wasClosed());
		if (this.#listening) {
			const error = new TypeError("Cannot listen: the server listens already");
			return Promise.reject(error);
		}
		this.#listening = true;
		this.#start(takeClaim).then(this.#ready.resolve, (error) => {
			if (this.#closing) this.ready.catch(() => {});
			this.#ready.reject(error);
			this.close({}, "as it cannot listen");
		});
		return this.ready;
	}
	serveInline() {
		this.#listening = true;
		this.#ready.resolve();
	}
	async #start(takeClaim) {
		const claim = await takeClaim();
		if (this.#closing) {
			claim.release();
			throw wasClosed();
		}
		const socket = this.#socket = new ServerSocket(claim, {
			serve: (conn) => this.serve(conn),
			refusal: () => this.#refusal(),
			onClaimLost: () => this.close({}, "as its lock was removed"),
			report: this.#host.onLostError
		});
		await socket.open();
		const { pidfile, autoclose } = this.#options;
		if (pidfile !== void 0) this.#pidfile = new Pidfile(pidfile);
		if (autoclose && !this.#closing) {
			const delay = autoclose === true ? AUTOCLOSE_DELAY : autoclose;
			this.#refcount.start(delay, this.#spawned && AUTOCLOSE_DELAY);
		}
		this.#spawned?.onReady();
		socket.watch();
	}
	close(options = {}, why = "as its own code has it") {
		checkClose(options);
		const { drainTimeout = this.#host.drainTimeout } = options;
		if (this.#closing) {
			if (options.drainTimeout !== void 0) this.#limitDrain(drainTimeout);
			return;
		}
		this.#closing = true;
		this.#spawned?.log.write(`Closing, ${why}`);
		if (!this.#listening) {
			this.ready.catch(() => {});
			this.#ready.reject(wasClosed());
		}
		this.#refcount.stop();
		this.#socket?.unbind();
		this.#end(drainTimeout);
	}
	fail(error) {
		const log = this.#spawned ? `; see "${this.#spawned.log.path}"` : "";
		const { name, message } = toErrorData(error);
		this.#failure = new Error(`The daemon dies of an error that nobody caught: ${name}: ${message}${log}`, { cause: error });
		this.#sessions.fail(this.#failure);
		this.close({ drainTimeout: FAIL_TIMEOUT }, "as nobody caught an error");
	}
	async #end(drainTimeout) {
		this.#sessions.close();
		if (this.#socket) {
			await delay(BACKLOG_TIME);
			await looked();
		}
		this.#socket?.close();
		const ended = this.#sessions.end();
		this.#limitDrain(drainTimeout);
		await Promise.race([ended, this.#overdue.promise]);
		this.#sessions.cut();
		await within(DISPOSE_TIMEOUT, this.#sessions.closed());
		this.#removePidfile();
		this.#socket?.release();
		this.#closed.resolve();
		if (!this.#options.exit) return;
		await delay(0);
		Deno.exit();
	}
	#limitDrain(milliseconds) {
		const timer = setTimer(milliseconds, () => this.#overdue.open());
		this.closed.then(() => timer[Symbol.dispose]());
	}
	async [Symbol.asyncDispose]() {
		this.close();
		await this.closed;
	}
	#removePidfile() {
		try {
			this.#pidfile?.[Symbol.dispose]();
		} catch (error) {
			this.#host.onLostError(error, "removing the pidfile");
		}
	}
	#refusal() {
		const { maxConnections } = this.#host.limits;
		return this.#closing || this.#sessions.size < maxConnections ? void 0 : fullText(maxConnections);
	}
	serve(duplex) {
		const session = this.#sessions.serve((id) => new DaemonSession(id, duplex, this.#host));
		if (this.#closing) session.close();
	}
	#onIface(failure) {
		if (failure === void 0) this.#ifaceMade = true;
		else if (this.#spawned) {
			this.#spawned.log.write(`The factory failed: ${inspect(failure.error)}`);
			if (!this.#ifaceMade) this.close({}, "as it has no iface");
		}
	}
	#hello() {
		return {
			pid: Deno.pid,
			instance: this.#instance,
			startedAt: this.#startedAt,
			version: this.#options.version,
			rpcfile: this.#spawned?.rpcfile,
			logfile: this.#spawned?.log.path,
			limits: this.#host.limits
		};
	}
	#status() {
		return {
			...this.#hello(),
			refcount: this.refcount,
			sessions: this.#sessions.size,
			calls: this.#sessions.calls,
			streams: this.#sessions.streams,
			sockfile: this.#socket?.path,
			memory: Deno.memoryUsage()
		};
	}
};
var Log = class {
	path;
	#file;
	#listeners = new Set();
	#isTorn = false;
	constructor(path, sockfile) {
		this.path = path;
		const { file, info } = openOwnFile({
			path,
			sockfile
		}, { append: true });
		this.#file = file;
		if (info.size > 1048576) this.#putAside();
	}
	#putAside() {
		const aside = `${this.path}.1`;
		try {
			removeIfThere(aside);
			Deno.copyFileSync(this.path, aside);
			this.#file.truncateSync();
		} catch (error) {
			removeQuietly(aside);
			this.write(`Cannot put the log aside: ${error.message}`);
		}
	}
	listen(listener) {
		this.#listeners.add(listener);
		return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
	}
	write(text) {
		const stamp = `${new Date().toISOString()} ${Deno.pid} `;
		const bare = text.replace(/\n$/, "");
		const lines = withoutColours(bare).split("\n");
		const lost = this.#isTorn ? `\n${stamp}Lines before this were lost\n` : "";
		const stamped = lines.map((line) => `${stamp}${line}\n`).join("");
		this.#isTorn = !writeSafely(this.#file, lost + stamped);
		for (const listener of this.#listeners) listener(`${bare}\n`);
	}
};
const SIGNALS = ["SIGTERM", "SIGINT"];
const AT_ONCE = 32768;
const encoder = new TextEncoder();
const stdout = {
	write: Deno.stdout.write.bind(Deno.stdout),
	writeSync: Deno.stdout.writeSync.bind(Deno.stdout)
};
var StarterPipe = class {
	#left = AT_ONCE;
	#written = Promise.resolve();
	#waiting = [];
	constructor() {
		globalThis.addEventListener("unload", this.#writeRest);
	}
	write(text) {
		const bytes = encoder.encode(text);
		this.#left -= bytes.length;
		if (this.#left >= 0) return void writeSafely(stdout, bytes);
		this.#waiting.push(bytes);
		this.#written = this.#written.then(() => {
			const next = this.#waiting.shift();
			if (next) return writeAll(stdout, next);
		}).catch(() => {});
	}
	letGo() {
		globalThis.removeEventListener("unload", this.#writeRest);
	}
	#writeRest = () => {
		for (const bytes of this.#waiting.splice(0)) writeSafely(stdout, bytes);
	};
	async flushed(timeout) {
		if (this.#left < 0) await within(timeout, this.#written);
	}
};
const FLUSH_TIMEOUT = 500;
const MAX_FAILURE_BYTES = 4194304;
const TELL_TIME = 500;
const CAPACITY = 65536;
var Pipe = class {
	#capacity;
	#bytes = new Uint8Array(0);
	#start = 0;
	#end = 0;
	#changed = Promise.withResolvers();
	#ended = false;
	constructor(capacity) {
		this.#capacity = capacity;
	}
	get empty() {
		return this.#length === 0;
	}
	get full() {
		return this.#length >= this.#capacity;
	}
	get ended() {
		return this.#ended;
	}
	get changed() {
		return this.#changed.promise;
	}
	end() {
		this.#ended = true;
		this.#wake();
	}
	put(bytes) {
		const count = Math.min(bytes.length, this.#capacity - this.#length);
		this.#makeRoom(count);
		this.#bytes.set(bytes.subarray(0, count), this.#end);
		this.#end += count;
		this.#wake();
		return count;
	}
	take(buffer) {
		const count = Math.min(buffer.length, this.#length);
		const start = this.#start;
		this.#start += count;
		buffer.set(this.#bytes.subarray(start, this.#start));
		this.#wake();
		return count;
	}
	#wake() {
		this.#changed.resolve();
		this.#changed = Promise.withResolvers();
	}
	get #length() {
		return this.#end - this.#start;
	}
	#makeRoom(count) {
		if (this.#end + count <= this.#bytes.length) return;
		const kept = this.#bytes.subarray(this.#start, this.#end);
		const moved = new Uint8Array(2 * (kept.length + count));
		moved.set(kept);
		this.#bytes = moved;
		this.#start = 0;
		this.#end = kept.length;
	}
};
var End = class {
	#in;
	#out;
	#closed = false;
	#written = Promise.resolve();
	constructor(input, output) {
		this.#in = input;
		this.#out = output;
	}
	async read(buffer) {
		if (this.#closed) throw new Deno.errors.BadResource("Bad resource ID");
		while (this.#in.empty && !this.#in.ended) {
			await this.#in.changed;
			this.#throwIfInterrupted();
		}
		return this.#in.empty ? null : this.#in.take(buffer);
	}
	write(bytes) {
		return this.#inTurn(async () => {
			for (;;) {
				if (this.#out.ended) throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
				if (bytes.length === 0) return 0;
				if (!this.#out.full) return this.#out.put(bytes);
				await this.#out.changed;
				this.#throwIfInterrupted();
			}
		});
	}
	closeWrite() {
		return this.#inTurn(() => this.#out.end());
	}
	close() {
		if (this.#closed) throw new Deno.errors.BadResource("Bad resource ID");
		this.#closed = true;
		this.#in.end();
		this.#out.end();
	}
	ref() {}
	unref() {}
	#inTurn(act) {
		if (this.#closed) return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
		const result = this.#written.then(() => {
			this.#throwIfInterrupted();
			return act();
		});
		this.#written = result.catch(() => {});
		return result;
	}
	#throwIfInterrupted() {
		if (this.#closed) throw new Deno.errors.Interrupted("operation canceled");
	}
};
var InlineDaemon = class {
	settings;
	#servers = new Set();
	#createIface;
	constructor(settings) {
		this.settings = {
			...settings,
			dialer: this
		};
	}
	async dial() {
		const createIface = this.#createIface ??= await loadInTime(this.settings);
		const [near, far] = memoryPair();
		(Array.from(this.#servers).find((one) => !one.isClosing) ?? this.#makeServer(createIface)).serve(far);
		return near;
	}
	#makeServer(createIface) {
		const { args, drainTimeout, limits } = this.settings;
		const copy = JSON.parse(JSON.stringify(args));
		const server = new DaemonServer(createIface, {
			...limits,
			args: copy,
			drainTimeout
		});
		this.#servers.add(server);
		server.closed.then(() => this.#servers.delete(server));
		server.serveInline();
		return server;
	}
	async end() {
		for (const server of this.#servers) server.close();
		await Promise.all(Array.from(this.#servers, ({ closed }) => closed));
	}
};
export { MAX_BATCH_LENGTH, MAX_CONNECTIONS, MAX_DEPTH, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, callback, createServer, listen, openAs, runDaemon };
