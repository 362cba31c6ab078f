// What answers on port 22 of plain-1, the machine without Tailscale SSH: a plain SSH server with a
// password, something that is no SSH at all, or nothing. Node; used by the demo and the tests.
import { chownSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTarget, targetHome, targetLogins } from './linux-login';
import { freePort } from './ports';
import { StackProcess } from './process';
import type { Tailscaled } from './tailscaled';
import { binaries } from './versions';

/** `normal` and the misbehaviours of stack/go/cmd/oddssh (`http`, `close-early`, …); `closed` for nothing. */
export type PlainMode = 'normal' | 'closed' | (string & {});

/** Makes `normal` say tailscaled's words for a policy with `users: ["*"]`, which Headscale refuses to load since 0.29. */
export const WILDCARD_BANNER = '-banner=tailscale: failed to look up local user \\"*\\" \\n';

export class PlainSsh {
	/** Shells run as this account. */
	readonly login = targetLogins().login;
	readonly password = 'plain';
	readonly #target: Tailscaled;
	readonly #stateDir: string;
	#process: StackProcess | null = null;

	/** @param stateDir the target's; a kept host key stays the same over restarts */
	constructor(target: Tailscaled, stateDir: string) {
		this.#target = target;
		this.#stateDir = stateDir;
	}

	/** Puts something else behind port 22. Sessions of the former end.
	 *  @param args more options of oddssh */
	async serve(mode: PlainMode, args: readonly string[] = []): Promise<void> {
		await this.stop();
		if (mode === 'closed') {
			await this.#target.servePort22(null);
			return;
		}
		const port = await freePort();
		await this.#startSsh(port, [`-mode=${mode}`, ...args]);
		await this.#target.servePort22(port);
	}

	/** The running SSH server, for a caller that watches for crashes. */
	get process(): StackProcess | null {
		return this.#process;
	}

	async stop(): Promise<void> {
		await this.#process?.stop();
		this.#process = null;
	}

	async #startSsh(port: number, args: readonly string[]): Promise<void> {
		const viewDir = join(this.#stateDir, 'view');
		const { isPrivate } = targetLogins();
		// Where the unprivileged account can reach them, wherever the clone lies.
		const home = join(targetHome(viewDir), '.oddssh');
		mkdirSync(home, { recursive: true });
		copyFileSync(binaries().oddssh, join(home, 'oddssh'));
		const inside = isPrivate ? `/home/${this.login}/.oddssh` : home;
		const {
			command,
			args: options,
			env,
			uid
		} = onTarget('plain-1', viewDir, {
			command: join(inside, 'oddssh'),
			args: [
				`-listen=127.0.0.1:${String(port)}`,
				`-user=${this.login}`,
				`-password=${this.password}`,
				`-hostkey=${join(inside, 'host-key')}`,
				...args
			],
			isUnprivileged: true
		});
		// It writes its host key there.
		if (uid !== null) chownSync(home, uid, uid);
		this.#process = new StackProcess({
			name: 'plain-ssh',
			command,
			args: options,
			env,
			logFile: join(this.#stateDir, 'plain-ssh.log')
		});
		await this.#process.waitForLine(/listening/i);
	}
}
