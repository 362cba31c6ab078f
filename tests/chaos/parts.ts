// Headtab and all that it talks with: each part a process that can be ended in order or by kill -9 and started
// again, and a proxy on each way between two. For the soak and the tests of crashes and bad ways.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	collectGarbage,
	killAgent,
	startApp,
	WITH_SIGNALS,
	type AppOptions
} from '../../stack/app';
import { OidcProcess } from '../../stack/oidc-process';
import { freePort } from '../../stack/ports';
import { waitFor, type StackProcess } from '../../stack/process';
import { startProxy, type ProxyWay } from '../../stack/proxy';
import { startTailnet, type Tailnet } from '../../stack/tailnet';
import { startRealRedis, type RedisHandle } from '../integration/server/redis';
import { seeded } from './chance';

export const PARTS = ['headtab', 'agent', 'headscale', 'provider', 'redis', 'target'] as const;
export type Part = (typeof PARTS)[number];
/** By SIGTERM, or as a crash. An agent's thread knows only the second. */
export type Ending = 'stop' | 'kill';

/** The one machine of the tailnet. */
export const TARGET = 'web-1';
/** Time of a pre-auth key in rounds of crashes and bad ways. */
export const KEY_TTL_S = 60;
/** A part that was ended is up again in that time, on a machine that has much else to do. */
const UP_MS = 180_000;

export interface PartsOptions {
	readonly folder: string;
	/** What the proxies decide by. */
	readonly random: () => number;
	/** More settings of the server. */
	readonly env?: Readonly<Record<string, string>>;
}

/** Each two parts that talk with each other, as the way between them. */
export const WAYS = [
	/** Browser and node ↔ Headtab. */
	'window',
	/** Headtab ↔ Headscale's API. */
	'api',
	/** Headtab's relay, and its agent ↔ Headscale's control … */
	'control',
	/** … and DERP. */
	'derp',
	/** Headtab and browsers ↔ the OpenID provider. */
	'provider',
	'redis',
	/** The target's tailscaled ↔ Headscale's control and DERP. */
	'target'
] as const;
export type WayName = (typeof WAYS)[number];

export class Parts {
	readonly tailnet: Tailnet;
	readonly ways: Readonly<Record<WayName, ProxyWay>>;
	readonly origin: string;
	/** HEADTAB_STATE_DIR. */
	readonly stateDir: string;
	/** How often each part was ended so far. */
	readonly ended: Record<Part, number> = {
		headtab: 0,
		agent: 0,
		headscale: 0,
		provider: 0,
		redis: 0,
		target: 0
	};
	/** Parts that are being ended, are away, or are not up again yet. */
	readonly away = new Set<Part>();
	/** Ends of the server by SIGTERM that were in order. */
	cleanStops = 0;
	readonly #appOptions: AppOptions;
	readonly #metricsUrl: string;
	readonly #provider: OidcProcess;
	readonly #redisPort: number;
	readonly #stopProxies: () => Promise<unknown>;
	#redis: RedisHandle;
	#app: StackProcess;

	private constructor(made: {
		readonly tailnet: Tailnet;
		readonly ways: Readonly<Record<WayName, ProxyWay>>;
		readonly stopProxies: () => Promise<unknown>;
		readonly appOptions: AppOptions;
		readonly metricsUrl: string;
		readonly provider: OidcProcess;
		readonly redis: RedisHandle;
		readonly redisPort: number;
		readonly stateDir: string;
		readonly app: StackProcess;
	}) {
		this.tailnet = made.tailnet;
		this.ways = made.ways;
		this.origin = made.appOptions.origin;
		this.stateDir = made.stateDir;
		this.#appOptions = made.appOptions;
		this.#metricsUrl = made.metricsUrl;
		this.#provider = made.provider;
		this.#redis = made.redis;
		this.#redisPort = made.redisPort;
		this.#stopProxies = made.stopProxies;
		this.#app = made.app;
	}

	/** As rounds of crashes and bad ways need it: keys, janitor and its grace in a minute, not ten. */
	static forRounds(folder: string, seed: number): Promise<Parts> {
		return Parts.start({
			folder,
			random: seeded(seed - 1),
			env: {
				HEADTAB_KEY_TTL_S: String(KEY_TTL_S),
				HEADTAB_JANITOR_PERIOD_S: '10',
				HEADTAB_JANITOR_GRACE_S: '60'
			}
		});
	}

	/** Starts all of it. @throws Error of the part that failed */
	static async start({ folder, random, env = {} }: PartsOptions): Promise<Parts> {
		const ports = {
			window: await freePort(),
			app: await freePort(),
			metrics: await freePort(),
			headscaleWay: await freePort(),
			headscale: await freePort(),
			providerWay: await freePort(),
			provider: await freePort(),
			redisWay: await freePort(),
			redis: await freePort()
		};
		const at = (port: number): string => `http://127.0.0.1:${String(port)}`;
		const proxy = (port: number, targetPort: number) => startProxy({ port, targetPort, random });
		const proxies = {
			window: await proxy(ports.window, ports.app),
			headscale: await proxy(ports.headscaleWay, ports.headscale),
			provider: await proxy(ports.providerWay, ports.provider),
			redis: await proxy(ports.redisWay, ports.redis)
		};
		// All that Headscale answers comes to one port; a first request tells who asks.
		const ways = {
			window: proxies.window,
			control: proxies.headscale.of(/^GET \/ts2021/),
			derp: proxies.headscale.of(/^GET \/derp[^]*\r\nupgrade: *websocket/i),
			target: proxies.headscale.of(/^(POST \/ts2021|GET \/derp)/),
			api: proxies.headscale,
			provider: proxies.provider,
			redis: proxies.redis
		};
		const origin = at(ports.window);
		const redis = await startRealRedis(ports.redis);
		const providers: OidcProcess[] = [];
		const tailnet = await startTailnet({
			stateDir: join(folder, 't'),
			appOrigin: origin,
			targets: [TARGET],
			ports: { headscale: ports.headscale, oidc: ports.provider },
			behind: { serverUrl: at(ports.headscaleWay) },
			startProvider: async (options) => {
				const made = new OidcProcess(
					{ ...options, issuer: at(ports.providerWay) },
					join(folder, 'oidc')
				);
				providers.push(made);
				await made.start();
				return made;
			}
		});
		const [provider] = providers;
		if (provider === undefined) throw new Error('the tailnet started no provider');
		const stateDir = join(folder, 'state');
		mkdirSync(stateDir, { recursive: true, mode: 0o700 });
		const appOptions: AppOptions = {
			stateDir: join(folder, 'app'),
			port: ports.app,
			origin,
			headscale: tailnet.headscale,
			oidc: provider,
			client: tailnet.client,
			nodeOptions: WITH_SIGNALS,
			env: {
				HEADTAB_HEADSCALE_URL: at(ports.headscaleWay),
				HEADTAB_AGENT: 'on',
				HEADTAB_STATE_DIR: stateDir,
				HEADTAB_REDIS_URL: `redis://127.0.0.1:${String(ports.redisWay)}/0`,
				HEADTAB_METRICS_PORT: String(ports.metrics),
				HEADTAB_KEYS_PER_MIN: '1000',
				HEADTAB_LOGINS_PER_MIN: '1000',
				...env
			}
		};
		const app = await startApp(appOptions);
		await tailnet.machines;
		return new Parts({
			tailnet,
			ways,
			stopProxies: () => Promise.all(Object.values(proxies).map((one) => one.stop())),
			appOptions,
			metricsUrl: `${at(ports.metrics)}/metrics`,
			provider,
			redis,
			redisPort: ports.redis,
			stateDir,
			app
		});
	}

	/** Process of the server's present life. */
	get appPid(): number {
		return this.#app.pid;
	}

	/** Ends a part; nothing starts it again but `begin`, except the agent, which its server starts. */
	async end(part: Part, how: Ending): Promise<void> {
		this.ended[part] += 1;
		this.away.add(part);
		const { headscale, targets } = this.tailnet;
		switch (part) {
			case 'headtab':
				if (how === 'kill') return this.#app.kill();
				await this.#app.stop();
				if ((await this.#app.exited).code === 0) this.cleanStops += 1;
				return;
			case 'agent':
				killAgent(this.#app);
				return;
			case 'headscale':
				return how === 'kill' ? headscale.process?.kill() : headscale.stop();
			case 'provider':
				return how === 'kill' ? this.#provider.kill() : this.#provider.stop();
			case 'redis':
				return how === 'kill' ? this.#redis.kill() : this.#redis.stop();
			case 'target':
				return how === 'kill' ? targets[TARGET].process?.kill() : targets[TARGET].stop();
		}
	}

	/** Starts a part that was ended, and waits until it answers. */
	async begin(part: Part): Promise<void> {
		await this.#begin(part);
		this.away.delete(part);
	}

	async #begin(part: Part): Promise<void> {
		switch (part) {
			case 'headtab':
				this.#app = await startApp(this.#appOptions);
				return;
			case 'agent':
				return this.agentUp();
			case 'headscale':
				return this.tailnet.headscale.start();
			case 'provider':
				return this.#provider.start();
			case 'redis':
				this.#redis = await startRealRedis(this.#redisPort);
				return;
			case 'target':
				return this.tailnet.targets[TARGET].start();
		}
	}

	/** Waits until the agent's thread runs a node. */
	async agentUp(): Promise<void> {
		await waitFor(async () => ((await this.metrics())?.('headtab_agent_up') ?? 0) === 1, {
			what: 'the agent',
			timeoutMs: UP_MS,
			everyMs: 250
		});
	}

	/** Of the server. */
	collectGarbage(): void {
		collectGarbage(this.#app);
	}

	/** The server's figures by their names; null while it does not answer. */
	async metrics(): Promise<((name: string) => number) | null> {
		const lines = await fetch(this.#metricsUrl)
			.then(async (answer) => (await answer.text()).split('\n'))
			.catch(() => null);
		if (lines === null) return null;
		return (name) =>
			Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? NaN);
	}

	/** What is wrong with the files that the server keeps: those that do not parse. Nobody writes them now. */
	stateFaults(): readonly string[] {
		return readdirSync(this.stateDir)
			.filter((name) => name.endsWith('.json'))
			.flatMap((name) => {
				const text = readFileSync(join(this.stateDir, name), 'utf8');
				try {
					JSON.parse(text);
					return [];
				} catch (cause) {
					return [`${name}: ${String(cause)}`];
				}
			});
	}

	async stop(): Promise<void> {
		await this.#app.stop();
		await this.tailnet.stop();
		await this.#redis.stop();
		await this.#stopProxies();
	}
}
