// Two replicas restarted one after the other under an open shell. Real Headscale, a real target, a real store;
// the Go node in Node reaches them through a balancer, as a window does.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type AppOptions } from '../../../stack/app';
import { freePort } from '../../../stack/ports';
import type { StackProcess } from '../../../stack/process';
import { startTailnet, type Tailnet } from '../../../stack/tailnet';
import type { KeyAnswer } from '../../../src/lib/contracts/api';
import { startBalancer, type Balancer } from '../server/balancer';
import { Browser } from '../server/browser';
import { startRealRedis, type RedisHandle } from '../server/redis';
import { GoThread } from './go-thread';

/** A line each so often, whatever comes back. */
const LINE_MS = 50;

describe('two replicas behind one address', () => {
	const folder = mkdtempSync(join(tmpdir(), 'headtab-rolling-'));
	let tailnet: Tailnet;
	let redis: RedisHandle;
	let balancer: Balancer;
	let origin: string;
	const replicas: { readonly options: AppOptions; process: StackProcess }[] = [];
	const ports = () => replicas.map(({ options }) => options.port);

	beforeAll(async () => {
		const port = await freePort();
		origin = `http://127.0.0.1:${String(port)}`;
		redis = await startRealRedis(await freePort());
		tailnet = await startTailnet({ stateDir: folder, appOrigin: origin, targets: ['web-1'] });
		const { headscale, oidc, client } = tailnet;
		for (const name of ['one', 'two']) {
			const options: AppOptions = {
				stateDir: join(folder, name),
				port: await freePort(),
				origin,
				headscale,
				oidc,
				client,
				env: {
					HEADTAB_REDIS_URL: redis.url,
					HEADTAB_SESSION_KEYS_FILE: join(folder, 'one', 'session-keys')
				}
			};
			replicas.push({ options, process: await startApp(options) });
		}
		balancer = await startBalancer(port, ports());
		await tailnet.machines;
	});
	afterAll(async () => {
		await balancer.stop();
		await Promise.all(replicas.map(({ process }) => process.stop()));
		await redis.stop();
		await tailnet.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	it('R10 sign in on one, key from the other, relay on either; a rolling restart loses no session and no line', async () => {
		const [one = 0, two = 0] = ports();
		const browser = new Browser(origin);
		balancer.pin(one);
		await browser.signIn('alice');
		balancer.pin(two);
		const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
		balancer.pin(null);
		const node = await GoThread.load({ headers: { cookie: browser.cookieHeader(origin), origin } });
		let typing: NodeJS.Timeout | undefined;
		try {
			await node.join({
				controlUrl: origin,
				preAuthKey: key.preAuthKey,
				hostname: key.hostname,
				reach: { by: 'relay', origin, derp: key.derp }
			});
			expect((await browser.post(`${origin}/api/joined`, { hostname: key.hostname })).status).toBe(
				204
			);
			const { addresses } = await node.peer('web-1', (peer) => peer.hasTailscaleSsh);
			const shell = node.open({ address: addresses[0] ?? '', login: tailnet.login });
			await shell.opened();
			// Control and DERP went to each in turn.
			expect([...balancer.upgrades.values()].every((count) => count > 0)).toBe(true);

			shell.type('stty -echo; while read -r n; do echo "got-$n-"; done\n');
			let sent = 0;
			let seen = 0;
			let longestMs = 0;
			let lastMs = performance.now();
			const send = () => shell.type(`${String(++sent)}\n`);
			/** In order, each once: the next number is all that is looked for. */
			const look = () => {
				for (; shell.text.includes(`got-${String(seen + 1)}-`); seen += 1) {
					longestMs = Math.max(longestMs, performance.now() - lastMs);
					lastMs = performance.now();
				}
			};
			typing = setInterval(() => {
				send();
				look();
			}, LINE_MS);
			const allBack = async () => {
				const wanted = sent;
				await shell.until(
					`line ${String(wanted)} back`,
					() => {
						look();
						return seen >= wanted ? true : undefined;
					},
					50_000
				);
			};
			await allBack();
			longestMs = 0;

			const startedMs = performance.now();
			const outages: string[] = [];
			for (const replica of replicas) {
				const beginMs = performance.now();
				await replica.process.stop();
				const stoppedMs = performance.now() - beginMs;
				replica.process = await startApp(replica.options);
				await allBack();
				outages.push(
					`${String(Math.round(stoppedMs))} ms to stop, ${String(Math.round(performance.now() - beginMs))} ms until it was back and all lines were`
				);
			}
			clearInterval(typing);
			await allBack();

			const took = Math.round(performance.now() - startedMs);
			process.stdout.write(
				[
					`  rolling restart of 2 replicas in ${String(took)} ms: 0 sessions lost, ${String(seen)} of ${String(sent)} lines back`,
					`  longest wait for a line ${String(Math.round(longestMs))} ms at one line each ${String(LINE_MS)} ms`,
					...outages.map((line, index) => `  replica ${String(index + 1)}: ${line}`),
					`  relay WebSockets by replica: ${[...balancer.upgrades.values()].join(', ')}\n`
				].join('\n')
			);
			// One shell all the time, no line lost and none doubled.
			expect(shell.events.map(({ kind }) => kind)).not.toContain('ssh/failed');
			expect(shell.events.map(({ kind }) => kind)).not.toContain('ssh/exit');
			const lines = Buffer.from(shell.takeBytes())
				.toString()
				.match(/got-\d+-/g);
			expect(lines).toEqual(
				Array.from({ length: sent }, (_, index) => `got-${String(index + 1)}-`)
			);
			expect((await browser.post(`${origin}/api/alive`, { hostname: key.hostname })).status).toBe(
				204
			);
		} finally {
			clearInterval(typing);
			await node.stop();
		}
	}, 180_000);
});
