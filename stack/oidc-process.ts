// The OpenID provider in a process of its own, so that a test can kill it. Sign-ins at the provider are in its
// memory and end with it; its keys are kept. Node; used by tests instead of oidc.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OidcClient, OidcHandle, OidcOptions } from './oidc';
import { StackProcess } from './process';
import { ROOT } from './versions';

export class OidcProcess implements OidcHandle {
	readonly issuer: string;
	readonly #options: OidcOptions;
	readonly #stateDir: string;
	readonly #clients = new Map<string, OidcClient>();
	#process: StackProcess | null = null;

	/** @param stateDir for its options and log */
	constructor(options: OidcOptions, stateDir: string) {
		this.issuer = options.issuer ?? `http://127.0.0.1:${String(options.port)}`;
		this.#options = options;
		this.#stateDir = stateDir;
		for (const client of options.clients) this.#clients.set(client.id, client);
	}

	get #file(): string {
		return join(this.#stateDir, 'oidc-options.json');
	}

	addClient(client: OidcClient): void {
		this.#clients.set(client.id, client);
		this.#write();
		this.#process?.signal('SIGHUP');
	}

	async start(): Promise<void> {
		if (this.#process !== null && !this.#process.hasExited) return;
		this.#write();
		const child = new StackProcess({
			name: 'oidc',
			command: process.execPath,
			args: ['--import', 'tsx', join(ROOT, 'stack', 'oidc-main.ts'), this.#file],
			// A test runner's own switches are not its.
			env: { NODE_OPTIONS: undefined },
			cwd: ROOT,
			logFile: join(this.#stateDir, 'oidc.log')
		});
		this.#process = child;
		await child.waitForLine(/^provider answers/);
	}

	async stop(): Promise<void> {
		await this.#process?.stop();
	}

	/** Ends it with SIGKILL. */
	async kill(): Promise<void> {
		await this.#process?.kill();
	}

	#write(): void {
		mkdirSync(this.#stateDir, { recursive: true });
		const options: OidcOptions = { ...this.#options, clients: [...this.#clients.values()] };
		// Secrets of clients are in it.
		writeFileSync(this.#file, JSON.stringify(options), { mode: 0o600 });
	}
}
