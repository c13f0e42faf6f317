import { ConnectionClosedError$1 as ConnectionClosedError, ErrorCode, LineReader, RpcError$1 as RpcError, atNextTick, callText, checkLength, errorText, isA, isDeeper, isLonger, isRecord, resultText, setTimer, toErrorData, toRpcError, within, writeAll } from "./client.js";
const chunkInlet = (function chunkInlet({ onPull, onCancel }) {
	let controller;
	let size = 0;
	let failure;
	const fail = () => {
		if (failure && controller.desiredSize === 262144) controller.error(failure.reason);
	};
	return {
		stream: new ReadableStream({
			start: (its) => void (controller = its),
			pull: () => failure ? queueMicrotask(fail) : onPull(),
			cancel: onCancel
		}, {
			highWaterMark: READ_AHEAD,
			size: () => size
		}),
		wantsChunk: () => controller.desiredSize > 0,
		chunk(chunk, itsSize) {
			size = Math.max(Math.ceil(itsSize), 1);
			controller.enqueue(chunk);
		},
		close: () => controller.close(),
		error(reason) {
			failure = { reason };
			fail();
		},
		abort: (reason) => controller.error(reason)
	};
});
const byteInlet = (function byteInlet({ onPull, onCancel }) {
	let controller;
	let wanted = false;
	let used = 0;
	let failure;
	const fail = () => {
		if (failure && controller.desiredSize === 0) controller.error(failure.reason);
	};
	const respond = () => {
		const count = used;
		used = 0;
		wanted = false;
		controller.byobRequest?.respond(count);
	};
	const failBehind = (reason) => {
		if (used > 0) respond();
		failure ??= { reason };
		fail();
	};
	return {
		stream: new ReadableStream({
			type: "bytes",
			autoAllocateChunkSize: BYTES_AT_ONCE,
			start: (its) => void (controller = its),
			pull() {
				if (failure) return fail();
				wanted = true;
				onPull();
			},
			cancel(reason) {
				wanted = false;
				onCancel(reason);
			}
		}),
		wantsChunk: () => wanted,
		chunk(chunk) {
			if (failure) return;
			if (chunk instanceof Uint8Array) {
				if (chunk.length === 0) return;
				wanted = false;
				controller.enqueue(chunk);
				return;
			}
			const reason = new TypeError("Cannot read a chunk as bytes: it is a JSON value; use readable");
			failBehind(reason);
			onCancel(reason);
		},
		view() {
			return (controller.byobRequest?.view)?.subarray(used);
		},
		filled(count) {
			used += count;
			if (used === controller.byobRequest?.view?.byteLength) respond();
		},
		flush() {
			if (used > 0) respond();
		},
		close() {
			if (failure) return;
			if (used > 0) respond();
			controller.close();
			controller.byobRequest?.respond(0);
		},
		error: failBehind,
		abort: (reason) => controller.error(reason)
	};
});
const iteratorInlet = (function iteratorInlet(events) {
	return new ChunkIterator(events);
});
const toErrorObject = (function toErrorObject(thrown, code = ErrorCode.threw) {
	if (isA(thrown, RefusedError)) {
		const { code, message, data } = thrown;
		return {
			code,
			message,
			data
		};
	}
	const data = toErrorData(thrown);
	return {
		code,
		message: data.message,
		data
	};
});
const toCancel = (function toCancel(reason) {
	return reason === void 0 ? null : toErrorObject(reason);
});
const invalidText = (function invalidText(id, reason) {
	return refusalText(id, `this is no JSON-RPC 2.0 request: ${reason}`);
});
const refusalText = (function refusalText(id, reason) {
	const message = `Cannot take the request: ${reason}`;
	return errorText(id, {
		code: ErrorCode.invalidRequest,
		message
	});
});
const failureText = (function failureText(id, thrown, code, maxBytes) {
	const room = maxBytes - errorText(id, {
		code,
		message: ""
	}).length * 3;
	return errorText(id, fitError(toErrorObject(thrown, code), room));
});
const fitError = (function fitError(error, maxBytes, maxDepth = 1e400) {
	const { code, message } = error;
	const { name, stack, cause } = error.data ?? {};
	const known = {
		name,
		message,
		stack
	};
	const parts = [
		error,
		...(name === void 0 ? [] : [{
			...known,
			cause
		}, known]).map((data) => ({
			code,
			message,
			data
		})),
		{
			code,
			message
		}
	];
	for (const part of parts) if (fits(part, maxBytes, maxDepth)) return part;
	return {
		code,
		message: `${message.slice(0, CUT_MESSAGE)}…`
	};
});
const fits = (function fits(error, maxBytes, maxDepth) {
	try {
		const text = JSON.stringify(error);
		return !isLonger(text, maxBytes) && !isDeeper(text, maxDepth);
	} catch {
		return false;
	}
});
const batchText = (function batchText(answers, maxBytes) {
	const texts = answers.filter((text) => text !== void 0);
	if (texts.length === 0) return void 0;
	const text = `[${texts.join(",")}]`;
	return isLonger(text, maxBytes) ? refusalText(null, "the answers to the batch take too many bytes") : text;
});
const unreadText = (function unreadText(id, method) {
	return errorText(id, {
		code: ErrorCode.badResult,
		message: `Cannot answer "${method}": too many answers wait to be read; read them before you ask for more`
	});
});
const answerText = (function answerText(id, method, result, maxBytes) {
	let why;
	let data;
	try {
		const text = resultText(id, result);
		if (!isLonger(text, maxBytes)) return text;
		why = `takes more than ${maxBytes} bytes; a stream has no limit`;
	} catch (error) {
		why = "cannot be written as JSON";
		data = toErrorData(error);
	}
	const code = ErrorCode.badResult;
	const message = `Cannot answer "${method}": its result ${why}`;
	return failureText(id, new RefusedError(code, message, data), code, maxBytes);
});
const fitFrame = (function fitFrame(frame, { maxMessageBytes, maxDepth }) {
	const room = maxMessageBytes - FRAME_AROUND;
	const fit = (error) => fitError(error, room, maxDepth - 1);
	if ("error" in frame) return { error: fit(frame.error) };
	return "cancel" in frame && frame.cancel ? { cancel: fit(frame.cancel) } : frame;
});
const toStreamParams = (function toStreamParams(id, { cancel, error }, { maxMessageBytes, maxDepth }) {
	const fit = (error) => fitError(error, maxMessageBytes / 4, maxDepth - 2);
	return {
		id,
		cancel: cancel && fit(cancel),
		error: error && fit(error)
	};
});
const invalidFrame = (function invalidFrame() {
	return new SyntaxError("Cannot read a frame of the stream: it is not valid");
});
const parseValues = (function parseValues(text, count) {
	if (!text.endsWith("}")) return void 0;
	const values = text.slice(9, -1).replaceAll(`}\n${VALUE}`, `,${MARK},`);
	let parsed;
	try {
		parsed = JSON.parse(`[${values}]`);
	} catch {
		return;
	}
	if (parsed.length !== 2 * count - 1) return void 0;
	const taken = [];
	for (let at = 0; at < count; at++) {
		if (at > 0 && parsed[2 * at - 1] !== MARK) return void 0;
		taken.push(parsed[2 * at]);
	}
	return taken;
});
const tooDeep = (function tooDeep(maxDepth) {
	return new RangeError(`Cannot read a frame of the stream: it is nested deeper than ${maxDepth} levels (maxDepth)`);
});
const tooLong = (function tooLong() {
	return new RangeError(`Cannot read a frame of the stream: a chunk has at most ${MAX_CHUNK_BYTES} bytes`);
});
const turn = (function turn() {
	return new Promise((resolve) => {
		let left = TICKS;
		const next = () => --left === 0 ? resolve() : atNextTick(next);
		atNextTick(next);
	});
});
const looked = (async function looked() {
	await turn();
	await turn();
});
const heardWithin = (async function heardWithin(milliseconds, promise) {
	if (await within(milliseconds, promise)) return true;
	const late = looked().then(() => false);
	return await Promise.race([promise.then(() => true), late]);
});
const waits = (async function waits(promise, hops = HOPS) {
	let settled = false;
	const settle = () => settled = true;
	promise.then(settle, settle);
	for (let hop = 0; hop < hops && !settled; hop++) await void 0;
	return !settled;
});
const toJson = (function toJson(chunk) {
	try {
		return JSON.stringify(chunk) ?? "null";
	} catch (error) {
		if (!isA(error, TypeError)) throw error;
		throw new TypeError(`Cannot send the chunk: it cannot be written as JSON: ${error.message}`, { cause: error });
	}
});
const waitHalfClosed = (async function waitHalfClosed(duplex, done) {
	await duplex.write(new Uint8Array(0));
	let isOver = false;
	const gone = Promise.withResolvers();
	const watch = new ClientWatch(duplex, () => !isOver, gone.reject);
	watch.start();
	try {
		await Promise.race([done, gone.promise]);
	} finally {
		isOver = true;
		watch.stop();
	}
});
const toAnswer = (function toAnswer(answer) {
	if (isRecord(answer)) {
		const { error, result } = answer;
		if (error !== void 0) return { error };
		if (isRecord(result)) {
			const { readable, writable } = result;
			if (typeof readable === "boolean" && typeof writable === "boolean") return {
				readable,
				writable
			};
		}
	}
	throw new SyntaxError("Cannot read the answer: it is not that of a stream");
});
const READ_AHEAD = 262144;
const BYTES_AT_ONCE = 262144;
const TAKEN = 1024;
var ChunkIterator = class {
	#events;
	#chunks = [];
	#sizes = [];
	#first = 0;
	#ahead = 0;
	#waiting = [];
	#end;
	constructor(events) {
		this.#events = events;
	}
	wantsChunk() {
		return this.#ahead < READ_AHEAD;
	}
	chunk(value, size) {
		if (this.#end) return;
		const waiting = this.#waiting.shift();
		if (waiting) return waiting.resolve({
			done: false,
			value
		});
		this.#chunks.push(value);
		const counted = Math.max(size, 1);
		this.#sizes.push(counted);
		this.#ahead += counted;
	}
	next() {
		if (this.#first < this.#chunks.length) return Promise.resolve(this.#take());
		if (this.#end) return this.#tellEnd();
		const waiting = Promise.withResolvers();
		this.#waiting.push(waiting);
		this.#events.onPull();
		return waiting.promise;
	}
	return() {
		const isOver = this.#end !== void 0;
		this.#drop();
		this.#settle({});
		if (!isOver) this.#events.onCancel(void 0);
		this.#end = {};
		return this.#tellEnd();
	}
	close() {
		this.#settle({});
	}
	error(reason) {
		this.#settle({ error: { reason } });
	}
	abort(reason) {
		this.#drop();
		this.#settle({ error: { reason } });
	}
	[Symbol.asyncIterator]() {
		return this;
	}
	#take() {
		const at = this.#first++;
		const value = this.#chunks[at];
		this.#chunks[at] = void 0;
		this.#ahead -= this.#sizes[at];
		if (this.#first === this.#chunks.length) this.#drop();
		else if (this.#first >= TAKEN) this.#forget();
		if (this.wantsChunk()) this.#events.onPull();
		return {
			done: false,
			value
		};
	}
	#forget() {
		this.#chunks.splice(0, this.#first);
		this.#sizes.splice(0, this.#first);
		this.#first = 0;
	}
	#drop() {
		this.#chunks = [];
		this.#sizes = [];
		this.#first = 0;
		this.#ahead = 0;
	}
	#settle(end) {
		this.#end ??= end;
		for (const { resolve } of this.#waiting.splice(0)) resolve(this.#tellEnd());
	}
	#tellEnd() {
		const error = this.#end?.error;
		this.#end = {};
		return error ? Promise.reject(error.reason) : Promise.resolve({
			done: true,
			value: void 0
		});
	}
};
var Latch = class {
	#happened = false;
	#waited;
	get promise() {
		if (this.#waited === void 0) {
			this.#waited = Promise.withResolvers();
			if (this.#happened) this.#waited.resolve();
		}
		return this.#waited.promise;
	}
	open() {
		this.#happened = true;
		this.#waited?.resolve();
	}
};
var ClientReadable = class {
	#events;
	#inlet;
	#made;
	#ending;
	#early = [];
	#ahead = 0;
	#used = new Latch();
	constructor(events) {
		this.#events = events;
	}
	get stream() {
		return this.#read(chunkInlet).stream;
	}
	get bytes() {
		return this.#read(byteInlet).stream;
	}
	iterator() {
		return this.#made !== void 0 && this.#made !== iteratorInlet ? this.stream[Symbol.asyncIterator]() : this.#read(iteratorInlet);
	}
	get isUsed() {
		return this.#made !== void 0;
	}
	get hasEnded() {
		return this.#ending !== void 0;
	}
	whenUsed(run) {
		if (this.isUsed) run();
		else this.#used.promise.then(run);
	}
	end(ending) {
		if (this.#ending) return;
		this.#ending = ending;
		if (this.#inlet) ending(this.#inlet);
	}
	feed() {
		return {
			wantsChunk: () => this.#inlet?.wantsChunk() ?? this.#ahead < 262144,
			onChunk: (chunk, size) => {
				if (this.#inlet) return this.#inlet.chunk(chunk, size);
				this.#early.push([chunk, size]);
				this.#ahead += Math.max(size, 1);
			},
			view: () => this.#inlet?.view?.(),
			onBytes: (count) => this.#inlet?.filled?.(count),
			flush: () => this.#inlet?.flush?.()
		};
	}
	#read(makeInlet) {
		if (this.#made === void 0) {
			const { onPull, onCancel } = this.#events;
			this.#inlet = makeInlet({
				onPull,
				onCancel: (reason) => {
					this.#ending ??= () => {};
					onCancel(reason);
				}
			});
			this.#made = makeInlet;
			this.#used.open();
			for (const early of this.#early.splice(0)) this.#inlet.chunk(...early);
			this.#ending?.(this.#inlet);
		} else if (this.#made !== makeInlet) throw new TypeError("Cannot read the stream in two ways: use \"readable\" or \"bytes\", or a loop");
		return this.#inlet;
	}
};
var ClientWritable = class {
	#options;
	#peer;
	#stream;
	#controller;
	#end;
	#left = false;
	#ended = Promise.withResolvers();
	#released;
	constructor(options) {
		this.#options = options;
	}
	get stream() {
		this.#stream ??= new WritableStream({
			start: (controller) => {
				this.#controller = controller;
				if (this.#end?.error) controller.error(this.error);
				const { signal } = controller;
				signal.addEventListener("abort", () => this.#abort(signal.reason));
			},
			write: (chunk) => this.#write(chunk),
			close: () => this.#close()
		});
		return this.#stream;
	}
	get isUsed() {
		return this.#stream !== void 0;
	}
	get error() {
		return this.#end?.error?.reason;
	}
	leave() {
		this.#left = true;
	}
	close() {
		this.#finish({});
	}
	fail(reason) {
		this.#finish({ error: { reason } });
	}
	#finish(end) {
		if (this.#end) return;
		if (end.error) this.#controller?.error(end.error.reason);
		this.#settle(end);
	}
	#settle(end) {
		this.#end = end;
		this.#released?.resolve();
		this.#ended.resolve();
	}
	#write(chunk) {
		const peer = this.#peer;
		if (peer === void 0) return this.#writeFirst(chunk);
		this.#throwIfEnded();
		if (this.#left) throw new TypeError("Cannot write: nobody did until the readable ended, which closed this direction as well; begin to write before that");
		if (!peer.outgoing.isOpen) return this.#ended.promise.then(() => this.#throwIfEnded());
		const fail = (reason) => {
			this.#options.onAbort(reason);
			throw reason;
		};
		try {
			const room = peer.send(chunk);
			return room && Promise.race([room.catch(fail), this.#untilReleased()]);
		} catch (reason) {
			fail(reason);
		}
	}
	async #writeFirst(chunk) {
		this.#peer = await this.#options.opened;
		await this.#write(chunk);
	}
	#untilReleased() {
		this.#released = Promise.withResolvers();
		return this.#released.promise;
	}
	async #close() {
		const peer = await this.#options.opened;
		this.#throwIfEnded();
		peer.outgoing.sendDone();
		const ended = this.#ended.promise;
		await Promise.race([this.#options.isRead() ? peer.flushed() : ended, ended]);
		if (!peer.outgoing.isOpen) await ended;
		this.#throwIfEnded();
	}
	#abort(reason) {
		if (this.#end) return;
		this.#settle({ error: { reason } });
		this.#options.onAbort(reason);
	}
	#throwIfEnded() {
		const error = this.#end?.error;
		if (error) throw error.reason;
	}
};
var RefusedError = class extends Error {
	code;
	data;
	constructor(code, message, data) {
		super(message);
		this.code = code;
		this.data = data;
	}
};
const CUT_MESSAGE = 100;
const MAX_CHUNK_BYTES = 67108864;
const FRAME_AROUND = 16;
const PAUSE$1 = 5;
const SMALL$1 = 32768;
const TIMES = 8;
var ReadSize = class {
	#now;
	#last = 1e400;
	#times = 0;
	constructor(now = () => performance.now()) {
		this.#now = now;
	}
	begin() {
		if (this.#now() - this.#last >= PAUSE$1) this.#times = TIMES;
		if (this.#times === 0) return 1e400;
		this.#times--;
		return SMALL$1;
	}
	end() {
		this.#last = this.#now();
	}
};
const GATHERED_CHUNK = 131072;
const VALUE = "{\"value\":";
const BYTES = "{\"bytes\":";
const DROPPED_AT_ONCE = 65536;
var FrameReader = class {
	#reader;
	#maxDepth;
	#incoming;
	#onControl;
	#size = new ReadSize();
	#length = 0;
	#left = 0;
	#chunk;
	constructor(reader, maxDepth, incoming, onControl) {
		this.#reader = reader;
		this.#maxDepth = maxDepth;
		this.#incoming = incoming;
		this.#onControl = onControl;
	}
	take() {
		if (this.#left > 0) return this.#takeBytes();
		const length = this.#reader.numberBetween(BYTES, "}");
		if (length !== void 0) {
			this.#startBytes(length);
			return true;
		}
		const { text, count, longest } = this.#reader.linesThatStart(VALUE);
		if (count > 0) {
			const values = longest > 2 * this.#maxDepth && isDeeper(text, this.#maxDepth) ? void 0 : parseValues(text, count);
			const size = text.length / count;
			if (values) for (const value of values) this.#incoming.onChunk(value, size);
			else for (const line of text.split("\n")) this.#receive(line);
			return true;
		}
		const line = this.#reader.line();
		if (line !== void 0) this.#receive(line);
		return line !== void 0;
	}
	async readMore() {
		const most = this.#size.begin();
		const more = this.#left === 0 ? await this.#reader.fill(void 0, most) : await this.#readBytes(most);
		this.#size.end();
		return more;
	}
	async #readBytes(most) {
		const target = this.#target();
		if (target === void 0 || target.length <= GATHERED_CHUNK) return await this.#reader.fill(GATHERED_CHUNK, most);
		const count = await this.#reader.read(target.subarray(0, most));
		if (count === null) return false;
		this.#onBytes(count);
		return true;
	}
	#receive(line) {
		if (line === "" || line === "\r") return;
		if (isDeeper(line, this.#maxDepth)) throw tooDeep(this.#maxDepth);
		const frame = JSON.parse(line);
		if (!isRecord(frame)) throw invalidFrame();
		if (Object.hasOwn(frame, "value")) this.#incoming.onChunk(frame.value, line.length);
		else if (frame.bytes !== void 0) this.#startBytes(frame.bytes);
		else this.#onControl(frame);
	}
	#startBytes(length) {
		if (typeof length !== "number" || !Number.isInteger(length)) throw invalidFrame();
		if (length < 0) throw invalidFrame();
		if (length > 67108864) throw tooLong();
		this.#incoming.expectMore();
		if (length === 0) return this.#incoming.onChunk(new Uint8Array(0), 0);
		this.#length = this.#left = length;
	}
	#takeBytes() {
		const target = this.#target();
		if (target !== void 0) {
			const count = this.#reader.copy(target);
			if (count > 0) this.#onBytes(count);
			return count > 0;
		}
		const chunk = this.#reader.bytes(Math.min(this.#left, GATHERED_CHUNK));
		if (chunk === void 0) return false;
		this.#left -= chunk.length;
		this.#incoming.onChunk(chunk, chunk.length);
		return true;
	}
	#target() {
		if (!this.#incoming.isOpen) {
			this.#chunk = void 0;
			return new Uint8Array(Math.min(this.#left, DROPPED_AT_ONCE));
		}
		if (this.#chunk === void 0) {
			const view = this.#incoming.taker.view?.();
			if (view !== void 0) return view.subarray(0, this.#left);
			if (this.#length <= GATHERED_CHUNK || this.#left < this.#length) return;
			this.#chunk = new Uint8Array(this.#length);
		}
		return this.#chunk.subarray(this.#length - this.#left);
	}
	#onBytes(count) {
		this.#left -= count;
		if (!this.#incoming.isOpen) return;
		const chunk = this.#chunk;
		if (chunk === void 0) return this.#incoming.taker.onBytes?.(count);
		if (this.#left > 0) return;
		this.#chunk = void 0;
		this.#incoming.onChunk(chunk, chunk.length);
	}
};
const MARK = Math.floor(Math.random() * 2 ** 30);
const HOPS$1 = 32;
const WORTHWHILE = 65536;
const AT_ONCE = 64;
const PAUSE = 1;
const MAX_WAIT = 2;
const LOOK = 8;
var Burst = class {
	#writes = 0;
	#seen = 0;
	isLong(size) {
		if (size === void 0 || size >= WORTHWHILE) return false;
		const isNew = performance.now() - this.#seen > PAUSE;
		this.#writes = isNew ? 1 : this.#writes + 1;
		return this.#writes > AT_ONCE;
	}
	wrote() {
		this.#seen = performance.now();
	}
	async gather(size) {
		const start = performance.now();
		this.#seen = start;
		let before = 0;
		let frames = 0;
		for (let hop = 0; hop < HOPS$1; hop++) {
			const gathered = size();
			if (gathered === void 0) return false;
			if (gathered >= WORTHWHILE) return true;
			if (gathered > before) {
				if (++frames % LOOK === 0 && !this.#goesOn(start)) return true;
				hop = 0;
			}
			before = gathered;
			await void 0;
		}
		return false;
	}
	#goesOn(start) {
		const now = performance.now();
		if (now - this.#seen > PAUSE) this.#writes = 0;
		this.#seen = now;
		return this.#writes > 0 && now - start <= MAX_WAIT;
	}
};
const TURN = 2;
const STEPS = 4;
const TRIES = 4;
const HOPS = 512;
const WAITS = 128;
const TICKS = 62;
const BUSY_TURN = 4;
const BUSY = 2;
const BUSY_STEPS = 16;
const READ_HOPS = 64;
var Turns = class {
	#steps = 0;
	#tries = 0;
	#waits = 0;
	#start = Date.now();
	share(step) {
		return this.#tries > 0 || ++this.#steps % STEPS === 0 && this.#isOver() ? this.#look(step) : step;
	}
	async #look(step) {
		const isWaiting = await waits(step);
		if (!isWaiting && ++this.#tries < TRIES) return step;
		const result = await step;
		if (!isWaiting || ++this.#waits === WAITS) {
			await turn();
			this.#waits = 112;
		}
		this.#tries = 0;
		this.#start = Date.now();
		return result;
	}
	#isOver() {
		const time = Date.now() - this.#start;
		return time < 0 || time > TURN;
	}
};
var BusyTurns = class {
	#start = performance.now();
	#steps = 0;
	#look = 1;
	next(step) {
		return performance.now() - this.#start < BUSY ? step : this.#next(step);
	}
	due() {
		if (++this.#steps < this.#look) return;
		this.#steps = 0;
		if (performance.now() - this.#start >= BUSY_TURN) return this.#turn();
		this.#look = Math.min(2 * this.#look, BUSY_STEPS);
	}
	async #next(step) {
		if (!await waits(step, READ_HOPS)) await this.#turn();
		const result = await step;
		this.#begin();
		return result;
	}
	async #turn() {
		await turn();
		this.#begin();
	}
	#begin() {
		this.#start = performance.now();
		this.#steps = 0;
		this.#look = 1;
	}
};
const FOLLOWS = 100;
const SOON = 3;
const PIECE = 24576;
const ENOUGH = PIECE / 3;
let lastTurn = Promise.resolve();
var CallTraffic = class {
	#calls;
	#now;
	#seen = 0;
	#last = -1e400;
	#until = 0;
	#bytes = 0;
	constructor(calls, now = () => performance.now()) {
		this.#calls = calls;
		this.#now = now;
	}
	piece(most) {
		return this.#isOn() ? PIECE : most;
	}
	makeWay(bytes) {
		if (!this.#isOn()) return;
		this.#bytes += bytes;
		if (this.#bytes < ENOUGH) return;
		this.#bytes = 0;
		return lastTurn = lastTurn.then(turn);
	}
	#isOn() {
		const calls = this.#calls();
		if (calls === this.#seen && this.#until === 0) return false;
		const now = this.#now();
		if (calls !== this.#seen) {
			if (now - this.#last < FOLLOWS) this.#until = now + SOON;
			this.#seen = calls;
			this.#last = now;
		}
		if (now >= this.#until) this.#until = 0;
		return this.#until > 0;
	}
};
const encoder = new TextEncoder();
const GATHERED = 196608;
const LARGE = 131072;
const SMALL = 4096;
var FrameWriter = class {
	#sink;
	#limits;
	#onError;
	#gathered = new Uint8Array(SMALL);
	#length = 0;
	#text = "";
	#header = new Uint8Array(0);
	#headerLength = -1;
	#spare;
	#flushing;
	#room;
	#urgent = false;
	#burst = new Burst();
	#turns = new Turns();
	#traffic;
	#most = GATHERED;
	#ended = false;
	#failed = false;
	constructor(sink, limits, onError, calls = () => 0) {
		this.#sink = sink;
		this.#limits = limits;
		this.#onError = onError;
		this.#traffic = new CallTraffic(calls);
	}
	async flushed() {
		while (this.#flushing !== void 0) await this.#flushing;
	}
	send(chunk) {
		if (this.#ended) return;
		if (!(chunk instanceof Uint8Array)) return this.#sendValue(chunk);
		if (chunk.length > 67108864) throw new RangeError(`Cannot send a chunk of ${chunk.length} bytes: it may have ${MAX_CHUNK_BYTES}`);
		return chunk.length >= LARGE ? this.#sendAlone(this.#headerOf(chunk), chunk) : this.#sendBytes(this.#headerOf(chunk), chunk);
	}
	control(frame) {
		if ("done" in frame || "error" in frame) this.#ended = true;
		this.line(JSON.stringify(fitFrame(frame, this.#limits)));
	}
	#sendValue(value) {
		if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) throw new TypeError("Cannot send the chunk: bytes are a Uint8Array");
		const line = `{"value":${toJson(value)}}`;
		const { maxMessageBytes, maxDepth } = this.#limits;
		if (isLonger(line, maxMessageBytes)) throw new RangeError(`Cannot send a value of more than ${maxMessageBytes} bytes as JSON (maxMessageBytes): send it in parts, or as bytes`);
		if (isDeeper(line, maxDepth)) throw new RangeError(`Cannot send a value that is nested deeper than ${maxDepth} levels (maxDepth)`);
		if (line.length * 3 >= LARGE) return this.#sendAlone(encoder.encode(`${line}\n`));
		return this.#gather(line);
	}
	line(line) {
		if (this.#failed) return;
		this.#urgent = true;
		this.#gather(line);
	}
	#gather(line) {
		this.#text += line;
		this.#text += "\n";
		this.#flushing ??= this.#flush();
		if (this.#isFull()) return this.#hasRoom();
	}
	#headerOf({ length }) {
		if (length !== this.#headerLength) {
			this.#headerLength = length;
			this.#header = encoder.encode(`{"bytes":${length}}\n`);
		}
		return this.#header;
	}
	#sendBytes(header, bytes) {
		const { length } = bytes;
		if (this.#isFull(header.length + length)) return this.#hasRoom().then(() => {
			if (this.#ended) return;
			checkLength(bytes, length);
			return this.#sendBytes(header, bytes);
		});
		this.#encodeText(header.length + length);
		this.#gathered.set(header, this.#length);
		this.#length += header.length;
		this.#gathered.set(bytes, this.#length);
		this.#length += length;
		this.#flushing ??= this.#flush();
	}
	async #sendAlone(header, bytes) {
		const length = bytes?.length ?? 0;
		while (this.#flushing !== void 0) await this.#flushing;
		if (this.#ended) return;
		if (bytes) checkLength(bytes, length);
		this.#flushing = this.#flush(this.#writeAlone(header, bytes));
		await this.#flushing;
	}
	async #writeAlone(header, bytes) {
		const length = bytes?.length ?? 0;
		await this.#write(header);
		await this.#makeWay(header.length);
		if (bytes === void 0) return;
		await this.#write(bytes, length);
		await this.#makeWay(length);
	}
	#needed(more) {
		return this.#length + this.#text.length * 3 + more;
	}
	#encodeText(more) {
		const needed = this.#needed(more);
		if (needed > this.#gathered.length) {
			const grown = new Uint8Array(Math.max(GATHERED, needed));
			grown.set(this.#gathered.subarray(0, this.#length));
			this.#gathered = grown;
		}
		if (this.#text === "") return;
		const free = this.#gathered.subarray(this.#length);
		this.#length += encoder.encodeInto(this.#text, free).written;
		this.#text = "";
	}
	#hasRoom() {
		this.#room ??= Promise.withResolvers();
		return this.#room.promise;
	}
	async #flush(underWay) {
		if (underWay) await underWay;
		let written = 0;
		while (this.#needed(0) > 0) {
			this.#most = this.#traffic.piece(GATHERED);
			const goesOn = this.#burst.isLong(this.#size()) && await this.#burst.gather(() => this.#size());
			this.#urgent = false;
			this.#encodeText(0);
			const full = this.#gathered;
			written = this.#length;
			this.#gathered = this.#spare ?? new Uint8Array(full.length);
			this.#spare = full;
			this.#length = 0;
			this.#makeRoom();
			const write = this.#write(full.subarray(0, written));
			await (goesOn ? this.#turns.share(write) : write);
			const turn = this.#makeWay(written);
			if (turn) await turn;
			this.#burst.wrote();
		}
		this.#flushing = void 0;
		this.#makeRoom();
		if (written <= SMALL && this.#gathered.length > SMALL) {
			this.#gathered = new Uint8Array(SMALL);
			this.#spare = void 0;
		}
	}
	#size() {
		return this.#urgent ? void 0 : this.#length + this.#text.length;
	}
	#isFull(more = 0) {
		const needed = this.#needed(0);
		return needed > 0 && needed + more > this.#most;
	}
	#makeWay(bytes) {
		return this.#failed ? void 0 : this.#traffic.makeWay(bytes);
	}
	#makeRoom() {
		this.#room?.resolve();
		this.#room = void 0;
	}
	async #write(bytes, length = bytes.length) {
		if (this.#failed) return;
		try {
			await writeAll(this.#sink, bytes, length);
		} catch (error) {
			this.#failed = true;
			this.#ended = true;
			this.#length = 0;
			this.#text = "";
			this.#onError(error);
		}
	}
};
const INTERVAL = 1e3;
var ClientWatch = class {
	#duplex;
	#isIdle;
	#onGone;
	#timer;
	constructor(duplex, isIdle, onGone) {
		this.#duplex = duplex;
		this.#isIdle = isIdle;
		this.#onGone = onGone;
	}
	start() {
		this.#timer ??= setTimer(INTERVAL, async () => {
			this.#timer = void 0;
			if (!this.#isIdle()) return;
			try {
				await this.#duplex.write(new Uint8Array(0));
				if (this.#isIdle()) this.start();
			} catch (error) {
				this.#onGone(error);
			}
		});
	}
	stop() {
		this.#timer?.[Symbol.dispose]();
	}
};
const STUCK_TIMEOUT = 1e3;
var Incoming = class {
	taker;
	#tell;
	#state = "open";
	#isTaken = false;
	#readsOn = 0;
	#hasReadOn = false;
	#followed;
	#ended = Promise.withResolvers();
	constructor(isOpen, taker, tell) {
		this.taker = taker;
		this.#tell = tell;
		if (!isOpen) this.#finish();
	}
	get isOpen() {
		return this.#state === "open";
	}
	get isClosing() {
		return this.#state === "closing";
	}
	get isTaken() {
		return this.#isTaken;
	}
	get hasEnded() {
		return this.#state === "ended";
	}
	get ended() {
		return this.#ended.promise;
	}
	get isFollowed() {
		return this.#followed !== void 0;
	}
	wantsFrame() {
		return this.#readsOn > 0 || !this.isOpen || this.taker.wantsChunk();
	}
	readOn(bytes) {
		this.#readsOn = bytes;
	}
	expectMore() {
		if (!this.isOpen && this.#state !== "draining") throw invalidFrame();
	}
	onChunk(chunk, size) {
		this.expectMore();
		if (!this.isOpen) return;
		if (this.#hasReadOn) this.#readsOn -= size;
		this.#hasReadOn = this.#readsOn > 0;
		this.taker.onChunk(chunk, size);
	}
	cancel(reason) {
		if (this.#state !== "open") return;
		this.#state = "draining";
		this.#tell({ cancel: toCancel(reason) });
	}
	end(reason, error) {
		if (this.#state !== "open") return;
		this.#tell({ cancel: error });
		this.fail(reason);
	}
	async onErrorBehind(reason, isReading) {
		if (this.#followed) return;
		this.#followed = { reason };
		const written = () => this.taker.written?.() ?? 0;
		let before = -1;
		while (this.isOpen && (isReading() || written() > before)) {
			before = written();
			await within(STUCK_TIMEOUT, this.ended);
		}
		this.onEarlyError(reason);
	}
	onEarlyError(reason) {
		if (this.#state === "closing") {
			this.taker.onError(reason);
			this.#finish();
		} else if (this.#state === "open") {
			this.#state = "draining";
			this.taker.onError(reason);
		}
	}
	onDone() {
		this.expectMore();
		const taken = this.isOpen ? this.taker.onDone() : void 0;
		if (taken === void 0) return this.#finish();
		this.#state = "closing";
		taken.then(() => {
			this.#isTaken = true;
			this.#tell({ closed: true });
		}, (error) => this.#tell({ cancel: toErrorObject(error) })).then(() => this.#finish());
	}
	fail(reason) {
		const first = this.#followed ?? { reason };
		const { isOpen } = this;
		this.#finish();
		if (isOpen) this.taker.onError(first.reason);
	}
	onLost(reason) {
		if (this.#state !== "closing") this.fail(reason);
	}
	#finish() {
		this.#state = "ended";
		this.#ended.resolve();
	}
};
var Outgoing = class {
	#end;
	#tell;
	#isOpen;
	#isDone = false;
	#ended = Promise.withResolvers();
	constructor(isOpen, end, tell) {
		this.#isOpen = isOpen;
		this.#end = end;
		this.#tell = tell;
		if (!isOpen) this.finish();
	}
	get isOpen() {
		return this.#isOpen;
	}
	get ended() {
		return this.#ended.promise;
	}
	sendDone() {
		if (!this.#isOpen || this.#isDone) return;
		this.#isDone = true;
		this.#tell({ done: true });
	}
	sendError(error) {
		if (!this.#isOpen || this.#isDone) return;
		this.#tell({ error: toErrorObject(error) });
		this.finish();
	}
	end(reason, error) {
		if (this.#isOpen && !this.#isDone) this.#tell({ error });
		this.fail(reason);
	}
	finish() {
		this.#isOpen = false;
		this.#ended.resolve();
	}
	onCancel(reason) {
		if (!this.#isOpen) return;
		this.sendDone();
		this.fail(reason);
	}
	onClosed() {
		if (!this.#isOpen) return;
		if (!this.#isDone) throw invalidFrame();
		this.#end.onClosed();
		this.finish();
	}
	fail(reason) {
		if (!this.#isOpen) return;
		this.finish();
		this.#end.onCancel(reason);
	}
};
const REFUSAL_TIMEOUT = 1e3;
const OUTPUT_TIMEOUT = 1e3;
var StreamLostError = class extends Error {
	constructor(cause) {
		super("The connection ended before the stream did", { cause });
	}
};
var StreamPeer = class {
	#duplex;
	#frames;
	#writer;
	#options;
	incoming;
	outgoing;
	#started = false;
	#reading = false;
	#writeError;
	#turns = new Turns();
	#watch;
	#ended = false;
	#bothEnded;
	#closed = Promise.withResolvers();
	constructor(duplex, reader, ends, options) {
		this.#duplex = duplex;
		this.#writer = new FrameWriter(duplex, options.limits, (error) => this.#stopWriting(error), options.calls);
		this.#options = options;
		this.#watch = new ClientWatch(duplex, () => !this.#ended && !this.#reading && !this.incoming.isFollowed, (error) => this.#hearOut(error));
		const tell = (frame) => {
			if (!this.#ended) this.#writer.control(frame);
		};
		this.incoming = new Incoming(options.incoming, ends, tell);
		this.outgoing = new Outgoing(options.outgoing, ends, tell);
		this.#frames = new FrameReader(reader, options.limits.maxDepth, this.incoming, (frame) => this.#onControl(frame));
		this.#bothEnded = Promise.all([this.incoming.ended, this.outgoing.ended]);
		this.#bothEnded.then(() => this.#writer.flushed()).then(() => this.destroy());
	}
	get closed() {
		return this.#closed.promise;
	}
	send(chunk) {
		return this.outgoing.isOpen ? this.#writer.send(chunk) : void 0;
	}
	cancel(reason) {
		this.incoming.cancel(reason);
		this.resume();
	}
	start() {
		this.#started = true;
		this.resume();
	}
	resume() {
		if (this.#started && !this.#reading && !this.#ended) this.#read();
	}
	readOn(bytes = 1e400) {
		this.incoming.readOn(bytes);
		this.resume();
	}
	async receive(frame) {
		if (frame.cancel !== void 0) this.#onCancel(frame.cancel);
		if (!isRecord(frame.error)) return;
		const reason = this.#reason(frame.error);
		if (frame.cancel !== void 0) this.incoming.onEarlyError(reason);
		else await this.incoming.onErrorBehind(reason, () => this.#reading);
		this.resume();
	}
	flushed() {
		return this.#writer.flushed();
	}
	sendLine(text) {
		this.#writer.line(text);
	}
	async end(reason, code) {
		const error = toErrorObject(reason, code);
		this.incoming.end(reason, error);
		if (!(code === ErrorCode.closing && (this.incoming.isClosing || this.incoming.isTaken))) this.outgoing.end(reason, error);
		if (this.incoming.isClosing) await this.incoming.ended;
		if (this.incoming.isTaken) await within(OUTPUT_TIMEOUT, this.outgoing.ended);
		this.outgoing.end(reason, error);
		await within(REFUSAL_TIMEOUT, this.#writer.flushed());
		this.destroy();
	}
	destroy(reason = new StreamLostError()) {
		if (this.#ended) return;
		this.#ended = true;
		this.#watch.stop();
		this.incoming.fail(reason);
		this.outgoing.fail(reason);
		this.#duplex.close();
		this.#closed.resolve();
	}
	async #read() {
		this.#reading = true;
		try {
			while (!this.#ended && this.incoming.wantsFrame()) {
				if (this.#frames.take()) continue;
				this.incoming.taker.flush?.();
				if (!await this.#turns.share(this.#frames.readMore())) return await this.#onEnd();
			}
			if (!this.#ended && this.#options.halfClose) this.#watch.start();
		} catch (error) {
			if (error instanceof RangeError) this.#refuse(error);
			else this.#lose(error);
		} finally {
			this.#reading = false;
		}
	}
	async #refuse(cause) {
		this.#started = false;
		const error = {
			code: ErrorCode.invalidRequest,
			message: cause.message
		};
		const lost = new StreamLostError(cause);
		this.outgoing.end(lost, error);
		this.incoming.end(lost, error);
		await within(REFUSAL_TIMEOUT, this.#writer.flushed());
		this.destroy();
	}
	#stopWriting(error) {
		if (this.#options.halfClose) this.#lose(error);
		else this.#hearOut(error);
	}
	#hearOut(error) {
		this.#writeError = error;
		this.readOn();
	}
	#lose(error) {
		this.destroy(error instanceof StreamLostError ? error : new StreamLostError(error));
	}
	#onControl(frame) {
		const { done, error, cancel, closed } = frame;
		if (done === true) this.incoming.onDone();
		else if (isRecord(error)) this.incoming.fail(this.#reason(error));
		else if (cancel !== void 0) this.#onCancel(cancel);
		else if (closed === true) this.outgoing.onClosed();
		else throw invalidFrame();
	}
	#onCancel(cancel) {
		this.outgoing.onCancel(cancel === null ? void 0 : this.#reason(cancel));
	}
	#reason(error) {
		const data = isRecord(error) ? error.data : void 0;
		return isRecord(data) && Object.hasOwn(data, "value") && !("stack" in data) ? data.value : this.#options.toError(error);
	}
	async #onEnd() {
		const lost = new StreamLostError(this.#writeError);
		this.incoming.onLost(lost);
		if (this.incoming.hasEnded && !this.outgoing.isOpen) return;
		if (!this.#options.halfClose) throw lost;
		await waitHalfClosed(this.#duplex, this.#bothEnded);
	}
};
let streams = 0;
var StreamRequest = class {
	id = `stream ${++streams}`;
	#options;
	#socket;
	#isOver = false;
	constructor(options) {
		this.#options = options;
	}
	get socket() {
		return this.#socket;
	}
	get isSent() {
		return this.#socket !== void 0;
	}
	async send(onOpened) {
		const { channel, method } = this.#options;
		await channel.openStream(method, async (duplex, link) => {
			this.#socket = duplex;
			if (this.#isOver) return this.#hangUp();
			const { limits } = link.client;
			const reader = new LineReader(duplex, limits.maxMessageBytes);
			try {
				const directions = await this.#ask(duplex, reader, link);
				if (this.#isOver) return;
				onOpened({
					duplex,
					reader,
					link,
					...directions
				});
			} catch (error) {
				this.#hangUp();
				throw error;
			}
		});
	}
	giveUp() {
		this.#isOver = true;
		this.#hangUp();
	}
	#hangUp() {
		this.#socket?.close();
		this.#socket = void 0;
	}
	async #ask(duplex, reader, link) {
		const { channel: { logfile }, method, args } = this.#options;
		const { client: { limits }, info: { session } } = link;
		const text = callText(this.id, method, args, limits, session);
		let answer;
		let isWritten = false;
		try {
			await writeAll(duplex, new TextEncoder().encode(`${text}\n`));
			isWritten = true;
			let line;
			while ((line = reader.line()) === void 0) if (!await reader.fill()) throw new StreamLostError();
			answer = toAnswer(JSON.parse(line));
		} catch (cause) {
			const maybeExecuted = isWritten || this.#isOver;
			throw new ConnectionClosedError(method, maybeExecuted, {
				cause,
				logfile
			});
		}
		if ("error" in answer) throw toRpcError(answer.error);
		return answer;
	}
};
const GIVE_UP_TIMEOUT = 1e3;
const UNDER_WAY = 1048576;
var ClientStream = class {
	#options;
	#opened = Promise.withResolvers();
	#closed = Promise.withResolvers();
	#request;
	#link;
	#peer;
	#refed = true;
	#later = (run) => run();
	#incoming = new ClientReadable({
		onPull: () => this.#peer?.resume(),
		onCancel: (reason) => this.#cancel(reason)
	});
	#outgoing = new ClientWritable({
		opened: this.#opened.promise,
		isRead: () => !this.#incoming.hasEnded,
		onAbort: (reason) => this.#abort(reason)
	});
	constructor(options) {
		this.#options = options;
		this.#request = new StreamRequest(options);
		this.#opened.promise.catch(() => {});
		const { signal } = options;
		const abort = () => this.giveUp(signal.reason);
		signal?.addEventListener("abort", abort);
		this.closed.then(() => signal?.removeEventListener("abort", abort));
		this.#request.send((opened) => this.#start(opened)).catch((error) => this.#fail(error));
		if (signal?.aborted) abort();
	}
	get closed() {
		return this.#closed.promise;
	}
	get writeError() {
		return this.#outgoing.error;
	}
	get readable() {
		return this.#incoming.stream;
	}
	get bytes() {
		return this.#incoming.bytes;
	}
	get writable() {
		return this.#outgoing.stream;
	}
	[Symbol.asyncIterator]() {
		return this.#incoming.iterator();
	}
	async [Symbol.asyncDispose]() {
		const reason = new DOMException("The stream was disposed of", "AbortError");
		this.giveUp(reason);
		await this.closed;
	}
	giveUp(reason) {
		const peer = this.#peer;
		if (peer === void 0) return this.#fail(reason);
		this.#tell({
			cancel: reason,
			error: reason
		});
		peer.cancel(reason);
		peer.outgoing.sendError(reason);
		this.#endIncoming((inlet) => inlet.abort(reason));
		this.#outgoing.fail(reason);
		const timer = setTimer(GIVE_UP_TIMEOUT, () => peer.destroy());
		this.closed.then(() => timer[Symbol.dispose]());
	}
	linkEnded(link) {
		if (link === this.#link) this.#peer?.readOn(UNDER_WAY);
	}
	receive(id, frame) {
		if (id !== this.#request.id) return;
		this.#whenOpened((peer) => peer.receive(frame));
	}
	ref() {
		this.#refed = true;
		this.#hold();
	}
	unref() {
		this.#refed = false;
		this.#hold();
	}
	#hold() {
		const { hasEnded, isUsed } = this.#incoming;
		const isAwaited = this.#peer === void 0 || hasEnded || isUsed;
		const { socket } = this.#request;
		if (isAwaited && this.#refed) socket?.ref();
		else socket?.unref();
	}
	sessionEnded(later) {
		this.#later = later;
		const error = new ConnectionClosedError(this.#options.method, this.#request.isSent);
		if (this.#peer) this.#peer.destroy(error);
		else this.#fail(error);
	}
	#start({ duplex, reader, link, readable, writable }) {
		this.#link = link;
		this.#peer = new StreamPeer(duplex, reader, this.#ends(), {
			incoming: readable,
			outgoing: writable,
			halfClose: false,
			limits: link.client.limits,
			toError: toRpcError,
			calls: () => link.client.calls
		});
		if (!readable) this.#incoming.end((inlet) => inlet.close());
		if (!writable) {
			const { method } = this.#options;
			const reason = new TypeError(`Cannot write: "${method}" takes no chunks`);
			this.#outgoing.fail(reason);
		}
		this.#peer.closed.then(this.#closed.resolve);
		this.#hold();
		this.#incoming.whenUsed(() => this.#hold());
		this.#peer.start();
		this.#opened.resolve(this.#peer);
	}
	#ends() {
		return {
			...this.#incoming.feed(),
			onDone: () => this.#endIncoming((inlet) => inlet.close()),
			onError: (reason) => {
				const error = this.#explain(reason);
				this.#later(() => this.#endIncoming((inlet) => inlet.error(error)));
			},
			onCancel: (reason) => {
				const error = this.#explain(reason);
				this.#later(() => this.#outgoing.fail(error));
			},
			onClosed: () => this.#outgoing.close()
		};
	}
	#explain(reason) {
		const { channel: { logfile }, method } = this.#options;
		const isLost = reason instanceof StreamLostError;
		const isClosing = reason instanceof RpcError && reason.code === ErrorCode.closing;
		if (!isLost && !isClosing) return reason;
		const cause = isLost ? reason.cause : reason;
		return new ConnectionClosedError(method, true, {
			cause,
			logfile
		});
	}
	#cancel(reason) {
		this.#whenOpened((peer) => {
			this.#tell({ cancel: reason });
			peer.cancel(reason);
			this.#closeUnused();
		});
	}
	#abort(reason) {
		this.#whenOpened((peer) => {
			this.#tell({ error: reason });
			peer.outgoing.sendError(reason);
		});
	}
	#whenOpened(run) {
		if (this.#peer) run(this.#peer);
		else this.#opened.promise.then(run, () => {});
	}
	#tell(ends) {
		const { client } = this.#link;
		const frames = {
			cancel: "cancel" in ends ? toCancel(ends.cancel) : void 0,
			error: "error" in ends ? toErrorObject(ends.error) : void 0
		};
		const params = toStreamParams(this.#request.id, frames, client.limits);
		client.notify("$/stream", params);
	}
	#endIncoming(ending) {
		if (this.#incoming.hasEnded) return;
		this.#incoming.end(ending);
		this.#hold();
		this.#incoming.whenUsed(() => this.#closeUnused());
	}
	#closeUnused() {
		if (this.#outgoing.isUsed || !this.#peer?.outgoing.isOpen) return;
		this.#outgoing.leave();
		this.#peer.outgoing.sendDone();
	}
	#fail(reason) {
		this.#request.giveUp();
		this.#later(() => {
			this.#endIncoming((inlet) => inlet.error(reason));
			this.#outgoing.fail(reason);
			this.#opened.reject(reason);
		});
		this.#closed.resolve();
	}
};
export { BusyTurns, ClientStream, Latch, RefusedError, StreamLostError, StreamPeer, Turns, answerText, batchText, failureText, fitError, heardWithin, invalidText, looked, refusalText, toCancel, toErrorObject, toStreamParams, unreadText, waitHalfClosed };
