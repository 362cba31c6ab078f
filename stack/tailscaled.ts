// One target: a real tailscaled in userspace networking that has joined the tailnet.
// Node; used by the demo and the tests. `new Tailscaled(…)`, start(), stop().
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Headscale } from './headscale';
import { onTarget } from './linux-login';
import { run, StackProcess, waitFor } from './process';
import { binaries } from './versions';

/** A kept node that has not come up by then was removed at Headscale: it joins anew. */
const REJOIN_TIMEOUT_S = 15;
const JOIN_TIMEOUT_S = 60;

export interface TailscaledOptions {
	/** Name in the tailnet and host name of its shells. */
	readonly name: string;
	/** Folder for its state, homes and log; kept over restarts. */
	readonly stateDir: string;
	readonly headscaleUrl: string;
	/** Tailscale SSH on. */
	readonly hasSsh: boolean;
	/** Makes the single-use key of the first join; not called when the kept node still belongs. */
	readonly preAuthKey: () => Promise<string>;
	/** More environment, e.g. upstream's debug switches. */
	readonly env?: Readonly<Record<string, string>>;
}

/** Part of `tailscale status --json` that the stack reads. */
export interface TailscaleStatus {
	readonly BackendState: string;
	/** Page at which a person adds the node; empty unless it waits for one. */
	readonly AuthURL: string;
	readonly Self: {
		readonly HostName: string;
		readonly TailscaleIPs: readonly string[] | null;
		readonly Online: boolean;
		/** Code of its home DERP region; empty before there is one. */
		readonly Relay: string;
		readonly sshHostKeys?: readonly string[];
	};
}

export class Tailscaled {
	readonly name: string;
	readonly #options: TailscaledOptions;
	readonly #socketDir: string;
	readonly #socket: string;
	#process: StackProcess | null = null;

	constructor(options: TailscaledOptions) {
		this.name = options.name;
		this.#options = options;
		// Paths of Unix sockets end at 107 bytes, so they lie in a short folder of their own.
		this.#socketDir = mkdtempSync(join(tmpdir(), 'headtab-ts-'));
		this.#socket = join(this.#socketDir, 'ts.sock');
	}

	/** The running process, for a caller that watches for crashes. */
	get process(): StackProcess | null {
		return this.#process;
	}

	/** Starts the daemon and waits until its node runs. Does nothing while it does. */
	async start(): Promise<void> {
		if (this.#process !== null && !this.#process.hasExited) return;
		const hasState = existsSync(this.#stateFile);
		await this.#spawn();
		if (hasState) {
			try {
				await this.#up(null, REJOIN_TIMEOUT_S);
				return;
			} catch (cause) {
				// Headscale forgot the node (or an admin removed it): join as a new one.
				if (this.#process?.hasExited === true) throw cause;
				await this.#process?.stop();
				rmSync(this.#stateFile);
				await this.#spawn();
			}
		}
		await this.#up(await this.#options.preAuthKey(), JOIN_TIMEOUT_S);
	}

	/** Starts the daemon and joins without a key, as a person's machine does.
	 *  @param open signs in at the page that the daemon names */
	async startByPerson(open: (url: string) => Promise<void>): Promise<void> {
		await this.#spawn();
		const opened = (async () => {
			let url = '';
			await waitFor(async () => (url = (await this.status()).AuthURL) !== '', {
				what: `${this.name}’s page to sign in at`
			});
			await open(url);
		})();
		await Promise.all([this.#up(null, JOIN_TIMEOUT_S), opened]);
	}

	/** Ends the daemon; the node stays in the tailnet, offline. */
	async stop(): Promise<void> {
		await this.#process?.stop();
	}

	/** Ends it for good: its socket folder goes, too. */
	async dispose(): Promise<void> {
		await this.stop();
		rmSync(this.#socketDir, { recursive: true, force: true });
	}

	/** Runs `tailscale` against this daemon. */
	async cli(...args: readonly string[]): Promise<string> {
		return run(binaries().tailscale, ['--socket', this.#socket, ...args], {
			timeoutMs: (JOIN_TIMEOUT_S + 10) * 1000
		});
	}

	/** Path of its control socket, for a native `tailscale` client (bench). */
	get socket(): string {
		return this.#socket;
	}

	async status(): Promise<TailscaleStatus> {
		return JSON.parse(await this.cli('status', '--json')) as TailscaleStatus;
	}

	/** Tailscale addresses, IPv4 first. */
	async addresses(): Promise<readonly string[]> {
		return (await this.status()).Self.TailscaleIPs ?? [];
	}

	/** Sends port 22 of the node to a port of this machine's loopback; null leaves nothing there. */
	async servePort22(localPort: number | null): Promise<void> {
		await this.cli('serve', 'reset');
		if (localPort !== null) {
			await this.cli('serve', '--bg', '--tcp', '22', `tcp://127.0.0.1:${String(localPort)}`);
		}
	}

	get #stateFile(): string {
		return join(this.#options.stateDir, 'tailscaled.state');
	}

	async #spawn(): Promise<void> {
		const { name, stateDir } = this.#options;
		mkdirSync(stateDir, { recursive: true });
		rmSync(this.#socket, { force: true });
		const { command, args, env } = onTarget(name, join(stateDir, 'view'), {
			command: binaries().tailscaled,
			args: [
				'--tun=userspace-networking',
				`--statedir=${stateDir}`,
				`--socket=${this.#socket}`,
				'--port=0',
				'--no-logs-no-support'
			]
		});
		const child = new StackProcess({
			name,
			command,
			args,
			env: {
				...env,
				// The tailnet's DERP is plain http on loopback, unless a proxy stands before it.
				...(this.#options.headscaleUrl.startsWith('http:') ? { TS_DEBUG_USE_DERP_HTTP: '1' } : {}),
				TS_DISABLE_PORTMAPPER: '1',
				...this.#options.env,
				// Nothing of the machine's own service manager belongs to a target.
				NOTIFY_SOCKET: undefined
			},
			logFile: join(stateDir, 'tailscaled.log')
		});
		this.#process = child;
		await waitFor(
			() => {
				if (child.hasExited) throw new Error(`${name} ended:\n${child.tail()}`);
				return existsSync(this.#socket);
			},
			{ what: `${name}’s socket`, detail: () => child.tail() }
		);
	}

	async #up(preAuthKey: string | null, timeoutS: number): Promise<void> {
		const { name, headscaleUrl, hasSsh } = this.#options;
		const args = [
			'up',
			'--reset',
			`--login-server=${headscaleUrl}`,
			`--hostname=${name}`,
			'--accept-dns=false',
			`--timeout=${String(timeoutS)}s`,
			...(hasSsh ? ['--ssh'] : [])
		];
		if (preAuthKey === null) {
			await this.cli(...args);
			return;
		}
		// In a file: a key on a command line is everybody's to read.
		const keyFile = join(this.#socketDir, 'key');
		writeFileSync(keyFile, preAuthKey, { mode: 0o600 });
		try {
			await this.cli(...args, `--auth-key=file:${keyFile}`);
		} finally {
			rmSync(keyFile, { force: true });
		}
	}
}

/** A machine that belongs to a tag. @param options.folder its state is in one of its name there */
export const taggedMachine = (options: {
	readonly headscale: Headscale;
	readonly folder: string;
	readonly name: string;
	/** `tag:web` */
	readonly tag: string;
	readonly hasSsh: boolean;
}): Tailscaled => {
	const { headscale, folder, name, tag, hasSsh } = options;
	return new Tailscaled({
		name,
		stateDir: join(folder, name),
		headscaleUrl: headscale.url,
		hasSsh,
		preAuthKey: async () => (await headscale.createPreAuthKey({ tags: [tag] })).key
	});
};
