// N4: DERP regions that die under an open shell. The Go node in Node, a real Headscale with its DERP and STUN
// servers, and two ways to those, each a region, that can be cut one by one.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, freeUdpPort } from '../../../stack/ports';
import { waitFor } from '../../../stack/process';
import { startProxy, type RecordingProxy } from '../../../stack/proxy';
import { relayTo } from './bare-relay';
import type { GoThread, Shell } from './go-thread';
import { TestTailnet } from './tailnet';

/** Both ends leave a region only when it was silent for 8 s, and TCP's own wait has doubled meanwhile. */
const MOVED_MS = 120_000;
const TEST_MS = 4 * MOVED_MS;
const FIRST_ID = 997;
const HOSTS = ['localhost', '127.0.0.1'];

/** A way to the DERP and the STUN server, each alive or dead. */
class Region {
	readonly #stun: Socket;
	readonly #askers = new Map<number, Socket>();
	#isMute = false;

	private constructor(
		readonly derp: RecordingProxy,
		stun: Socket,
		targetPort: number
	) {
		this.#stun = stun;
		stun.on('message', (question, { port, address }) => {
			if (this.#isMute) return;
			let asker = this.#askers.get(port);
			if (asker === undefined) {
				asker = createSocket('udp4');
				asker.on('message', (answer) => stun.send(answer, port, address));
				this.#askers.set(port, asker);
			}
			asker.send(question, targetPort, '127.0.0.1');
		});
	}

	static async start(targets: { readonly derp: number; readonly stun: number }): Promise<Region> {
		const stun = createSocket('udp4');
		stun.bind(0, '127.0.0.1');
		await once(stun, 'listening');
		const derp = await startProxy({ port: await freePort(), targetPort: targets.derp });
		return new Region(derp, stun, targets.stun);
	}

	get stunPort(): number {
		return this.#stun.address().port;
	}

	/** What of it lives from now on. */
	lives(...parts: readonly ('derp' | 'stun')[]): void {
		this.#isMute = !parts.includes('stun');
		if (parts.includes('derp')) this.derp.resume();
		else this.derp.pause();
	}

	async stop(): Promise<void> {
		for (const socket of [this.#stun, ...this.#askers.values()]) socket.close();
		await this.derp.stop();
	}
}

/** Two ways to the DERP and STUN servers of a Headscale that is started with them. */
async function startRegions(): Promise<{
	readonly regions: readonly Region[];
	readonly options: NonNullable<Parameters<typeof TestTailnet.start>[0]>;
}> {
	const [port, stunPort] = [await freePort(), await freeUdpPort()];
	const regions = await Promise.all(HOSTS.map(() => Region.start({ derp: port, stun: stunPort })));
	const derpRegions = regions.map((region, index) => ({
		id: FIRST_ID + index,
		host: HOSTS[index] ?? '',
		port: region.derp.port,
		stunPort: region.stunPort
	}));
	return { regions, options: { port, stunPort, derpRegions } };
}

describe('N4 DERP regions', () => {
	let regions: readonly Region[];
	let tailnet: TestTailnet;
	let node: GoThread;
	let address: string;
	let shell: Shell;
	let said = 0;

	beforeAll(async () => {
		const started = await startRegions();
		({ regions } = started);
		tailnet = await TestTailnet.start(started.options);
		[node] = await Promise.all([tailnet.node(), tailnet.web.start()]);
		({
			addresses: [address = '']
		} = await node.peer('web-1', (peer) => peer.hasTailscaleSsh));
		shell = node.open({ address, login: tailnet.login });
		await shell.opened();
		shell.type('PS1=; stty -echo; clear\n');
	});
	afterAll(async () => {
		await tailnet.stop();
		await Promise.all(regions.map((region) => region.stop()));
	});

	/** Types a line whose answer only the shell can print.
	 *  @returns the answer comes, once */
	const asks = (): (() => Promise<void>) => {
		said += 1;
		const answer = new RegExp(`answer-${String(said + 1_000)}\\b`, 'g');
		shell.type(`echo "answer-$((${String(said)} + 1000))"\n`);
		return async () => {
			await shell.output(new RegExp(answer.source), MOVED_MS);
			expect(shell.text.match(answer)).toHaveLength(1);
		};
	};
	const homeId = () => node.netmap?.own.derpRegion?.id ?? 0;
	const isSame = () =>
		expect(shell.events.map(({ kind }) => kind)).not.toEqual(
			expect.arrayContaining([expect.stringMatching(/^ssh\/(failed|exit)$/)])
		);

	it(
		'the home region dies, then the other in its place: the same shell answers by what is left',
		async () => {
			const first = await node.until('a home region', () => homeId() || undefined);
			const order = [first, 2 * FIRST_ID + 1 - first];
			for (const id of order) {
				await asks()();
				regions[id - FIRST_ID]?.lives();
				await asks()();
				await node.until('the other is home', () => (homeId() === id ? undefined : true), MOVED_MS);
				regions[id - FIRST_ID]?.lives('derp', 'stun');
			}
			await asks()();
			isSame();
		},
		TEST_MS
	);

	it(
		'all die: it is told that there is no way, and the same shell goes on when one is back',
		async () => {
			await asks()();
			const before = node.events.length;
			for (const region of regions) region.lives();
			await node.until(
				'no DERP connection',
				() =>
					node.events
						.slice(before)
						.find((event) => event.kind === 'node/derp' && !event.isConnected),
				MOVED_MS
			);
			const answered = asks();
			regions[1]?.lives('derp', 'stun');
			await answered();
			isSame();
		},
		TEST_MS
	);

	it(
		'[derp-unreachable] the machine stays in a region whose DERP alone died: told, and on when that is back',
		async () => {
			await asks()();
			// Where both are home now. A machine goes by STUN.
			const [other, home] = regions;
			other?.lives('derp');
			home?.lives('stun');
			await node.until(
				'the window has moved',
				() => (homeId() === FIRST_ID ? true : undefined),
				MOVED_MS
			);
			// Not the login whose next connection stands already.
			expect(await node.open({ address, login: 'another' }).failed(MOVED_MS)).toMatchObject({
				code: 'derp-unreachable',
				params: { region: String(FIRST_ID + 1) }
			});
			const answered = asks();
			home?.lives('derp', 'stun');
			await answered();
			isSame();
		},
		TEST_MS
	);
});

describe('a region that the relay does not serve', () => {
	let regions: readonly Region[];
	let tailnet: TestTailnet;

	beforeAll(async () => {
		const started = await startRegions();
		({ regions } = started);
		tailnet = await TestTailnet.start(started.options);
	});
	afterAll(async () => {
		await tailnet.stop();
		await Promise.all(regions.map((region) => region.stop()));
	});

	it(
		'[derp-unreachable] is told of the machine that is at home there; the node goes on',
		async () => {
			const [served, other] = regions;
			const port = served?.derp.port ?? 0;
			// A machine is at home where STUN answers.
			served?.lives('derp');
			const relay = await relayTo(tailnet.headscale.url, new Map([[FIRST_ID, port]]));
			const [node, { key }] = await Promise.all([
				tailnet.thread(),
				tailnet.key(),
				tailnet.web.start()
			]);
			await node.join({
				controlUrl: tailnet.headscale.url,
				preAuthKey: key,
				hostname: tailnet.hostname(),
				reach: {
					by: 'relay',
					origin: relay.origin,
					derp: [{ id: FIRST_ID, hosts: [`${HOSTS[0] ?? ''}:${String(port)}`] }]
				}
			});
			const {
				addresses: [address = '']
			} = await node.peer('web-1', (peer) => peer.hasTailscaleSsh);
			expect(await node.open({ address, login: tailnet.login }).failed()).toMatchObject({
				code: 'derp-unreachable',
				params: { region: String(FIRST_ID + 1) }
			});
			const phases = node.events.flatMap((event) =>
				event.kind === 'node/phase' ? [event.phase.at] : []
			);
			expect(phases.at(-1)).toBe('running');
			// The machine moves, and the same node has a shell there.
			other?.lives();
			served?.lives('derp', 'stun');
			await waitFor(
				async () => (await tailnet.web.status()).Self.Relay === `region-${String(FIRST_ID)}`,
				{ what: 'the machine in the region that is served', timeoutMs: MOVED_MS }
			);
			await node.open({ address, login: tailnet.login }).opened();
			relay.stop();
		},
		TEST_MS
	);
});
