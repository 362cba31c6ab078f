// What a person does in one window, step by step, with the window's own API client and the Go node in Node:
// sign in, key, join, a shell on the target, numbered lines, leave. Each step works or throws Told.
import type { KeyAnswer } from '$lib/contracts/api';
import { isErrorCode } from '$lib/contracts/errors';
import { createApi, type Api } from '$lib/client/api';
import { GoThread, type Shell } from '../integration/node/go-thread';
import { Browser, type Page } from '../integration/server/browser';
import { BROWSER_PAGE, OK, outcomeOf, PROVIDER_PAGE, Told, type Outcome } from './outcome';
import { afterMs } from './steps';

/** Longest wait for anything of a node: a part is ended, comes back, and everything is dialled anew. */
const WAIT_MS = 180_000;
/** A person does not look longer at a page that loads: over a half-open connection it does so for minutes. */
const REQUEST_MS = 30_000;
const LINE_MS = 25;
const LINES_AFTER = 20;
/** A connection that is refused or ends: fetch has no other name for it. */
const isNoAnswer = (cause: unknown): boolean =>
	cause instanceof TypeError || (cause instanceof Error && cause.name === 'TimeoutError');

export class ChaosWindow {
	readonly #origin: string;
	readonly #browser: Browser;
	readonly #api: Api;
	#key: KeyAnswer | null = null;
	#node: GoThread | null = null;
	/** The goodbye of its node, said once. */
	#leaving: Promise<void> | null = null;

	constructor(origin: string) {
		this.#origin = origin;
		this.#browser = new Browser(origin, '', REQUEST_MS);
		this.#api = createApi({
			origin,
			sendBeacon: () => false,
			fetch: (path, init) =>
				fetch(new URL(path as string, origin), {
					...init,
					headers: {
						...(init?.headers as Record<string, string>),
						origin,
						cookie: this.#browser.cookieHeader(origin)
					},
					signal: AbortSignal.timeout(REQUEST_MS)
				})
		});
	}

	get hostname(): string | null {
		return this.#key?.hostname ?? null;
	}

	/** Signs in at the provider's page. */
	async signIn(login: string): Promise<void> {
		const outcome = await this.#signIn(login);
		if (outcome !== OK) throw new Told('sign in', outcome);
	}

	async #signIn(login: string): Promise<Outcome> {
		let page: Page;
		try {
			page = await this.#browser.signIn(login);
		} catch (cause) {
			if (isNoAnswer(cause)) return BROWSER_PAGE;
			throw cause;
		}
		const code = page.headers.get('x-headtab-code');
		if (isErrorCode(code)) return code;
		if (new URL(page.url).origin !== this.#origin) return PROVIDER_PAGE;
		const { person, loginError, linkError } = await this.#api.session();
		const error = loginError ?? linkError;
		if (error !== null) return error.code;
		if (person === null)
			throw new Error(
				`signed out, and nobody said why: ${page.hops.map(({ url, status }) => `${String(status)} ${url}`).join(', ')}`
			);
		return OK;
	}

	/** A key for a node; that of an earlier one is over, and the server is told so, as the window does. */
	async askKey(): Promise<KeyAnswer> {
		if (this.#key !== null) {
			await this.vanish();
			await this.#tellLeft().catch(outcomeOf);
			this.#key = null;
		}
		this.#key = await this.#api.issueKey(AbortSignal.timeout(REQUEST_MS));
		return this.#key;
	}

	/** Makes the window's node and joins it with the key. */
	async join(): Promise<void> {
		const key = this.#key ?? (await this.askKey());
		const node = await GoThread.load({
			headers: { cookie: this.#browser.cookieHeader(this.#origin), origin: this.#origin },
			waitMs: WAIT_MS
		});
		this.#node = node;
		this.#leaving = null;
		await node.start({
			controlUrl: this.#origin,
			preAuthKey: key.preAuthKey,
			hostname: key.hostname,
			reach: { by: 'relay', origin: this.#origin, derp: key.derp }
		});
		const phase = await node.phase('running', 'failed');
		if (phase.at === 'failed') throw new Told('join', phase.error.code);
	}

	/** Tells the server that the node runs, which makes its key worthless. */
	async tellJoined(): Promise<void> {
		if (this.#key !== null) await this.#api.joined(this.#key.hostname);
	}

	/** The target's address, once the node sees it with its SSH. */
	async target(name: string): Promise<string> {
		const peer = await this.#running.peer(name, ({ isOnline, hasTailscaleSsh }) => {
			return isOnline && hasTailscaleSsh;
		});
		return peer.addresses[0] ?? '';
	}

	/** Opens a shell that echoes nothing but what its commands print. */
	async open(address: string, login: string): Promise<Typist> {
		const shell = this.#running.open({ address, login });
		const event = await shell.until('open or end', () =>
			shell.events.find(
				({ kind }) => kind === 'ssh/open' || kind === 'ssh/failed' || kind === 'ssh/exit'
			)
		);
		if (event.kind === 'ssh/failed') throw new Told('open', event.error.code);
		if (event.kind !== 'ssh/open') throw new Told('open', 'it ended at once');
		shell.type('stty -echo\n');
		return new Typist(shell);
	}

	/** The window says goodbye: its node leaves, and the server is told. */
	async leave(): Promise<void> {
		const node = this.#node;
		this.#leaving ??= node === null ? Promise.resolve() : node.logout();
		await this.#leaving.catch(outcomeOf);
		await this.#tellLeft();
	}

	async #tellLeft(): Promise<void> {
		if (this.#key === null) return;
		const body = { hostname: this.#key.hostname };
		try {
			const { status, headers } = await this.#browser.post(`${this.#origin}/api/leave`, body);
			if (status === 204) return;
			const code = headers.get('x-headtab-code');
			if (!isErrorCode(code)) throw new Error(`leave was answered with ${String(status)}`);
			throw new Told('leave', code);
		} catch (cause) {
			if (isNoAnswer(cause)) throw new Told('leave', BROWSER_PAGE);
			throw cause;
		}
	}

	/** Ends its node without a word, as a crash of the browser does. */
	async vanish(): Promise<void> {
		await this.#node?.stop();
		this.#node = null;
	}

	get #running(): GoThread {
		if (this.#node === null) throw new Error('this window has no node');
		return this.#node;
	}
}

/** How a command ended: with its output, with the session, or not at all. */
export type CommandEnd = 'done' | 'lost';

/** Types commands into one shell and keeps account of what came back. */
export class Typist {
	readonly #shell: Shell;
	readonly #typed: number[] = [];
	#last = 0;
	bytes = 0;

	constructor(shell: Shell) {
		this.#shell = shell;
	}

	/** Why the session is over, for messages; null while it is open. */
	get end(): string | null {
		const end = this.#shell.events.find(({ kind }) => kind === 'ssh/failed' || kind === 'ssh/exit');
		return end === undefined ? null : JSON.stringify(end);
	}

	/** Types one line that prints its number, and waits for it. @throws Error when neither it nor an end comes */
	async line(number: number): Promise<CommandEnd> {
		this.send(number);
		return this.settled();
	}

	/** Types such a line, whatever has come back. */
	send(number: number): void {
		this.#typed.push(number);
		this.#last = number;
		this.#shell.type(`echo "<$((${String(number)}))>"\n`);
	}

	/** Waits until the last line has come back. @throws Error when neither it nor an end comes */
	async settled(): Promise<CommandEnd> {
		return this.#until(new RegExp(`<${String(this.#last)}>\\r?\\n`));
	}

	/** Types numbered lines, whatever has come back, until `mayEnd` and some more. @throws BytesWrong */
	async lines(mayEnd: () => boolean): Promise<CommandEnd> {
		for (let after = 0; after < LINES_AFTER && this.end === null; after += mayEnd() ? 1 : 0) {
			this.send(this.#last + 1);
			await afterMs(LINE_MS);
		}
		const end = await this.settled();
		this.check();
		return end;
	}

	/** A big output: so many lines, counted. */
	async flood(lines: number): Promise<CommandEnd> {
		this.#take();
		this.#shell.type(`seq 1 ${String(lines)}; echo "the"-end\n`);
		const end = await this.#until(/the-end/);
		if (end === 'lost') return end;
		const seen = this.#take()
			.split(/\r?\n/)
			.filter((line) => /^\d+$/.test(line));
		const wrong = seen.findIndex((line, i) => line !== String(i + 1));
		if (seen.length !== lines || wrong >= 0)
			throw new BytesWrong(
				`${String(seen.length)} of ${String(lines)} lines of a big output, the first wrong one ${String(wrong)}`
			);
		return end;
	}

	/** Holds the numbers that came back against those that were typed, since the last look.
	 *  @throws BytesWrong when one is missing, doubled or out of order; in a session that was lost the last ones
	 *  may be missing */
	check(): void {
		const seen = [...this.#take().matchAll(/<(\d+)>\r?\n/g)].map(([, number]) => Number(number));
		const typed = this.#typed.splice(0);
		const isInOrder = seen.every((number, i) => number === typed[i]);
		if (isInOrder && (seen.length === typed.length || this.end !== null)) return;
		throw new BytesWrong(`typed ${typed.join(' ')}, came back ${seen.join(' ')}`);
	}

	async close(): Promise<void> {
		this.#shell.close();
		await this.#shell.until('the end', () => this.end ?? undefined);
	}

	#until(pattern: RegExp): Promise<CommandEnd> {
		return this.#shell.until(String(pattern), () => {
			if (pattern.test(this.#shell.text)) return 'done';
			return this.end === null ? undefined : 'lost';
		});
	}

	#take(): string {
		const bytes = this.#shell.takeBytes();
		this.bytes += bytes.length;
		return Buffer.from(bytes).toString('latin1');
	}
}

/** A byte was lost, doubled or out of order. */
export class BytesWrong extends Error {
	override readonly name = 'BytesWrong';
}
