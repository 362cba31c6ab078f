// Valkey or Redis for a test: the real one where it is installed, else a small stand-in that speaks the
// few commands of the lease. Both on a free port of loopback, without a disk.
import { createServer, type Socket } from 'node:net';
import { freePort } from '../../../stack/ports';
import { StackProcess } from '../../../stack/process';
import { sharedStoreProgram } from '../../../stack/setup.mjs';

export interface RedisHandle {
	readonly url: string;
	readonly isReal: boolean;
	stop(): Promise<void>;
	/** Ends it with SIGKILL. */
	kill(): Promise<void>;
}

/** The real one, empty, for what a stand-in cannot show. */
export async function startRealRedis(port: number): Promise<RedisHandle> {
	if (sharedStoreProgram() === null)
		throw new Error('this test needs redis-server or valkey-server: node stack/setup.mjs --all');
	return startRedis({ port });
}

export async function startRedis(
	options: { readonly isStandIn?: boolean; readonly port?: number } = {}
): Promise<RedisHandle> {
	const port = options.port ?? (await freePort());
	const url = `redis://127.0.0.1:${String(port)}/0`;
	const binary = options.isStandIn === true ? null : sharedStoreProgram();
	if (binary === null) {
		const stop = await standIn(port);
		return { url, isReal: false, stop, kill: stop };
	}
	const child = new StackProcess({
		name: 'redis',
		command: binary,
		args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
	});
	await child.waitForLine(/Ready to accept connections/);
	return { url, isReal: true, stop: () => child.stop(), kill: () => child.kill() };
}

/** SET … PX … NX, GET, and the lease's two scripts, over RESP. */
async function standIn(port: number): Promise<() => Promise<void>> {
	const values = new Map<string, { readonly value: string; readonly untilMs: number }>();
	const get = (key: string): string | null => {
		const found = values.get(key);
		return found !== undefined && found.untilMs > Date.now() ? found.value : null;
	};
	const answer = (words: readonly string[]): string => {
		const [name = '', ...rest] = words;
		switch (name.toLowerCase()) {
			case 'set': {
				const [key = '', value = '', , ttl = '0'] = rest;
				if (get(key) !== null) return '$-1\r\n';
				values.set(key, { value, untilMs: Date.now() + Number(ttl) });
				return '+OK\r\n';
			}
			case 'eval': {
				const [script = '', , key = '', holder = '', ttl = '0'] = rest;
				if (get(key) !== holder) return ':0\r\n';
				if (script.includes('pexpire'))
					values.set(key, { value: holder, untilMs: Date.now() + Number(ttl) });
				else values.delete(key);
				return ':1\r\n';
			}
			case 'info':
				return '$12\r\nloading:0\r\n\r\n\r\n'.replace('$12', '$13');
			default:
				return '+OK\r\n';
		}
	};
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		let text = '';
		socket.setEncoding('latin1');
		socket.on('error', () => socket.destroy());
		socket.on('data', (chunk: string) => {
			text += chunk;
			for (let taken = parse(text); taken !== null; taken = parse(text)) {
				text = text.slice(taken.length);
				socket.write(answer(taken.words));
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	return async () => {
		for (const socket of sockets) socket.destroy();
		await new Promise<void>((resolve) => server.close(() => resolve()));
	};
}

/** The first whole command in the text, `*n` of `$length` words; null while it is not all there. */
function parse(
	text: string
): { readonly words: readonly string[]; readonly length: number } | null {
	const head = /^\*(\d+)\r\n/.exec(text);
	if (head === null) return null;
	const words: string[] = [];
	let at = head[0].length;
	for (let i = 0; i < Number(head[1]); i++) {
		const size = /^\$(\d+)\r\n/.exec(text.slice(at));
		if (size === null) return null;
		const begin = at + size[0].length;
		const end = begin + Number(size[1]);
		if (text.length < end + 2) return null;
		words.push(text.slice(begin, end));
		at = end + 2;
	}
	return { words, length: at };
}
