// stack/go/cmd/oddssh behind a port of a target: plain SSH servers with whatever fault a test needs.
import { freePort } from '../../../stack/ports';
import { StackProcess } from '../../../stack/process';
import type { Tailscaled } from '../../../stack/tailscaled';
import { binaries } from '../../../stack/versions';

export class OddSsh {
	readonly #running: StackProcess[] = [];

	/** Starts a server and gives the port at which the target offers it. */
	async behind(target: Tailscaled, ...flags: readonly string[]): Promise<number> {
		return this.expose(target, await this.serve(...flags));
	}

	/** Starts a server on this machine's loopback and gives its port. */
	async serve(...flags: readonly string[]): Promise<number> {
		const port = await freePort();
		const server = new StackProcess({
			name: 'oddssh',
			command: binaries().oddssh,
			args: [`-listen=127.0.0.1:${String(port)}`, ...flags]
		});
		this.#running.push(server);
		await server.waitForLine(/listening/);
		return port;
	}

	/** Waits until one of the servers says something. */
	async says(pattern: RegExp): Promise<void> {
		await Promise.any(this.#running.map((server) => server.waitForLine(pattern)));
	}

	/** Has the target offer a port of this machine's loopback under its number. */
	async expose(target: Tailscaled, port: number): Promise<number> {
		await target.cli('serve', '--bg', '--tcp', String(port), `tcp://127.0.0.1:${String(port)}`);
		return port;
	}

	async stop(): Promise<void> {
		await Promise.all(this.#running.map((server) => server.stop()));
	}
}
