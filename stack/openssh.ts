// OpenSSH's own server on loopback, with a password, as machines without Tailscale SSH have it: one account for
// each shell of this machine. Node, Linux, root (it reads passwords); the tests put it behind a target's port.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTarget, targetLogins } from './linux-login';
import { freePort } from './ports';
import { run, StackProcess } from './process';
import { findSshServer } from './setup.mjs';

/** Login shells that the accounts may have, as far as the machine has them. */
const SHELLS = ['bash', 'dash', 'zsh', 'fish'];

/** Own /run: sshd wants a folder there, and its key leaves with it. */
const SERVE = `
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd
ssh-keygen -q -t ed25519 -N '' -f /run/host-key
exec "$@"
`;

export class OpenSsh {
	readonly password = 'plain';
	/** On this machine's loopback. */
	readonly port: number;
	/** Account `demo-SHELL` has that shell. */
	readonly shells: readonly string[];
	readonly #process: StackProcess;
	readonly #folder: string;

	private constructor(parts: {
		readonly port: number;
		readonly shells: readonly string[];
		readonly process: StackProcess;
		readonly folder: string;
	}) {
		this.port = parts.port;
		this.shells = parts.shells;
		this.#process = parts.process;
		this.#folder = parts.folder;
	}

	/** @throws Error on a machine that has no sshd, or lets nobody make private views */
	static async start(name: string): Promise<OpenSsh> {
		const sshd = findSshServer();
		if (sshd === null || !targetLogins().isPrivate)
			throw new Error('OpenSSH’s server needs root and its package: node stack/setup.mjs --all');
		const folder = mkdtempSync(join(tmpdir(), 'headtab-sshd-'));
		const port = await freePort();
		const target = onTarget(name, folder, {
			command: 'sh',
			args: [
				'-c',
				SERVE,
				'sh',
				sshd,
				'-D',
				'-e',
				...['-f', '/dev/null', '-h', '/run/host-key'],
				...Object.entries({
					ListenAddress: `127.0.0.1:${String(port)}`,
					PidFile: 'none',
					UsePAM: 'no',
					PasswordAuthentication: 'yes',
					KbdInteractiveAuthentication: 'no',
					// Three passwords, all that a client tries, are below the default of six.
					MaxAuthTries: '2'
				}).flatMap(([option, value]) => ['-o', `${option}=${value}`])
			]
		});
		const shells = SHELLS.filter((shell) => existsSync(`/bin/${shell}`));
		await addAccounts(folder, shells, String(target.uid));
		const process = new StackProcess({
			name: 'sshd',
			command: target.command,
			args: target.args,
			env: target.env
		});
		const server = new OpenSsh({ port, shells, process, folder });
		try {
			await process.waitForLine(/Server listening/);
		} catch (cause) {
			await server.stop();
			throw cause;
		}
		return server;
	}

	async stop(): Promise<void> {
		await this.#process.stop();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

/** In the view's own files, which exist before the server enters it. */
async function addAccounts(viewDir: string, shells: readonly string[], uid: string): Promise<void> {
	const hash = (await run('openssl', ['passwd', '-6', 'plain'])).trim();
	const add = (file: string, lineOf: (shell: string) => string) => {
		const path = join(viewDir, file);
		writeFileSync(path, `${readFileSync(path, 'utf8')}${shells.map(lineOf).join('')}`);
	};
	add('passwd', (shell) => `demo-${shell}:x:${uid}:${uid}::/home/demo:/bin/${shell}\n`);
	add('shadow', (shell) => `demo-${shell}:${hash}:19000:0:99999:7:::\n`);
}
