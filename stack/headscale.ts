// A real Headscale on loopback: sqlite, embedded DERP, policy in its database, its REST API.
// Node; used by the demo and the tests. `startHeadscale` → handle with stop().
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_HEADSCALE, headscaleBinary } from './headscales.mjs';
import { freePort, freeUdpPort } from './ports';
import { run, StackProcess } from './process';
import { binaries } from './versions';

export interface HeadscaleOptions {
	/** Folder for database, keys, configuration and log; kept over restarts. */
	readonly stateDir: string;
	/** `server_url`, where a proxy stands before it; the address that it listens at unless given. */
	readonly serverUrl?: string;
	/** Free ports unless given; a demo keeps its own, since nodes and sign-ins remember the address. */
	readonly port?: number;
	readonly oidc?: {
		readonly issuer: string;
		readonly clientId: string;
		readonly clientSecret: string;
	};
	/** hujson; see stack/policies. */
	readonly policy?: string;
	/** Headscale's own batching (500 ms and 800 ms instead of 10 ms) and cost of its API key's hash (50 ms of a
	 *  core for each request); for the bench. */
	readonly hasDefaultTuning?: boolean;
	/** Time offline after which Headscale itself removes an ephemeral node; more than 65. */
	readonly ephemeralTimeoutS?: number;
	/** Where its STUN server listens; a free port unless given. */
	readonly stunPort?: number;
	/** The DERP map, where it is not the embedded server at Headscale's own address: ways to that server, each a
	 *  region of its own. Node's probes leave the port out, so their hosts must differ. */
	readonly derpRegions?: readonly DerpWay[];
	/** Another release than the pinned one, of headscales.mjs. */
	readonly version?: string;
}

/** A region of the DERP map with one server in it. */
export interface DerpWay {
	readonly id: number;
	readonly host: string;
	readonly port: number;
	/** By STUN a machine finds out whether a region lives. */
	readonly stunPort: number;
}

/** A Headscale user as its API tells it. */
export interface HeadscaleUser {
	readonly id: string;
	readonly name: string;
	readonly email: string;
	readonly providerId: string;
	readonly provider: string;
}

export interface HeadscalePreAuthKey {
	readonly id: string;
	/** Whole only in the answer that made it. */
	readonly key: string;
	readonly ephemeral: boolean;
	readonly reusable: boolean;
	readonly used: boolean;
	/** RFC 3339, as the next. */
	readonly expiration: string;
	readonly createdAt: string;
	readonly user?: HeadscaleUser | null;
}

export interface HeadscaleNode {
	readonly id: string;
	readonly name: string;
	readonly givenName: string;
	readonly online: boolean;
	readonly lastSeen: string | null;
	readonly expiry: string | null;
	readonly ipAddresses: readonly string[];
	readonly tags: readonly string[];
	readonly user: HeadscaleUser | null;
	readonly preAuthKey: HeadscalePreAuthKey | null;
}

export interface PreAuthKeyOptions {
	/** Headscale's user id; left out for a tagged key. */
	readonly userId?: string;
	readonly tags?: readonly string[];
	readonly isReusable?: boolean;
	readonly isEphemeral?: boolean;
	readonly ttlS?: number;
}

/** Starts Headscale and waits until it answers. @throws Error with its last output. */
export async function startHeadscale(options: HeadscaleOptions): Promise<Headscale> {
	const headscale = await Headscale.prepare(options);
	await headscale.start();
	if (options.policy !== undefined) await headscale.setPolicy(options.policy);
	return headscale;
}

export class Headscale {
	/** Where it listens. */
	readonly url: string;
	/** Where people and their nodes reach it. */
	readonly serverUrl: string;
	/** The embedded DERP region: id and `host:port`. */
	readonly derp: { readonly id: number; readonly host: string };
	readonly stateDir: string;
	/** The release, without `v`. */
	readonly version: string;
	readonly #binary: string;
	readonly #hasDefaultTuning: boolean;
	readonly #configFile: string;
	readonly #socketDir: string;
	#process: StackProcess | null = null;
	#apiKey = '';

	private constructor(paths: {
		readonly options: HeadscaleOptions;
		readonly port: number;
		readonly configFile: string;
		readonly socketDir: string;
	}) {
		this.url = `http://127.0.0.1:${String(paths.port)}`;
		this.serverUrl = paths.options.serverUrl ?? this.url;
		this.derp = { id: 999, host: `127.0.0.1:${String(paths.port)}` };
		this.stateDir = paths.options.stateDir;
		this.version = paths.options.version ?? DEFAULT_HEADSCALE;
		this.#binary = headscaleBinary(this.version);
		this.#hasDefaultTuning = paths.options.hasDefaultTuning === true;
		this.#configFile = paths.configFile;
		this.#socketDir = paths.socketDir;
	}

	/** Writes the configuration; nothing runs yet. */
	static async prepare(options: HeadscaleOptions): Promise<Headscale> {
		mkdirSync(options.stateDir, { recursive: true });
		const port = options.port ?? (await freePort());
		// Paths of Unix sockets end at 107 bytes, so they lie in a short folder of their own.
		const socketDir = mkdtempSync(join(tmpdir(), 'headtab-hs-'));
		const configFile = join(options.stateDir, 'config.json');
		const config = configuration(options, {
			port,
			metricsPort: await freePort(),
			grpcPort: await freePort(),
			stunPort: options.stunPort ?? (await freeUdpPort()),
			socket: join(socketDir, 'api.sock')
		});
		if (options.derpRegions !== undefined)
			writeFileSync(derpMapFile(options.stateDir), derpMap(options.derpRegions));
		writeFileSync(configFile, JSON.stringify(config, null, '\t'), { mode: 0o600 });
		return new Headscale({ options, port, configFile, socketDir });
	}

	/** Starts (again) on the same port and state. */
	async start(): Promise<void> {
		if (this.#process !== null && !this.#process.hasExited) return;
		const child = new StackProcess({
			name: 'headscale',
			command: this.#binary,
			args: ['serve', '--config', this.#configFile],
			// Kept state of an earlier release may be older than one minor: the demo's is never.
			env: { HEADSCALE_LOG_LEVEL: process.env['HEADSCALE_LOG_LEVEL'] },
			logFile: join(this.stateDir, 'headscale.log')
		});
		this.#process = child;
		await child.waitForUrl(`${this.url}/health`);
		this.#apiKey = await this.#findApiKey();
	}

	/** Ends it; state stays for `start`. */
	async stop(): Promise<void> {
		await this.#process?.stop();
	}

	/** Ends it for good: its socket folder goes, too. */
	async dispose(): Promise<void> {
		await this.stop();
		rmSync(this.#socketDir, { recursive: true, force: true });
	}

	/** The running process, for a caller that watches for crashes. */
	get process(): StackProcess | null {
		return this.#process;
	}

	/** Secret: full power over this tailnet. */
	get apiKey(): string {
		return this.#apiKey;
	}

	/** `headscale` for this server: the program and its first arguments. */
	get command(): readonly [program: string, ...args: string[]] {
		return [this.#binary, '--config', this.#configFile];
	}

	/** A well-formed id of a registration, as its pages take it; it belongs to no machine. */
	newRegistrationId(): string {
		const id = randomBytes(12).toString('hex');
		return is028(this.version) ? id : `hskey-authreq-${id}`;
	}

	/** Runs `headscale` against this server. */
	async cli(...args: readonly string[]): Promise<string> {
		const [program, ...first] = this.command;
		return run(program, [...first, ...args]);
	}

	/** One call of the REST API. @throws Error with status and body when refused. */
	async api(
		method: 'GET' | 'POST' | 'PUT' | 'DELETE',
		path: string,
		body?: unknown
	): Promise<unknown> {
		const response = await fetch(`${this.url}/api/v1${path}`, {
			method,
			headers: { authorization: `Bearer ${this.#apiKey}`, 'content-type': 'application/json' },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			signal: AbortSignal.timeout(15_000)
		});
		const text = await response.text();
		if (!response.ok) {
			throw new Error(`${method} /api/v1${path} answered ${String(response.status)}: ${text}`);
		}
		return JSON.parse(text) as unknown;
	}

	async users(): Promise<readonly HeadscaleUser[]> {
		return ((await this.api('GET', '/user')) as { users: HeadscaleUser[] }).users;
	}

	async user(name: string): Promise<HeadscaleUser | undefined> {
		return (await this.users()).find((user) => user.name === name);
	}

	/** A local user, as `headscale users create`: no providerId. People get theirs by signing in (people.ts).
	 *  @returns the one that has the name already, where there is one */
	async createUser(user: {
		readonly name: string;
		readonly email?: string;
	}): Promise<HeadscaleUser> {
		const present = await this.user(user.name);
		if (present !== undefined) return present;
		return ((await this.api('POST', '/user', user)) as { user: HeadscaleUser }).user;
	}

	async deleteUser(id: string): Promise<void> {
		await this.api('DELETE', `/user/${id}`);
	}

	async nodes(): Promise<readonly HeadscaleNode[]> {
		return ((await this.api('GET', '/node')) as { nodes: HeadscaleNode[] }).nodes;
	}

	async deleteNode(id: string): Promise<void> {
		await this.api('DELETE', `/node/${id}`);
	}

	async renameNode(id: string, name: string): Promise<void> {
		await this.api('POST', `/node/${id}/rename/${encodeURIComponent(name)}`);
	}

	async expireNode(id: string): Promise<void> {
		await this.api('POST', `/node/${id}/expire`);
	}

	async createPreAuthKey(options: PreAuthKeyOptions): Promise<HeadscalePreAuthKey> {
		const answer = await this.api('POST', '/preauthkey', {
			...(options.userId === undefined ? {} : { user: options.userId }),
			reusable: options.isReusable ?? false,
			ephemeral: options.isEphemeral ?? false,
			expiration: new Date(Date.now() + (options.ttlS ?? 600) * 1000).toISOString(),
			aclTags: options.tags ?? []
		});
		return (answer as { preAuthKey: HeadscalePreAuthKey }).preAuthKey;
	}

	async preAuthKeys(): Promise<readonly HeadscalePreAuthKey[]> {
		return ((await this.api('GET', '/preauthkey')) as { preAuthKeys: HeadscalePreAuthKey[] })
			.preAuthKeys;
	}

	async expirePreAuthKey(id: string): Promise<void> {
		await this.api('POST', '/preauthkey/expire', { id });
	}

	/** Replaces the policy. @throws Error when Headscale refuses it. */
	async setPolicy(hujson: string): Promise<void> {
		await this.api('PUT', '/policy', { policy: hujson });
	}

	async policy(): Promise<string> {
		return ((await this.api('GET', '/policy')) as { policy: string }).policy;
	}

	/** The key of an earlier start while it works, else a new one from the command line. */
	async #findApiKey(): Promise<string> {
		const file = join(this.stateDir, 'api-key');
		if (existsSync(file)) {
			this.#apiKey = readFileSync(file, 'utf8').trim();
			const response = await fetch(`${this.url}/api/v1/user`, {
				headers: { authorization: `Bearer ${this.#apiKey}` }
			});
			await response.body?.cancel();
			if (response.ok) return this.#apiKey;
		}
		const out = await this.cli('apikeys', 'create', '--expiration', '90d', '--output', 'json');
		const key: unknown = JSON.parse(out);
		if (typeof key !== 'string') throw new Error('headscale apikeys create did not answer a key');
		if (!this.#hasDefaultTuning)
			await run(binaries().cheapkey, [databaseFile(this.stateDir)], { input: key });
		writeFileSync(file, key, { mode: 0o600 });
		return key;
	}
}

interface Ports {
	readonly port: number;
	readonly metricsPort: number;
	readonly grpcPort: number;
	readonly stunPort: number;
	readonly socket: string;
}

const is028 = (version: string | undefined): boolean => version?.startsWith('0.28.') === true;

const databaseFile = (stateDir: string): string => join(stateDir, 'db.sqlite');

const derpMapFile = (stateDir: string): string => join(stateDir, 'derp.yaml');

/** A DERP map as Headscale reads it from a file: its keys are numbers, which JSON has not. */
const derpMap = (ways: readonly DerpWay[]): string => {
	const regions = ways.map(({ id, host, port, stunPort }) => {
		const region = {
			regionid: id,
			regioncode: `region-${String(id)}`,
			regionname: `Region ${String(id)}`,
			nodes: [
				{ name: `${String(id)}a`, regionid: id, hostname: host, derpport: port, stunport: stunPort }
			]
		};
		return `  ${String(id)}: ${JSON.stringify(region)}\n`;
	});
	return `regions:\n${regions.join('')}`;
};

/** Headscale's configuration; JSON is YAML. */
function configuration(options: HeadscaleOptions, ports: Ports): Readonly<Record<string, unknown>> {
	const { stateDir, oidc } = options;
	const ephemeralTimeout = `${String(options.ephemeralTimeoutS ?? 120)}s`;
	return {
		server_url: options.serverUrl ?? `http://127.0.0.1:${String(ports.port)}`,
		listen_addr: `127.0.0.1:${String(ports.port)}`,
		metrics_listen_addr: `127.0.0.1:${String(ports.metricsPort)}`,
		grpc_listen_addr: `127.0.0.1:${String(ports.grpcPort)}`,
		grpc_allow_insecure: true,
		noise: { private_key_path: join(stateDir, 'noise_private.key') },
		prefixes: { v4: '100.64.0.0/10', v6: 'fd7a:115c:a1e0::/48', allocation: 'sequential' },
		derp: {
			server: {
				enabled: true,
				region_id: 999,
				region_code: 'headtab',
				region_name: 'Headtab loopback DERP',
				verify_clients: true,
				stun_listen_addr: `127.0.0.1:${String(ports.stunPort)}`,
				private_key_path: join(stateDir, 'derp_private.key'),
				automatically_add_embedded_derp_region: options.derpRegions === undefined,
				ipv4: '127.0.0.1'
			},
			urls: [],
			paths: options.derpRegions === undefined ? [] : [derpMapFile(stateDir)],
			auto_update_enabled: false
		},
		disable_check_updates: true,
		...(is028(options.version)
			? { ephemeral_node_inactivity_timeout: ephemeralTimeout }
			: { node: { ephemeral: { inactivity_timeout: ephemeralTimeout } } }),
		database: {
			type: 'sqlite',
			sqlite: { path: databaseFile(stateDir), write_ahead_log: true }
		},
		log: { level: 'info', format: 'text' },
		policy: { mode: 'database' },
		dns: {
			magic_dns: true,
			base_domain: 'tailnet.example',
			override_local_dns: false,
			nameservers: { global: [] }
		},
		unix_socket: ports.socket,
		unix_socket_permission: '0700',
		logtail: { enabled: false },
		taildrop: { enabled: false },
		...(options.hasDefaultTuning === true
			? {}
			: { tuning: { node_store_batch_timeout: '10ms', batch_change_delay: '10ms' } }),
		...(oidc === undefined
			? {}
			: {
					oidc: {
						only_start_if_oidc_is_available: true,
						issuer: oidc.issuer,
						client_id: oidc.clientId,
						client_secret: oidc.clientSecret,
						scope: ['openid', 'profile', 'email'],
						pkce: { enabled: true, method: 'S256' }
					}
				})
	};
}

/** Secret for a client of the provider. */
export const newSecret = (): string => randomBytes(32).toString('base64url');
