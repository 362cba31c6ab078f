// The built server with a real Headscale and a real provider of its own, in a folder that goes with them; what needs
// neither takes BareApp. Used by the tests of this folder.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type AppOptions } from '../../../stack/app';
import { freePort } from '../../../stack/ports';
import type { StackProcess } from '../../../stack/process';
import { startTailnet, type Tailnet, type TailnetOptions } from '../../../stack/tailnet';
import { Browser } from './browser';

type Environment = NonNullable<AppOptions['env']>;
interface Prepared extends Partial<Omit<TailnetOptions, 'stateDir' | 'appOrigin'>> {
	/** Where people reach the server; itself unless a proxy stands before it. */
	readonly origin?: string;
}

export class TailnetApp {
	readonly tailnet: Tailnet;
	readonly origin: string;
	/** For what a test keeps, too. */
	readonly folder: string;
	/** As the server runs, or ran last. */
	options: AppOptions;
	#process: StackProcess | null = null;

	private constructor(folder: string, tailnet: Tailnet, options: AppOptions) {
		this.folder = folder;
		this.tailnet = tailnet;
		this.options = options;
		this.origin = options.origin;
	}

	/** Starts all but the server; without machines unless they are named. */
	static async prepare({ origin: publicOrigin, ...parts }: Prepared = {}): Promise<TailnetApp> {
		const folder = mkdtempSync(join(tmpdir(), 'headtab-app-'));
		const port = await freePort();
		const origin = publicOrigin ?? `http://127.0.0.1:${String(port)}`;
		const tailnet = await startTailnet({
			targets: [],
			...parts,
			stateDir: join(folder, 'tailnet'),
			appOrigin: origin
		});
		const { headscale, oidc, client } = tailnet;
		const stateDir = join(folder, 'app');
		return new TailnetApp(folder, tailnet, { stateDir, port, origin, headscale, oidc, client });
	}

	/** The server that runs. @throws Error when none was started */
	get process(): StackProcess {
		if (this.#process === null) throw new Error('the server was not started');
		return this.#process;
	}

	/** Starts the server, as it ran last unless told how. */
	async start(env: Environment = this.options.env ?? {}): Promise<void> {
		this.options = { ...this.options, env };
		this.#process = await startApp(this.options);
	}

	/** Ends the server alone. */
	async stop(): Promise<void> {
		await this.#process?.stop();
	}

	async dispose(): Promise<void> {
		await this.stop();
		await this.tailnet.stop();
		rmSync(this.folder, { recursive: true });
	}

	/** All that the server has said, of every run. */
	log(): string {
		return readFileSync(join(this.options.stateDir, 'headtab.log'), 'utf8');
	}

	/** A browser whose person has signed in. */
	async signedIn(login: string): Promise<Browser> {
		const browser = new Browser(this.origin);
		await browser.signIn(login);
		return browser;
	}
}
