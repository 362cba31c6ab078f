// A TCP proxy before a server that counts and keeps what it carries, both ways, as bytes.
// Node; the tests put it before the app to prove what the server can and cannot see.
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Oldest bytes are dropped beyond this. */
const KEPT_BYTES = 64 * 1024 * 1024;

export interface RecordingProxy {
	/** Where it listens, e.g. `http://localhost:1234`. */
	readonly origin: string;
	readonly port: number;
	/** Everything carried since the last `forget`, in the order of arrival, both directions. */
	recorded(): Buffer;
	forget(): void;
	/** Ends every connection, as a network change does; new ones are carried. */
	cut(): void;
	/** Cuts once, when so many more bytes have been carried: in the middle of a download. */
	cutAfter(sizeBytes: number): void;
	/** Refuses new connections and ends the present ones until `resume`. */
	pause(): void;
	resume(): void;
	stop(): Promise<void>;
}

/** Listens on `port` of localhost and carries to `targetPort`. */
export async function startProxy(options: {
	readonly port: number;
	readonly targetPort: number;
}): Promise<RecordingProxy> {
	const { port, targetPort } = options;
	const sockets = new Set<Socket>();
	let chunks: Buffer[] = [];
	let sizeBytes = 0;
	let isPaused = false;
	let untilCutBytes = Infinity;

	const keep = (chunk: Buffer) => {
		chunks.push(chunk);
		sizeBytes += chunk.length;
		while (sizeBytes > KEPT_BYTES) sizeBytes -= chunks.shift()?.length ?? 0;
		untilCutBytes -= chunk.length;
		if (untilCutBytes > 0) return;
		untilCutBytes = Infinity;
		cut();
	};
	const carry = (from: Socket, to: Socket) => {
		sockets.add(from);
		from.setNoDelay(true);
		from.on('data', keep);
		from.pipe(to);
		// One side's end, clean or not, is the other's.
		from.on('error', () => to.destroy());
		from.on('close', () => {
			sockets.delete(from);
			to.destroy();
		});
	};
	const onConnection = (client: Socket) => {
		if (isPaused) {
			client.destroy();
			return;
		}
		const upstream = connect(targetPort, '127.0.0.1');
		carry(client, upstream);
		carry(upstream, client);
	};
	const cut = () => {
		for (const socket of sockets) socket.destroy();
	};

	const servers = [await listen('127.0.0.1', port, onConnection)];
	// Browsers try ::1 first for localhost; a machine without IPv6 has none to try.
	const second = await listen('::1', port, onConnection).catch(() => null);
	if (second !== null) servers.push(second);

	return {
		origin: `http://localhost:${String(port)}`,
		port,
		recorded: () => Buffer.concat(chunks),
		forget: () => {
			chunks = [];
			sizeBytes = 0;
		},
		cut,
		cutAfter: (bytes) => {
			untilCutBytes = bytes;
		},
		pause: () => {
			isPaused = true;
			cut();
		},
		resume: () => {
			isPaused = false;
		},
		stop: async () => {
			cut();
			await Promise.all(
				servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
			);
		}
	};
}

async function listen(
	host: string,
	port: number,
	onConnection: (socket: Socket) => void
): Promise<Server> {
	return new Promise((resolve, reject) => {
		const server = createServer(onConnection);
		server.on('error', reject);
		server.listen(port, host, () => resolve(server));
	});
}
