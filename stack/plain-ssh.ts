// What answers on port 22 of plain-1, the machine without Tailscale SSH: a plain SSH server with a
// password, something that is no SSH at all, or nothing. Node; used by the demo and the tests.
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { freePort } from './ports';
import { StackProcess } from './process';
import type { Tailscaled } from './tailscaled';
import { binaries } from './versions';

/** `normal` and the misbehaviours of stack/go/cmd/oddssh, `http` for a web server, `closed` for nothing. */
export type PlainMode = 'normal' | 'http' | 'closed' | (string & {});

export class PlainSsh {
	readonly login = 'plain';
	readonly password = 'plain';
	readonly #target: Tailscaled;
	readonly #stateDir: string;
	#ssh: StackProcess | null = null;
	#http: Server | null = null;

	/** @param stateDir folder for its host key and log; a kept host key stays the same over restarts */
	constructor(target: Tailscaled, stateDir: string) {
		this.#target = target;
		this.#stateDir = stateDir;
	}

	/** Puts something else behind port 22. Sessions of the former end. */
	async serve(mode: PlainMode): Promise<void> {
		await this.stop();
		if (mode === 'closed') {
			await this.#target.servePort22(null);
			return;
		}
		const port = await freePort();
		if (mode === 'http') await this.#startHttp(port);
		else await this.#startSsh(port, mode);
		await this.#target.servePort22(port);
	}

	/** The running SSH server, for a caller that watches for crashes. */
	get process(): StackProcess | null {
		return this.#ssh;
	}

	async stop(): Promise<void> {
		await this.#ssh?.stop();
		this.#ssh = null;
		const http = this.#http;
		this.#http = null;
		if (http === null) return;
		await new Promise<void>((resolve) => {
			http.close(() => resolve());
			http.closeAllConnections();
		});
	}

	async #startSsh(port: number, mode: string): Promise<void> {
		this.#ssh = new StackProcess({
			name: 'plain-ssh',
			command: binaries().oddssh,
			args: [
				`-mode=${mode}`,
				`-listen=127.0.0.1:${String(port)}`,
				`-user=${this.login}`,
				`-password=${this.password}`,
				`-hostkey=${join(this.#stateDir, 'host-key')}`
			],
			logFile: join(this.#stateDir, 'plain-ssh.log')
		});
		await this.#ssh.waitForLine(/listening/i);
	}

	async #startHttp(port: number): Promise<void> {
		const server = createServer((_, response) => response.end('not ssh'));
		await new Promise<void>((resolve, reject) => {
			server.on('error', reject);
			server.listen(port, '127.0.0.1', resolve);
		});
		this.#http = server;
	}
}
