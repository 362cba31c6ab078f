// The built server with neither a Headscale nor a provider of its own: for answers that need none, or that only
// a hostile one gives. Used by the tests of headers and of the neighbours' advisories.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CookieNames } from '$lib/server/session/cookies';
import { LoginSessions, type HeadscaleUser } from '$lib/server/session/login-session';
import { freePort } from '../../../stack/ports';
import { StackProcess } from '../../../stack/process';
import { ROOT } from '../../../stack/versions';
import { deadUrl } from './stub';

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	/** Names as they were sent, in their order. */
	readonly names: readonly string[];
	readonly text: string;
	json(): unknown;
}

export interface Ask {
	readonly method?: string;
	/** null leaves one of our own out. */
	readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
	readonly body?: string;
}

export interface BareAppOptions {
	readonly origin?: string;
	readonly headscaleUrl?: string;
	readonly issuer?: string;
	readonly env?: Readonly<Record<string, string>>;
}

export const BARE_API_KEY = `hskey-api-abcdef012345-${'s'.repeat(64)}`;
export const BARE_CLIENT_SECRET = 'a:b%+/= ü&';

export class BareApp {
	readonly origin: string;
	readonly port: number;
	readonly cookies: CookieNames;
	readonly sessionKey: Uint8Array;
	readonly #folder: string;
	readonly #process: StackProcess;

	private constructor(parts: {
		readonly origin: string;
		readonly port: number;
		readonly sessionKey: Uint8Array;
		readonly folder: string;
		readonly process: StackProcess;
	}) {
		this.origin = parts.origin;
		this.port = parts.port;
		this.sessionKey = parts.sessionKey;
		this.cookies = new CookieNames(parts.origin);
		this.#folder = parts.folder;
		this.#process = parts.process;
	}

	/** @param options.origin where people reach it, as a proxy before it would say */
	static async start(options: BareAppOptions = {}): Promise<BareApp> {
		const folder = mkdtempSync(join(tmpdir(), 'headtab-bare-'));
		const port = await freePort();
		const origin = options.origin ?? `http://127.0.0.1:${String(port)}`;
		const sessionKey = randomBytes(32);
		const dead = await deadUrl();
		const process_ = new StackProcess({
			name: 'headtab',
			command: process.execPath,
			args: [join(ROOT, 'build', 'main.js')],
			cwd: ROOT,
			logFile: join(folder, 'headtab.log'),
			env: {
				NODE_ENV: 'production',
				HEADTAB_ORIGIN: origin,
				HEADTAB_HOST: '127.0.0.1',
				HEADTAB_PORT: String(port),
				HEADTAB_HEADSCALE_URL: options.headscaleUrl ?? dead,
				HEADTAB_HEADSCALE_API_KEY: BARE_API_KEY,
				HEADTAB_OIDC_ISSUER: options.issuer ?? dead,
				HEADTAB_OIDC_CLIENT_ID: 'head:tab',
				HEADTAB_OIDC_CLIENT_SECRET: BARE_CLIENT_SECRET,
				HEADTAB_SESSION_KEYS: Buffer.from(sessionKey).toString('base64'),
				HEADTAB_AGENT: 'off',
				HEADTAB_JANITOR: 'off',
				HEADTAB_LOG_LEVEL: 'debug',
				...options.env
			}
		});
		try {
			await process_.waitForUrl(`http://127.0.0.1:${String(port)}/healthz`);
		} catch (cause) {
			await process_.stop();
			throw cause;
		}
		return new BareApp({ origin, port, sessionKey, folder, process: process_ });
	}

	async stop(): Promise<void> {
		await this.#process.stop();
		rmSync(this.#folder, { recursive: true, force: true });
	}

	log(): string {
		return readFileSync(join(this.#folder, 'headtab.log'), 'utf8');
	}

	/** The `Cookie` header of somebody who has signed in as this Headscale user. */
	async cookieOf(user: HeadscaleUser, sub = user.name): Promise<string> {
		const sessions = new LoginSessions({
			config: { sessionKeys: [this.sessionKey], sessionIdleS: 3600, sessionAbsoluteS: 7200 },
			now: Date.now
		});
		const session = sessions.start(
			{ iss: 'https://id.example.com', sub, name: sub, email: '', isEmailVerified: false },
			{ headscaleUser: user, linkError: null }
		);
		return `${this.cookies.session}=${await sessions.seal(session)}`;
	}

	/** One request, its path as it is given: no client tidies it up, and no redirect is followed. */
	ask(path: string, ask: Ask = {}): Promise<Answer> {
		const method = ask.method ?? 'GET';
		const headers: Record<string, string | readonly string[] | null> = {
			host: new URL(this.origin).host,
			...(method === 'GET' || method === 'HEAD' ? {} : { origin: this.origin }),
			...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
			...ask.headers
		};
		return new Promise((resolve, reject) => {
			const request = httpRequest({
				host: '127.0.0.1',
				port: this.port,
				path,
				method,
				agent: false,
				headers: Object.fromEntries(
					Object.entries(headers).filter(
						(entry): entry is [string, string | string[]] => entry[1] !== null
					)
				)
			});
			request.on('error', reject);
			request.on('upgrade', (_, socket) => {
				socket.destroy();
				reject(new Error('it became a WebSocket'));
			});
			request.on('response', (response) => {
				const chunks: Buffer[] = [];
				response.on('data', (chunk: Buffer) => chunks.push(chunk));
				response.on('error', reject);
				response.on('end', () => {
					const text = Buffer.concat(chunks).toString('utf8');
					resolve({
						status: response.statusCode ?? 0,
						headers: response.headers,
						names: response.rawHeaders.filter((_, index) => index % 2 === 0),
						text,
						json: () => JSON.parse(text) as unknown
					});
				});
			});
			request.end(ask.body);
		});
	}

	/** A request to become a WebSocket of the relay. */
	askUpgrade(path: string, ask: Ask = {}): Promise<Answer> {
		return this.ask(path, {
			...ask,
			headers: {
				connection: 'Upgrade',
				upgrade: 'websocket',
				'sec-websocket-version': '13',
				'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
				'sec-websocket-protocol': 'derp',
				origin: this.origin,
				...ask.headers
			}
		});
	}

	/** Sends bytes as they are. @returns what comes back until the server hangs up */
	raw(bytes: string): Promise<string> {
		return new Promise((resolve, reject) => {
			const socket = connect({ host: '127.0.0.1', port: this.port });
			let text = '';
			socket.setEncoding('latin1');
			socket.on('data', (chunk: string) => (text += chunk));
			socket.on('error', reject);
			socket.on('close', () => resolve(text));
			socket.write(bytes);
		});
	}
}
