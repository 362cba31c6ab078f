// Says on the terminal what is being done, since when, and how it ended: a live list on a terminal,
// plain lines elsewhere. Plain Node: used before anything is installed, by setup, demo and test.

/** Without a terminal a running step says so this often, in milliseconds. */
const HEARTBEAT_MS = 15_000;
const FRAME_MS = 120;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

const isLive = process.stdout.isTTY === true && process.env.CI === undefined;
const paint = (code, text) =>
	process.stdout.isTTY === true ? `\x1b[${code}m${text}\x1b[0m` : text;
export const bold = (text) => paint('1', text);
export const dim = (text) => paint('2', text);
const green = (text) => paint('32', text);
const red = (text) => paint('31', text);

/** `0.4 s`, `12 s`, `2 min 05 s` */
export function duration(ms) {
	if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
	const s = Math.round(ms / 1000);
	if (s < 60) return `${s} s`;
	return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
}

/** The list of steps. One per program. */
export class Progress {
	#steps = [];
	#drawnLines = 0;
	#frame = 0;
	#timer = null;

	/** Runs `work` as a step; it may tell how far it is by `note(text)`. Passes on what it returns or throws. */
	async step(name, work) {
		const step = {
			name,
			startedMs: Date.now(),
			endedMs: null,
			isFailed: false,
			note: '',
			saidMs: Date.now()
		};
		this.#steps.push(step);
		this.#start();
		if (!isLive) process.stdout.write(`… ${name}\n`);
		try {
			return await work((note) => {
				step.note = String(note);
			});
		} catch (cause) {
			step.isFailed = true;
			throw cause;
		} finally {
			step.endedMs = Date.now();
			if (!isLive) process.stdout.write(`${this.#line(step)}\n`);
			if (this.#steps.every(({ endedMs }) => endedMs !== null)) this.#end();
		}
	}

	/** A line above the list. */
	say(text) {
		this.#erase();
		process.stdout.write(`${text}\n`);
		if (isLive && this.#timer !== null) this.#draw();
	}

	#start() {
		this.#timer ??= setInterval(
			() => (isLive ? this.#redraw() : this.#beat()),
			isLive ? FRAME_MS : 1_000
		);
	}

	/** All steps have ended: their lines stay, the next ones begin below. */
	#end() {
		clearInterval(this.#timer);
		this.#timer = null;
		if (isLive) this.#redraw();
		this.#steps = [];
		this.#drawnLines = 0;
	}

	#beat() {
		for (const step of this.#steps) {
			if (step.endedMs !== null || Date.now() - step.saidMs < HEARTBEAT_MS) continue;
			step.saidMs = Date.now();
			process.stdout.write(`  ${this.#line(step)}\n`);
		}
	}

	#line({ name, startedMs, endedMs, isFailed, note }) {
		const time = duration((endedMs ?? Date.now()) - startedMs);
		if (endedMs === null) {
			const mark = isLive ? SPINNER[this.#frame % SPINNER.length] : '…';
			return `${mark} ${name.padEnd(22)} ${time.padStart(9)}  ${dim(note)}`;
		}
		const mark = isFailed ? red('✗') : green('✓');
		return `${mark} ${name.padEnd(22)} ${dim(time.padStart(9))}${note === '' ? '' : `  ${dim(note)}`}`;
	}

	#redraw() {
		this.#frame += 1;
		this.#erase();
		this.#draw();
	}

	#erase() {
		if (this.#drawnLines > 0) process.stdout.write(`\x1b[${this.#drawnLines}A\x1b[0J`);
		this.#drawnLines = 0;
	}

	#draw() {
		const width = process.stdout.columns ?? 80;
		for (const step of this.#steps) process.stdout.write(`${clip(this.#line(step), width)}\n`);
		this.#drawnLines = this.#steps.length;
	}
}

/** Cuts to the terminal's width; colour codes have none. A wrapped line would break the redraw. */
function clip(text, width) {
	let seen = 0;
	let out = '';
	// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
	for (const part of text.split(/(\x1b\[[0-9;]*m)/)) {
		if (part.startsWith('\x1b')) out += part;
		else {
			out += part.slice(0, Math.max(0, width - 1 - seen));
			seen += part.length;
		}
	}
	return out;
}
