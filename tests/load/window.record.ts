// `npm run load:record`: records the traffic of a real window into shape.json: the Go node in Node, joined
// through the built server's relay, a shell on a real machine, and somebody who types there for a minute.
// What is kept of each message is its time, its direction and its size.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import { WebSocket, type RawData } from 'ws';
import { startApp } from '../../stack/app';
import { freePort } from '../../stack/ports';
import { startTailnet } from '../../stack/tailnet';
import type { KeyAnswer } from '../../src/lib/contracts/api';
import { GoThread, type Shell } from '../integration/node/go-thread';
import { Browser } from '../integration/server/browser';
import { seeded } from '../chaos/chance';
import { startFront, type Front } from './front';
import { parseShape, SHAPE_FILE, shapeText, type Frame } from './shape';

const KEYS_PER_S = 5;
/** What is looked at in a minute at a shell: short answers, long ones, a pager, a program that trickles, and
 *  a typing error taken back. */
const LINES = [
	'uptime\n',
	'cd /etc\n',
	'ls -la\n',
	'head -n 60 services\n',
	'echo one tow\b\b\btwo three\n',
	'for i in 1 2 3 4 5 6; do date; sleep 1; done\n',
	'seq 1 3000\n',
	'ps ax | head -n 30\n',
	'exit\n'
];

interface Message extends Frame {
	readonly path: string;
}

/** Passes WebSockets on to the real Headscale and notes what passes. */
async function startTap(headscaleUrl: string, note: (message: Message) => void): Promise<Front> {
	return startFront({
		headscaleUrl,
		onSocket: (client, request) => {
			const url = request.url ?? '';
			const [path = ''] = url.split('?');
			const upstream = new WebSocket(`${headscaleUrl.replace('http', 'ws')}${url}`, [
				path === '/derp' ? 'derp' : 'tailscale-control-protocol'
			]);
			client.pause();
			upstream.once('open', () => client.resume());
			const pass = (from: WebSocket, to: WebSocket, isUp: boolean) => {
				from.on('message', (data: RawData) => {
					const bytes = data as Buffer;
					note({ path, atMs: performance.now(), isUp, sizeBytes: bytes.length });
					to.send(bytes);
				});
				from.on('close', () => to.close());
				from.on('error', () => to.terminate());
			};
			pass(client, upstream, true);
			pass(upstream, client, false);
		}
	});
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One key at a time, unevenly, with a look at each answer. */
async function typeLikeAPerson(shell: Shell): Promise<void> {
	const random = seeded(7);
	for (const line of LINES) {
		await pause(1_000 + random() * 2_000);
		for (const key of line) {
			shell.type(key === '\b' ? '\x7f' : key);
			await pause((0.4 + random() * 1.2) * (1_000 / KEYS_PER_S));
		}
	}
	await shell.event('ssh/exit', 60_000);
	await pause(1_000);
}

test('records a window', { timeout: 600_000 }, async () => {
	const stateDir = mkdtempSync(join(tmpdir(), 'headtab-record-'));
	const port = await freePort();
	const origin = `http://127.0.0.1:${String(port)}`;
	const tailnet = await startTailnet({
		stateDir: join(stateDir, 't'),
		appOrigin: origin,
		targets: ['web-1'],
		hasDefaultTuning: true
	});
	let messages: Message[] = [];
	const tap = await startTap(tailnet.headscale.url, (message) => messages.push(message));
	const app = await startApp({
		stateDir: join(stateDir, 'app'),
		port,
		origin,
		headscale: tailnet.headscale,
		oidc: tailnet.oidc,
		client: tailnet.client,
		env: { HEADTAB_HEADSCALE_URL: tap.url, HEADTAB_HEADSCALE_PUBLIC_URL: tailnet.headscale.url }
	});
	try {
		await tailnet.machines;
		const browser = new Browser(origin);
		await browser.signIn('alice');
		const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
		const node = await GoThread.load({ headers: { cookie: browser.cookieHeader(origin), origin } });
		await node.join({
			controlUrl: origin,
			preAuthKey: key.preAuthKey,
			hostname: key.hostname,
			reach: { by: 'relay', origin, derp: key.derp }
		});
		const { addresses } = await node.peer('web-1', (peer) => peer.isOnline && peer.hasTailscaleSsh);
		/** What passes while `work` is done. */
		const during = async (work: () => Promise<void>) => {
			const startMs = performance.now();
			messages = [];
			await work();
			const periodMs = performance.now() - startMs;
			const of = (path: string): readonly Frame[] =>
				messages
					.filter((message) => message.path === path)
					.map(({ atMs, isUp, sizeBytes }) => ({ atMs: atMs - startMs, isUp, sizeBytes }));
			return { periodMs, control: of('/ts2021'), derp: of('/derp') };
		};
		const typing = await during(async () => {
			const shell = node.open({ address: addresses[0] ?? '', login: tailnet.login });
			await shell.opened();
			await typeLikeAPerson(shell);
		});
		const idle = await during(() => pause(typing.periodMs));
		// Both repeat together.
		const within = (frames: readonly Frame[]) =>
			frames.filter(({ atMs }) => Math.round(atMs) < Math.round(typing.periodMs));
		await node.logout();
		await node.stop();
		const text = shapeText({
			made: {
				by: 'npm run load:record (tests/load/window.record.ts)',
				with: `Headscale ${tailnet.headscale.version}, its embedded DERP; one window, one shell at ${String(KEYS_PER_S)} keys/s`,
				format: 'each track: time in ms, size in bytes, …; sizes to the window are negative'
			},
			periodMs: typing.periodMs,
			tracks: {
				control: within(typing.control),
				derp: within(typing.derp),
				spare: within(idle.derp)
			}
		});
		const shape = parseShape(text);
		writeFileSync(
			SHAPE_FILE,
			await format(text, { parser: 'json', useTabs: true, printWidth: 100 })
		);
		const bytes = (frames: readonly Frame[]) =>
			frames.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
		for (const [name, frames] of Object.entries(shape.tracks))
			process.stdout.write(
				`${name}: ${String(frames.length)} frames, ${String(bytes(frames))} bytes in ${(shape.periodMs / 1_000).toFixed(0)} s\n`
			);
		expect(shape.tracks.derp.length).toBeGreaterThan(100);
	} finally {
		await app.stop();
		await tap.stop();
		await tailnet.stop();
		rmSync(stateDir, { recursive: true, force: true });
	}
});
