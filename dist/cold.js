import { AutodError$1 as AutodError, ConnectionClosedError$1 as ConnectionClosedError, ErrorCode, KINDS, RpcError$1 as RpcError, connect, dirname, filesOf, fromFileUrl, isGranted, isNothing, isOfSameFile, isOpenToOthers, isOwn, isWhole, isWritableByOthers, limitTime, ownItems, pause, quote, toError, wantedVersion, within, writeSafely } from "./client.js";
const absenceOf = (function absenceOf(error) {
	if (!isPassing(error)) return void 0;
	return { absent: error instanceof Deno.errors.NotFound ? "there was none" : error instanceof Deno.errors.ConnectionRefused ? "the one that had the socket is dead" : `the one that had the socket did not take the connection (${error.message})` };
});
const isPassing = (function isPassing(error) {
	return !(isShort(error) || error instanceof AutodError || error instanceof Deno.errors.WouldBlock || error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory || error instanceof TypeError);
});
const isShort = (function isShort(error) {
	return error instanceof Error && "code" in error && SHORT.includes(error.code);
});
const lastWord = (function lastWord(error) {
	const { cause } = error;
	return cause instanceof RpcError || cause instanceof SyntaxError || cause instanceof RangeError ? cause : error;
});
const absenceAfter = (function absenceAfter(said) {
	if (said instanceof RpcError && said.code === ErrorCode.closing) return said.cause instanceof Error ? {
		absent: "the old one died of an error",
		cause: said.cause
	} : { absent: "the old one was closing" };
	return said instanceof ConnectionClosedError ? { absent: "the old one ended before it answered" } : void 0;
});
const union = (function union(one, other) {
	return one === true || other === true || [...new Set([...one, ...other])];
});
const unite = (function unite(...permits) {
	const entries = KINDS.map((kind) => [kind, permits.map((one) => one[kind] ?? []).reduce(union)]);
	return Object.fromEntries(entries);
});
const flagOf = (function flagOf(effect, kind, coverage) {
	const name = `--${effect}-${kind}`;
	if (coverage === true) return [name];
	return coverage.length === 0 ? [] : [`${name}=${coverage.join(",")}`];
});
const toFlagLine = (function toFlagLine(permits) {
	return KINDS.flatMap((kind) => flagOf("allow", kind, permits[kind] ?? [])).map(quote).join(" ");
});
const query = (function query(kind, item) {
	const descriptor = {
		name: kind,
		...item === void 0 ? {} : { [SCOPES[kind]]: item }
	};
	try {
		const { state, partial } = Deno.permissions.querySync(descriptor);
		if (state === "granted") return partial ? "some" : "all";
		return state === "denied" ? "denied" : "none";
	} catch {
		return "none";
	}
});
const daemonFlags = (function daemonFlags(rules, paths) {
	if (isEverything(rules)) return ["--allow-all"];
	const { read = [], write = [], ...others } = ownItems(paths);
	const directories = new Map();
	const own = {
		...others,
		read: [...withRealPaths(read, directories), ...linkOf(paths.rpcfile)],
		write: withRealPaths(write, directories)
	};
	return KINDS.flatMap((kind) => {
		const { allow, deny } = kind === "import" ? importRule(rules.import, own.import) : withOwn(rules[kind], own[kind]);
		return [...flagOf("allow", kind, allow), ...flagOf("deny", kind, deny)];
	});
});
const withRealPaths = (function withRealPaths(files, directories) {
	return files.flatMap((file) => {
		const directory = dirname(file);
		const real = directories.get(directory) ?? realPathOf(directory);
		directories.set(directory, real);
		const path = real + file.slice(directory.length);
		return path === file || path.includes(",") ? [file] : [file, path];
	});
});
const realPathOf = (function realPathOf(directory) {
	try {
		return isGranted("read", directory) ? Deno.realPathSync(directory) : directory;
	} catch {
		return directory;
	}
});
const linkOf = (function linkOf(rpcfile) {
	if (!rpcfile.startsWith("file:")) return [];
	const path = fromFileUrl(rpcfile);
	if (path.includes(",") || !isGranted("read", path)) return [];
	try {
		return Deno.lstatSync(path).isSymlink ? [path] : [];
	} catch {
		return [];
	}
});
const isEverything = (function isEverything(rules) {
	return Object.values(rules).every(isWhole);
});
const withOwn = (function withOwn({ allow, deny }, own = []) {
	return {
		allow: union(own, allow),
		deny: deny === true ? [] : deny
	};
});
const importRule = (function importRule({ allow, deny }, own = []) {
	const isUsual = isNothing(allow);
	const usual = isUsual && deny !== true ? USUAL_HOSTS.filter((host) => query("import", host) === "all") : [];
	const hosts = union(own, isUsual ? usual : allow);
	if (deny === true || isNothing(hosts)) return {
		allow: own.length === 0 || own,
		deny: true
	};
	return {
		allow: usual.length === USUAL_HOSTS.length && own.every((host) => USUAL_HOSTS.includes(host)) ? [] : hosts,
		deny: deny.flatMap((host) => /:\d+$|\//.test(host) ? [host] : [
			host,
			`${host}:443`,
			`${host}:80`
		])
	};
});
const checkGrants = (function checkGrants(rules, sockfile) {
	const excess = excessesOf(rules);
	if (excess.length === 0) return;
	const grants = isEverything(rules) ? "everything" : excess.map(({ grant }) => grant).join(", ");
	throw new Deno.errors.NotCapable(`Cannot start the daemon for "${sockfile}": its permissions have ${grants}, which this command does not hold itself${excess.some(isProgramByName) ? " (Deno passes over programs that it does not find on the PATH)" : ""}; run the command ${remedy$1(rules, excess)}, or change the option "permissions"`);
});
const isProgramByName = (function isProgramByName({ kind, needs }) {
	return kind === "run" && needs !== true && !needs.includes("/");
});
const excessesOf = (function excessesOf(rules) {
	return KINDS.flatMap((kind) => excessOf(kind, rules[kind].allow));
});
const excessOf = (function excessOf(kind, allow) {
	const whole = query(kind);
	if (whole === "all") return [];
	if (allow === true) {
		const denied = whole !== "none";
		return [{
			kind,
			grant: `all "${kind}"`,
			needs: true,
			denied
		}];
	}
	return allow.flatMap((item) => {
		const holding = holdingOf(kind, item, whole);
		if (holding === "all") return [];
		return [{
			kind,
			grant: `"${kind}" of "${item}"`,
			needs: isRange(kind, item) || item,
			denied: holding !== "none"
		}];
	});
});
const holdingOf = (function holdingOf(kind, item, whole) {
	if (isPattern(kind, item) && whole === "some") return "some";
	const host = item.startsWith("*.") && isHost(kind) ? item.replace("*", crypto.randomUUID()) : item;
	return query(kind, host);
});
const isPattern = (function isPattern(kind, item) {
	if (kind === "env") return item.endsWith("*");
	return isHost(kind) && item.startsWith("*.") || isRange(kind, item);
});
const isRange = (function isRange(kind, item) {
	return isHost(kind) && !item.startsWith("unix:") && /^:|\//.test(item);
});
const isHost = (function isHost(kind) {
	return kind === "net" || kind === "import";
});
const remedy$1 = (function remedy$1(rules, excess) {
	const without = [...new Set(excess.filter(({ denied }) => denied).map(({ kind }) => ` and without --deny-${kind}`))].join("");
	if (isEverything(rules)) return `with just --allow-all${without}`;
	const lacking = excess.filter(({ kind, denied }) => !denied || query(kind) !== "some" || query("run") === "none");
	if (lacking.length === 0) return without.replace(" and ", "");
	const permits = Object.entries(toPermits(lacking));
	const flagsOf = (isWhole, end) => {
		const some = permits.filter(([, coverage]) => coverage === true === isWhole);
		const line = toFlagLine(Object.fromEntries(some));
		return line === "" ? [] : [`${line} ${end}`];
	};
	return `with ${[...flagsOf(false, "as well"), ...flagsOf(true, "instead of a list")].join(", and ")}${without}`;
});
const needsToGrant = (function needsToGrant(rules) {
	const granted = KINDS.map((kind) => [kind, rules[kind].allow]);
	return unite(Object.fromEntries(granted), toPermits(excessesOf(rules)));
});
const toPermits = (function toPermits(excess) {
	const permits = {};
	for (const { kind, needs, denied } of excess) {
		permits[kind] = union(permits[kind] ?? [], needs === true || [needs]);
		if (kind === "write" && (needs === true || needs === "/" || denied) && query("run") === "none") permits.run = true;
	}
	return permits;
});
const lstatIfThere = (function lstatIfThere(path) {
	try {
		return Deno.lstatSync(path);
	} catch (error) {
		if (error instanceof Deno.errors.NotFound) return void 0;
		throw error;
	}
});
const removeIfThere = (function removeIfThere(path) {
	try {
		Deno.removeSync(path);
	} catch (error) {
		if (!(error instanceof Deno.errors.NotFound)) throw error;
	}
});
const removeQuietly = (function removeQuietly(path) {
	try {
		Deno.removeSync(path);
	} catch {}
});
const needsToConnect = (function needsToConnect(sockfile) {
	return {
		read: [sockfile],
		write: [sockfile],
		net: [`unix:${sockfile}`]
	};
});
const needsToStart = (function needsToStart(sockfile, program) {
	const files = [filesOf(sockfile).spawnLock];
	const toStart = {
		read: files,
		write: files,
		run: [program]
	};
	return unite(needsToConnect(sockfile), toStart);
});
const checkMayServe = (function checkMayServe(sockfile, pidfile) {
	const { fresh, lock } = filesOf(sockfile);
	const files = [
		sockfile,
		fresh,
		lock
	];
	if (pidfile !== void 0) files.push(pidfile);
	const needs = {
		read: files,
		write: files,
		net: [`unix:${sockfile}`, `unix:${fresh}`]
	};
	const lacks = lackingFlags(needs);
	if (lacks === "") return;
	throw new AutodError("not-permitted", `Cannot listen on "${sockfile}": this process lacks ${lacks}; run it with ${toFlagLine(needs)}`, { sockfile });
});
const lackingFlags = (function lackingFlags(needs) {
	const lacks = Object.entries(needs).map(([name, coverage]) => {
		const kind = name;
		const isLacking = (item) => query(kind, item) !== "all";
		return [kind, coverage === true ? isLacking() || [] : coverage.filter((item) => isLacking(item))];
	});
	return toFlagLine(Object.fromEntries(lacks));
});
const findProgram = (function findProgram(execPath) {
	if (execPath !== void 0) return execPath;
	const own = Deno.execPath().replace(/ \(deleted\)$/, "");
	return query("run", own) !== "all" && query("run", "deno") === "all" ? "deno" : own;
});
const checkPlace = (function checkPlace(sockfile, path = sockfile) {
	const info = look$1(sockfile, path);
	if (info === void 0) return;
	if (!info.isSocket) {
		const where = path === sockfile ? "in its place" : `at "${path}"`;
		throw refusal("not-a-socket", sockfile, `${kindOf(info)} is ${where}, and was not touched; remove it or choose another path`);
	}
	if (!isStillOwn(path, info)) throw refusal("unsafe-place", sockfile, `the socket "${path}" belongs to another user (${info.uid}); ${CHOOSE}, or run this command as that user`);
});
const checkDirectory = (function checkDirectory(sockfile, uid) {
	const directory = dirname(sockfile);
	if (!isGranted("read", directory)) return;
	const info = look$1(sockfile, directory, Deno.statSync);
	if (isOpenToOthers(info)) throw refusal("unsafe-place", sockfile, `others may write to its directory, and put theirs in its place; choose another, or forbid it with: chmod go-w ${quote(directory)}`);
	if (info.uid !== uid && info.uid !== 0) throw refusal("unsafe-place", sockfile, `its directory "${directory}" belongs to another user (${info.uid}), who could put another in its place; ${CHOOSE}`);
});
const unsafeFile = (function unsafeFile({ path, sockfile }, state) {
	return refusal("unsafe-place", sockfile, `"${path}" ${state}`);
});
const explainFile = (function explainFile(sockfile, cause) {
	const directory = dirname(sockfile);
	if (cause instanceof Deno.errors.NotFound) return refusal("no-directory", sockfile, `the directory "${directory}" does not exist; make it with: mkdir -p -m 700 ${quote(directory)}`, cause);
	if (cause instanceof Deno.errors.NotADirectory) return refusal("no-directory", sockfile, `"${directory}" is no directory; choose another path`, cause);
	if (cause instanceof AutodError || !(cause instanceof Error)) return cause;
	if (cause instanceof Deno.errors.PermissionDenied || "code" in cause) return refusal("not-permitted", sockfile, `the system denies it (${cause.message}); ${isFull(cause) ? "make room for it, or " : ""}${CHOOSE}`, cause);
	return cause;
});
const isFull = (function isFull(error) {
	const { code } = error;
	return code === "ENOSPC" || code === "EDQUOT" || error.message.includes("(os error 27)");
});
const noLocks = (function noLocks(sockfile, cause) {
	return refusal("not-permitted", sockfile, `the files of its directory "${dirname(sockfile)}" cannot be locked (${cause.message}), as on some network file systems; choose a directory on another, such as $XDG_RUNTIME_DIR`, cause);
});
const kindOf = (function kindOf(info) {
	return info.isSymlink ? "a symbolic link" : info.isDirectory ? "a directory" : info.isFile ? "a file" : info.isSocket ? "a socket" : "a device or pipe";
});
const look$1 = (function look$1(sockfile, path, stat = lstatIfThere) {
	try {
		return stat(path);
	} catch (error) {
		throw explainFile(sockfile, error);
	}
});
const isStillOwn = (function isStillOwn(path, { uid }) {
	try {
		return isOwn(uid, (time) => Deno.utimeSync(path, time, time));
	} catch (error) {
		if (error instanceof Deno.errors.NotFound) return true;
		throw error;
	}
});
const refusal = (function refusal(code, sockfile, state, cause) {
	const message = `Cannot use the sockfile "${sockfile}": ${state}`;
	return new AutodError(code, message, {
		sockfile,
		cause
	});
});
const openOwnFile = (function openOwnFile(place, options) {
	const { path } = place;
	for (let changes = 0; changes < MAX_CHANGES; changes++) {
		const before = lstatIfThere(path);
		if (before) checkKind(place, before, options);
		const file = tryOpen$1(path, before ? options : {
			...options,
			createNew: true,
			mode: 384
		});
		if (file === void 0) continue;
		let info;
		try {
			info = look(place, file, before);
			if (info) return {
				file,
				info
			};
		} finally {
			if (!info) file.close();
		}
	}
	throw unsafeFile(place, "is replaced all the time; choose a directory of your own");
});
const checkKind = (function checkKind(place, info, { append }) {
	if (info.isFile || append && info.isCharDevice) return;
	const remedy = append ? "remove it, or choose another logfile" : "remove it";
	throw unsafeFile(place, `is ${kindOf(info)}, and was not touched; ${remedy}`);
});
const tryOpen$1 = (function tryOpen$1(path, options) {
	const { AlreadyExists, NotFound } = Deno.errors;
	try {
		return Deno.openSync(path, options);
	} catch (error) {
		if (error instanceof (options.createNew ? AlreadyExists : NotFound)) return;
		throw error;
	}
});
const look = (function look(place, file, before) {
	const { path } = place;
	const info = byFile(place, () => file.statSync(), () => lstatIfThere(path));
	if (info === void 0 || before === void 0) return info;
	if (info.dev !== before.dev || info.ino !== before.ino) return void 0;
	const state = before.isFile ? stateOf(place, file, info) : void 0;
	if (state === void 0) return info;
	throw unsafeFile(place, state);
});
const byFile = (function byFile(place, ofFile, ofPath) {
	const { path } = place;
	try {
		return ofFile();
	} catch (error) {
		const real = realPathIn(error);
		if (real === void 0) throw error;
		if (isAlone(dirname(path), dirname(real))) return ofPath();
		if (isLink(path)) return void 0;
		throw unsafeFile(place, `is reached through a link, and is "${real}" without it: name that, or use a directory that is yours alone, and that this command may read and write`);
	}
});
const realPathIn = (function realPathIn(error) {
	return error instanceof Deno.errors.NotCapable ? /access to "(.*)", run again/s.exec(error.message)?.[1] : void 0;
});
const isAlone = (function isAlone(directory, real) {
	if (!isGranted("read", directory) || !isGranted("write", directory)) return false;
	const info = Deno.statSync(directory);
	return info.mode !== null && !isWritableByOthers(info) && isOwn(info.uid, (time) => Deno.utimeSync(directory, time, time)) && Deno.realPathSync(directory) === real;
});
const isLink = (function isLink(path) {
	return lstatIfThere(path)?.isSymlink ?? true;
});
const stateOf = (function stateOf(place, file, { uid, nlink }) {
	const touch = (time) => byFile(place, () => file.utimeSync(time, time), () => Deno.utimeSync(place.path, time, time));
	if (!isOwn(uid, touch)) return `belongs to another user (${uid}); choose a directory of your own`;
	if (nlink !== null && nlink > 1) return "is a hard link, and was not touched; remove it";
});
const openLockfile = (function openLockfile(path, sockfile) {
	try {
		return openOwnFile({
			path,
			sockfile
		}, {
			read: true,
			write: true
		});
	} catch (error) {
		throw explainFile(sockfile, error);
	}
});
const tryLock = (function tryLock(lock, path, { shared = false } = {}) {
	try {
		return lock.tryLockSync(!shared);
	} catch (error) {
		throw noLocks(path.replace(/\.(?:lock|spawn)$/, ""), error);
	}
});
const writeNote = (function writeNote(lock, note) {
	const bytes = new TextEncoder().encode(JSON.stringify(note) + "\n");
	try {
		lock.seekSync(0, Deno.SeekMode.Start);
		lock.writeSync(bytes);
		lock.truncateSync(bytes.length);
	} catch {
		try {
			lock.truncateSync(0);
		} catch {}
	}
});
const noteStarter = (function noteStarter(lock, path) {
	writeNote(lock, {
		...readNote(path),
		starter: Deno.pid
	});
});
const readNote = (function readNote(path) {
	try {
		if (!Deno.lstatSync(path).isFile) return {};
		const [line] = Deno.readTextFileSync(path).split("\n", 1);
		const note = JSON.parse(line);
		return {
			...note,
			pid: toPid(note.pid),
			starter: toPid(note.starter)
		};
	} catch {
		return {};
	}
});
const toPid = (function toPid(value) {
	return Number.isSafeInteger(value) && value > 0 ? value : void 0;
});
const readClaim = (function readClaim(sockfile) {
	const { lock, spawnLock } = filesOf(sockfile);
	if (isGranted("read", lock)) try {
		return readHolder(lock) ?? {};
	} catch {}
	const note = isGranted("read", spawnLock) ? readNote(spawnLock) : {};
	return note.socket !== void 0 && note.socket === identify(sockfile) ? note : {};
});
const readHolder = (function readHolder(path) {
	return isLocked(path) ? readNote(path) : void 0;
});
const identify = (function identify(sockfile) {
	try {
		const { ino, birthtime } = Deno.lstatSync(sockfile);
		return `${ino}, ${birthtime?.getTime()}`;
	} catch {
		return;
	}
});
const isLocked = (function isLocked(path) {
	if (!lstatIfThere(path)?.isFile) return false;
	const file = isGranted("write", path) && tryOpen(path, { write: true }) || tryOpen(path);
	if (!file) return false;
	using lock = file;
	return !tryLock(lock, path, { shared: true });
});
const tryOpen = (function tryOpen(path, { write = false } = {}) {
	try {
		return Deno.openSync(path, {
			read: true,
			write
		});
	} catch (error) {
		if (write || error instanceof Deno.errors.NotFound) return void 0;
		throw error;
	}
});
const explainAbsence = (function explainAbsence({ absent }, settings) {
	if (settings.dialer) return cannotUse("iface-failed", `it ended the connection before it served it; ${SEE_FACTORY}`, settings);
	const { logfile } = settings;
	return cannotConnect("not-running", `no daemon runs (${absent}), and the option "spawn" is false; start it${isMissing(logfile) ? "" : `, or see "${logfile}" for how the last one ended`}`, settings);
});
const isMissing = (function isMissing(path) {
	return isGranted("read", path) && lstatIfThere(path) === void 0;
});
const explainConnect = (function explainConnect(cause, settings) {
	const directory = dirname(settings.sockfile);
	if (cause instanceof Deno.errors.NotCapable) return notPermitted(settings, cause);
	if (cause instanceof Deno.errors.PermissionDenied || isShort(cause)) {
		const remedy = isShort(cause) ? "close some, or raise the limit: see ulimit -a" : `the socket and "${directory}" should belong to you`;
		return cannotConnect("not-permitted", `the system denies it (${cause.message}); ${remedy}`, settings, cause);
	}
	if (cause instanceof Deno.errors.WouldBlock) return notResponding(settings, "so many wait for it that no more are let in", cause);
	if (cause instanceof Deno.errors.NotADirectory) return cannotConnect("no-directory", `"${directory}" is no directory; choose another path`, settings, cause);
	return cause;
});
const notPermitted = (function notPermitted(settings, cause, absent = "no daemon runs") {
	const { sockfile, spawn, execPath, rules } = settings;
	const needs = spawn ? unite(needsToStart(sockfile, findProgram(execPath)), needsToGrant(rules)) : needsToConnect(sockfile);
	const toConnect = lackingFlags(needsToConnect(sockfile));
	const toStart = lackingFlags(needs);
	const runWith = `run it with ${toFlagLine(needs)}`;
	return cannotConnect("not-permitted", toConnect !== "" ? `this command lacks ${toConnect}; ${runWith}` : toStart !== "" ? `${absent}, and to start one this command lacks ${toStart}; ${runWith}` : `Deno denies it (${cause?.message}); choose another path, or run it with --allow-all`, settings, cause);
});
const notResponding = (function notResponding(settings, state, cause) {
	const { sockfile } = settings;
	if (settings.dialer) return cannotUse("not-responding", `its factory did not answer within ${settings.timeout} ms; see what it waits for, or raise the option "timeout"`, settings);
	const { pid } = readClaim(sockfile);
	return cannotUse("not-responding", `${state}; ${pid === void 0 ? `find it with: fuser ${quote(sockfile)}` : `if it is not just busy, end it with: kill -9 ${pid}`}`, settings, cause);
});
const cannotConnect = (function cannotConnect(code, why, settings, cause) {
	return make(code, `${`Cannot connect to "${settings.sockfile}"`}: ${why}`, settings, cause);
});
const cannotUse = (function cannotUse(code, why, settings, cause) {
	const { dialer, rpcfile, sockfile } = settings;
	return make(code, `${dialer ? `Cannot use the rpcfile "${rpcfile}" inline` : `Cannot use the daemon at "${sockfile}"`}: ${why}`, settings, cause);
});
const make = (function make(code, message, { dialer, sockfile, logfile: file }, cause, stderr) {
	return new AutodError(code, message, {
		sockfile,
		logfile: dialer ? void 0 : file,
		stderr,
		cause
	});
});
const remedy = (function remedy({ name, message = "" }, { dialer }) {
	const isDenied = name === "NotCapable" || name === "TypeError" && /^Requires \w+ access to /.test(message);
	const host = /Requires import access to "(.*?)"/.exec(message)?.[1];
	if (!isDenied && host === void 0) return "";
	if (dialer) return "; grant it to the command, whose permissions it has inline";
	if (host !== void 0) return `; run the command with --allow-import=${host} as well, and grant that with the option "permissions"`;
	return message.includes("--allow-all") ? "; choose another path, or grant \"all\" with the option \"permissions\"" : "; grant it with the option \"permissions\"";
});
const nearest = (function nearest(name, names) {
	let best;
	let bestDistance = Math.floor(name.length / 3) + 1;
	for (const candidate of names) {
		const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
		if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
	}
	return best;
});
const editDistance = (function editDistance(a, b, limit) {
	if (Math.abs(a.length - b.length) >= limit) return limit;
	let row = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const cost = a[i - 1] === b[j - 1] ? 0 : 1;
			next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + cost));
		}
		row = next;
	}
	return row[b.length];
});
const explainHello = (function explainHello(cause, settings, { late, isOpening, isShort }) {
	const { sockfile, timeout } = settings;
	if (late) {
		const state = isOpening ? `the factory of its rpcfile has not answered within ${timeout} ms` : `it took the connection and does not answer${isShort ? ` within the ${timeout} ms of the option "timeout"` : ""}`;
		return notResponding(settings, state);
	}
	const { code, message, data } = cause instanceof RpcError ? cause : {
		code: void 0,
		message: String(cause),
		data: void 0
	};
	if (code === ErrorCode.internal) {
		const error = remoteError(cause);
		const why = `${settings.dialer ? "its factory" : "the factory of its rpcfile"} failed: ${error}${remedy(error, settings)}`;
		return cannotUse("iface-failed", why, settings, error);
	}
	if (code === ErrorCode.badResult) {
		const end = settings.dialer ? "" : "end it and ";
		return cannotUse("iface-failed", `its iface has more methods than a message can name (${message}); ${end}raise the option "maxMessageBytes", or let one method do what many did`, settings, cause);
	}
	if (code === ErrorCode.limit) return cannotUse("too-many-connections", `it has as many connections as it takes (${message}); end some of its clients, or end it and raise the option "maxConnections"`, settings, cause);
	const its = data?.protocol;
	if (code === ErrorCode.invalidParams && typeof its === "number") return cannotUse("protocol", `it speaks version ${its} of the protocol, and this command version 1, as they have different versions of this library; end it with: autod stop ${quote(sockfile)}`, settings, cause);
	return make("protocol", `Cannot use what serves "${sockfile}": it does not speak this library's protocol (${message}); choose another path, or end that program`, settings, cause);
});
const explainMissing = (function explainMissing(missing, info, settings) {
	const names = missing.map((name) => {
		const near = nearest(name, info.methods);
		return `"${name}"${near === void 0 ? "" : ` (it has "${near}")`}`;
	});
	const { rpcfile } = info;
	const end = settings.dialer ? "" : ` and end the daemon that runs: kill ${info.pid}`;
	const remedy = typeof rpcfile === "string" && rpcfile !== settings.rpcfile ? `it runs "${rpcfile}", and this command has "${settings.rpcfile}": give each a socket of its own` : `correct the option "methods", or add them to "${settings.rpcfile}"${end}`;
	const why = `it has no method ${names.join(", ")}; ${remedy}`;
	return cannotUse("missing-methods", why, settings);
});
const remoteError = (function remoteError(error) {
	const { message, remoteName: name, remoteStack: stack, data, cause } = error;
	return toError({
		...data,
		name,
		message,
		stack,
		cause
	});
});
const settleMismatch = (async function settleMismatch({ client, its, wanted, replace }, settings) {
	const { onMismatch, spawn, isSuccession } = settings;
	if (onMismatch === "keep" || onMismatch === "restart" && !spawn) return;
	const versions = `its version was "${its}", and that of this command is "${wanted}"`;
	const isNewer = isSuccession && !isOfSameFile(its ?? "", wanted);
	if (onMismatch === "error" || isNewer) {
		client.close();
		throw cannotUse("version-mismatch", `${versions}; ${onMismatch === "error" ? "end it, or change the option \"onMismatch\"" : "it has taken the place of the daemon that this command had: start this command anew"}`, settings);
	}
	if (replace) await within(SHUTDOWN_TIMEOUT, client.call("$/shutdown", {}).catch(() => {}));
	client.close();
	return { absent: versions };
});
const explainSpawn = (function explainSpawn(cause, program, cwd, settings) {
	if (cause instanceof Deno.errors.NotCapable) return notPermitted(settings, cause);
	const isMissing = cause.message.includes("No such cwd");
	if (isMissing || cause.message.includes("cwd is not a directory")) {
		const origin = settings.cwd === void 0 ? `the directory of the rpcfile "${settings.rpcfile}"` : "the option \"cwd\"";
		return cannotStart("no-directory", `its working directory "${cwd}" ${isMissing ? "does not exist" : "is no directory"}; correct ${origin}`, settings, cause);
	}
	return cannotRun(cause, program, settings);
});
const cannotRun = (function cannotRun(cause, program, settings) {
	const number = /\(os error (\d+)\)/.exec(cause.message)?.[1];
	const remedy = REMEDIES[number ?? ""] ?? "correct the option \"execPath\", which is to be a deno";
	return cannotStart("spawn-failed", `"${program}" cannot be run (${cause.message}); ${remedy}`, settings, cause);
});
const cannotStart = (function cannotStart(code, why, settings, cause, stderr) {
	const cannot = settings.dialer ? `Cannot serve "${settings.sockfile}" inline` : `Cannot start the daemon for "${settings.sockfile}"`;
	return make(code, `${cannot}: ${why}`, settings, cause, stderr);
});
const explainStandalone = (function explainStandalone(settings) {
	return cannotStart("spawn-failed", "this command was made by deno compile, and is no deno itself; name one by the option \"execPath\"", settings);
});
const isOfRpcfile = (function isOfRpcfile(error) {
	return error.code === "iface-failed" || ofRpcfile.has(error);
});
const explainStart = (function explainStart({ stage, error: data }, settings, stderr) {
	const { sockfile, rpcfile, logfile } = settings;
	const error = toError(data) ?? new Error("It did not say why");
	const isRpcfiles = stage === "import" || stage === "default";
	if (!isRpcfiles && error.name === "AutodError") {
		const { code } = error;
		return make(code, error.message, settings, error.cause);
	}
	const why = `${{
		claim: `its lock "${filesOf(sockfile).lock}" cannot be had`,
		log: `its log "${logfile}" cannot be written`,
		import: `its rpcfile "${rpcfile}" failed while it was imported`,
		default: `its rpcfile "${rpcfile}" needs: export default (server, stream, args) => ({ … })`,
		listen: "it cannot listen"
	}[stage]}: ${error}${remedy(error, settings) || remedyForImport(error, settings) || (stage === "log" ? "; choose another by the option \"logfile\"" : "")}`;
	const explained = cannotStart("start-failed", why, settings, error, stderr);
	if (isRpcfiles) ofRpcfile.add(explained);
	return explained;
});
const remedyForImport = (function remedyForImport({ message }, { cwd, dialer }) {
	if (dialer || !/not a dependency|not in import map/.test(message)) return "";
	return `; a daemon has the deno.json of its directory (the option "cwd"${cwd === void 0 ? "" : `, which is "${cwd}"`}), and no --config or --import-map of its command`;
});
const explainExit = (function explainExit(status, program, settings, stderr) {
	const how = status.signal ? `was ended by ${status.signal}` : `ended with code ${status.code}`;
	const said = stderr.trim();
	if ((status.code === 126 || status.code === 127) && /\bexec: /.test(said)) return cannotRun(new Error(said.replace(/^.*: exec: /, "")), program, settings);
	const why = `its process "${program}" ${how} before it was ready, and ${said === "" ? `said nothing; see "${settings.logfile}"` : `said: ${said}`}${said.includes(`Module not found "${SERVING_URL}"`) ? "; that is a part of this library, which a bundle has to leave out: deno bundle --external" : ""}`;
	return cannotStart("start-failed", why, settings, void 0, stderr);
});
const explainEnds = (function explainEnds(starts, { absent, cause }, settings, uncaught) {
	const error = cause?.toString() ?? uncaught;
	const why = error ? `and died of an error that nobody caught: ${error}${remedy({ name: cause?.name ?? error.split(":")[0] }, settings)}` : `and could not be used, the last time because ${absent}`;
	return make("start-failed", `Cannot reach the daemon at "${settings.sockfile}": it was started ${starts} times ${why}; see "${settings.logfile}"`, settings, cause);
});
const explainRefusal = (function explainRefusal({ absent }, settings) {
	return cannotUse("iface-failed", `it serves, and ended each connection before it served that, the last time because ${absent}; ${SEE_FACTORY}`, settings);
});
const explainTimeout = (function explainTimeout(settings) {
	return late(`its process was not ready and was ended; see what its rpcfile "${settings.rpcfile}" waits for, or raise the option "timeout"`, settings);
});
const explainWait = (function explainWait(settings) {
	const { sockfile } = settings;
	const { spawnLock: lock } = filesOf(sockfile);
	const { starter, failure } = readNote(lock);
	return late(starter === Deno.pid ? "another call of this process is starting it, and takes longer" : failure === void 0 ? `another command is starting it, and holds "${lock}"; if it was stopped, let it go on, or end it: ${starter === void 0 ? `fuser ${quote(lock)} finds it` : `kill -9 ${starter}`}` : `other commands try to start it, and the last one could not: ${failure}`, settings);
});
const late = (function late(what, settings) {
	return make("timeout", `Cannot reach a daemon at "${settings.sockfile}" within ${settings.timeout} ms: ${what}`, settings);
});
const explainImport = (function explainImport(settings) {
	return cannotUse("timeout", `it was not imported within ${settings.timeout} ms; see what its top-level await waits for, or raise the option "timeout"`, settings);
});
const parse = (function parse(line) {
	try {
		const told = JSON.parse(line);
		if ([
			"ready",
			"busy",
			"failed"
		].includes(told.autod)) return told;
	} catch {}
});
const spawnDaemon = (function spawnDaemon(program, flags, settings, timeout) {
	if (Deno.build.standalone && settings.execPath === void 0) throw explainStandalone(settings);
	const cwd = settings.cwd ?? directoryOf(settings.rpcfile);
	const env = { ...settings.env ?? emptyLoaderVariables(settings) };
	const main = mainModule(settings, timeout);
	let intoLog = query("run", SHELL) === "all";
	for (;;) try {
		const command = [
			program,
			"run",
			"--no-prompt",
			JS,
			...flags,
			"-"
		];
		if (intoLog) command.unshift(SHELL, "-c", INTO_LOG, settings.logfile);
		const [first, ...args] = command;
		const process = new Deno.Command(first, {
			args,
			cwd,
			env,
			clearEnv: settings.env !== void 0,
			detached: true,
			stdin: "piped",
			stdout: "piped",
			stderr: "piped"
		}).spawn();
		send(process, main);
		return {
			process,
			intoLog
		};
	} catch (cause) {
		const error = cause;
		if (intoLog && error.message.includes(`'${SHELL}'`)) {
			intoLog = false;
			continue;
		}
		const loader = /\b(?:LD|DYLD)_\w+/.exec(error.message)?.[0];
		if (!(error instanceof Deno.errors.NotCapable) || loader === void 0 || loader in env) throw explainSpawn(error, program, cwd, settings);
		env[loader] = "";
	}
});
const emptyLoaderVariables = (function emptyLoaderVariables({ rules }) {
	const { run } = rules;
	if (isWhole(run) || isNothing(run.allow) || query("env") !== "all") return {};
	const names = Object.keys(Deno.env.toObject()).filter((name) => /^(?:LD|DYLD)_/.test(name));
	return Object.fromEntries(names.map((name) => [name, ""]));
});
const mainModule = (function mainModule(settings, timeout) {
	const config = JSON.stringify(configOf(settings, timeout));
	return `import { ${RUN_DAEMON} } from ${JSON.stringify(SERVING_URL)};
const config = JSON.parse(${JSON.stringify(config)});
await ${RUN_DAEMON}(config, () => import(${JSON.stringify(settings.rpcfile)}));
`;
});
const configOf = (function configOf(settings, timeout) {
	const { sockfile, logfile, pidfile, rpcfile } = settings;
	const { args, autoclose, exit, drainTimeout, limits } = settings;
	return {
		...limits,
		rpcfile,
		sockfile,
		logfile,
		pidfile,
		args,
		autoclose,
		exit,
		drainTimeout,
		version: wantedVersion(settings),
		timeout: roundDown(timeout)
	};
});
const roundDown = (function roundDown(milliseconds) {
	const unit = 10 ** Math.max(Math.floor(Math.log10(Math.max(milliseconds, 1))) - 1, 0);
	return Math.floor(milliseconds / unit) * unit;
});
const send = (async function send(process, main) {
	const writer = process.stdin.getWriter();
	try {
		await writer.write(new TextEncoder().encode(main));
		await writer.close();
	} catch {}
});
const directoryOf = (function directoryOf(rpcfile) {
	const url = new URL(".", rpcfile);
	return url.protocol === "file:" ? fromFileUrl(url) : "/";
});
const startProcess = (async function startProcess(program, flags, settings, deadline) {
	const { debug, signal, onProcess } = settings;
	const timeout = deadline - performance.now();
	const log = new LogTail(settings.logfile);
	const { process, intoLog } = spawnDaemon(program, flags, settings, timeout);
	settings.mark?.("spawn");
	const told = Promise.withResolvers();
	const stdout = new Printed(process.stdout, debug, told.resolve);
	const stderr = new Printed(process.stderr, debug);
	stdout.ended.then(() => told.resolve(void 0));
	const kill = () => {
		killQuietly(process);
		stdout.stop();
		stderr.stop();
	};
	using timeLimit = limitTime(timeout, kill);
	const abort = () => timeLimit.extend(0);
	signal?.addEventListener("abort", abort);
	try {
		onProcess?.(process);
		signal?.throwIfAborted();
		process.status.then(() => within(OUTPUT_TIMEOUT, stdout.ended)).then(() => told.resolve(void 0));
		const readiness = await told.promise;
		if (readiness && readiness.autod !== "failed") {
			settings.mark?.("import", readiness.importTime);
			settings.mark?.("ready");
			const { autod, pid } = readiness;
			return {
				process,
				pid,
				serves: autod === "ready",
				log
			};
		}
		const status = await process.status;
		await within(OUTPUT_TIMEOUT, stderr.ended);
		signal?.throwIfAborted();
		const said = `${stdout.text}${stderr.text}`;
		if (readiness) throw explainStart(readiness, settings, said);
		if (timeLimit.isOver()) throw explainTimeout(settings);
		const lastWords = intoLog ? log.read() : "";
		throw explainExit(status, program, settings, `${said}${lastWords}`);
	} catch (error) {
		killQuietly(process);
		throw error;
	} finally {
		signal?.removeEventListener("abort", abort);
		stdout.stop();
		stderr.stop();
		process.unref();
	}
});
const killQuietly = (function killQuietly(process) {
	try {
		process.kill("SIGKILL");
	} catch {}
});
const isOutdated = (function isOutdated(error, since) {
	const cause = error?.cause;
	if (!(cause instanceof Error) || cause.name !== "TypeError") return false;
	const path = /^Requires read access to "(.*)", run again /s.exec(cause.message)?.[1];
	if (path === void 0) return false;
	if (!isGranted("read", path)) return void 0;
	try {
		return Deno.statSync(path).mtime.getTime() >= since - CLOCK_LAG;
	} catch {
		return;
	}
});
const start = (async function start(settings, deadline, absent) {
	const { sockfile, rules } = settings;
	checkPlace(sockfile);
	const program = findProgram(settings.execPath);
	if (lackingFlags(needsToStart(sockfile, program))) throw notPermitted(settings, void 0, `no daemon can be used (${absent})`);
	checkGrants(rules, sockfile);
	const flags = daemonFlags(rules, settings);
	const { spawnLock: lockfile } = filesOf(sockfile);
	const { file, info } = openLockfile(lockfile, sockfile);
	using lock = file;
	checkDirectory(sockfile, info.uid);
	const found = await whenLocked(lock, lockfile, settings, deadline);
	if (found) return { link: found };
	noteStarter(lock, lockfile);
	settings.mark?.("lock");
	const run = (wanted) => startProcess(program, flags, wanted, deadline);
	return await startAlone(lock, settings, deadline, run);
});
const whenLocked = (async function whenLocked(lock, lockfile, settings, deadline) {
	for (let interval = LOCK_INTERVAL; !tryLock(lock, lockfile);) {
		if (mayBeThere(settings.sockfile)) {
			const found = await connect(settings, deadline);
			if (!("absent" in found)) return found;
		}
		settings.signal?.throwIfAborted();
		if (performance.now() > deadline) throw explainWait(settings);
		await pause(interval);
		interval = Math.min(interval * LOCK_INTERVAL_GROWTH, MAX_LOCK_INTERVAL);
	}
});
const startAlone = (async function startAlone(lock, settings, deadline, run) {
	let started;
	let wanted = settings;
	let cause;
	for (let starts = 0;; starts++) {
		const found = await connect(wanted, deadline, { replace: true });
		if (!("absent" in found)) {
			const socket = identify(settings.sockfile);
			writeNote(lock, {
				pid: found.info.pid,
				socket
			});
			if (found.info.pid !== started?.pid) return { link: found };
			return {
				link: found,
				process: started.process
			};
		}
		cause = found.cause ?? cause;
		if (starts === MAX_STARTS) {
			if (started?.serves === false) throw explainRefusal(found, settings);
			const uncaught = started?.log.uncaught(started.pid);
			throw explainEnds(starts, {
				...found,
				cause
			}, settings, uncaught);
		}
		wanted = {
			...settings,
			version: wantedVersion(settings)
		};
		const since = Date.now();
		writeNote(lock, { starter: Deno.pid });
		try {
			started = await run(wanted);
		} catch (error) {
			if (error instanceof AutodError) writeNote(lock, { failure: error.message });
			if (!(isOutdated(error, since) ?? starts === 0) || starts + 1 === MAX_STARTS) throw error;
		}
	}
});
const mayBeThere = (function mayBeThere(path) {
	try {
		Deno.lstatSync(path);
		return true;
	} catch (error) {
		return !(error instanceof Deno.errors.NotFound);
	}
});
const startMarks = (function startMarks() {
	let last = performance.now();
	return (stage, milliseconds) => {
		const now = performance.now();
		const took = milliseconds ?? now - last;
		if (milliseconds === void 0) last = now;
		writeSafely(Deno.stderr, `autod: ${stage} ${took.toFixed(1)} ms\n`);
	};
});
const SHORT = [
	"EMFILE",
	"ENFILE",
	"ENOMEM",
	"ENOBUFS"
];
const SCOPES = {
	read: "path",
	write: "path",
	net: "host",
	env: "variable",
	run: "command",
	sys: "kind",
	ffi: "path",
	import: "host"
};
const USUAL_HOSTS = [
	"deno.land",
	"jsr.io",
	"esm.sh",
	"raw.esm.sh",
	"cdn.jsdelivr.net",
	"raw.githubusercontent.com",
	"gist.githubusercontent.com"
].map((host) => `${host}:443`);
const CHOOSE = "choose a directory of your own, such as $XDG_RUNTIME_DIR";
const MAX_CHANGES = 10;
const SEE_FACTORY = "see that its factory neither closes the server nor destroys the stream";
const SHUTDOWN_TIMEOUT = 1e3;
const TOO_MANY_FILES = "the system has no descriptor left for it: close some, or raise the limit (ulimit -n)";
const TOO_MUCH = "the system has no room for another process: end some, or try again later";
const REMEDIES = {
	7: "shorten the options \"env\" and \"permissions\", or the environment",
	11: TOO_MUCH,
	12: TOO_MUCH,
	13: "correct the option \"execPath\", which is to be a deno, or \"cwd\", if that may not be entered",
	23: TOO_MANY_FILES,
	24: TOO_MANY_FILES
};
const SERVING_URL = import.meta.resolve("../dist/serving.js");
const ofRpcfile = new WeakSet();
const MAX_BYTES = 8192;
var LogTail = class {
	#path;
	#start;
	constructor(path) {
		this.#path = path;
		this.#start = this.#size();
	}
	read() {
		return this.#read().replace(/^\d{4}-\S+Z \d+ .*\n/gm, "");
	}
	uncaught(pid) {
		const lines = `^\\d{4}-\\S+Z ${pid} Uncaught (?:\\(in promise\\) )?(.*)`;
		return [...this.#read().matchAll(new RegExp(lines, "gm"))].at(-1)?.[1];
	}
	#read() {
		const size = this.#size();
		const isNew = size < this.#start;
		const start = Math.max(isNew ? 0 : this.#start, size - MAX_BYTES);
		try {
			if (size === 0) return "";
			using file = Deno.openSync(this.#path);
			file.seekSync(start, Deno.SeekMode.Start);
			const bytes = new Uint8Array(MAX_BYTES);
			const count = file.readSync(bytes) ?? 0;
			return new TextDecoder().decode(bytes.subarray(0, count));
		} catch {
			return "";
		}
	}
	#size() {
		if (!isGranted("read", this.#path)) return 0;
		try {
			return Deno.statSync(this.#path).size;
		} catch {
			return 0;
		}
	}
};
const ENDED = {
	done: true,
	value: void 0
};
const START = "{\"autod\":";
var Printed = class {
	ended;
	#reader;
	#show;
	#onTold;
	#text = "";
	constructor(stream, show, onTold) {
		this.#reader = stream.getReader();
		this.#show = show;
		this.#onTold = onTold;
		this.ended = this.#read();
	}
	get text() {
		return this.#text;
	}
	stop() {
		this.#reader.cancel().catch(() => {});
	}
	async #read() {
		const decoder = new TextDecoder();
		let rest = "";
		for (;;) {
			const { done, value } = await this.#reader.read().catch(() => ENDED);
			if (done) break;
			const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
			rest = lines.pop();
			if (!this.#mayTell(rest)) rest = rest.slice(-8192);
			for (const line of lines) this.#keep(line);
		}
		if (rest !== "") this.#keep(rest);
	}
	#keep(line) {
		if (line === "") return;
		const readiness = this.#mayTell(line) && parse(line);
		if (readiness) return this.#onTold?.(readiness);
		if (this.#show) writeSafely(Deno.stderr, `${line}\n`);
		this.#text = `${this.#text}${line}\n`.slice(-8192);
	}
	#mayTell(line) {
		return this.#onTold !== void 0 && line.startsWith(START);
	}
};
const SHELL = "/bin/sh";
const INTO_LOG = "if [ ! -L \"$0\" ] && { [ -f \"$0\" ] || [ ! -e \"$0\" ]; } && (umask 077; : >>\"$0\") 2>/dev/null; then exec \"$@\" 2>>\"$0\"; fi; exec \"$@\"";
const JS = "--ext=js";
const RUN_DAEMON = "runDaemon";
const OUTPUT_TIMEOUT = 100;
const CLOCK_LAG = 10;
const LOCK_INTERVAL = 10;
const LOCK_INTERVAL_GROWTH = 1.2;
const MAX_LOCK_INTERVAL = 40;
const MAX_STARTS = 3;
export { absenceAfter, absenceOf, checkDirectory, checkMayServe, checkPlace, checkPlace as checkPlace$1, explainAbsence, explainConnect, explainFile, explainHello, explainImport, explainMissing, explainStart, isFull, isOfRpcfile, isShort, kindOf, lastWord, lstatIfThere, nearest, notPermitted, openLockfile, openOwnFile, readClaim, removeIfThere, removeQuietly, settleMismatch, start, startMarks, tryLock, unsafeFile, writeNote };
