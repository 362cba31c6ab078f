// AppContext: builds, starts and stops each long-lived service of the server.
// Server only; made by `init` in hooks.server.ts. Routes get it as `locals.app`; the server entry
// (src/node, another bundle) reaches it through globalThis[Symbol.for('headtab.app')].
import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { DiagnoseAnswer, PublicConfig, SessionAnswer, WindowView } from '$lib/contracts/api';
import { AppError, parseWireError, toAppError, type WireError } from '$lib/contracts/app-error';
import {
	DIAGNOSES_PER_MIN,
	DOCTOR_PER_MIN,
	BACKCHANNEL_LOGOUTS_PER_MIN,
	MISSING_CHECKS_PER_MIN
} from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import { diagnose } from './agent/diagnose';
import { AgentKeys } from './agent/keys';
import { Agent, type AgentProgram } from './agent/manager';
import { AgentStateFile } from './agent/state';
import { WasmAssets } from './assets/wasm';
import { Audit, auditSub } from './audit/log';
import { connectSources, policyName } from './config/connect';
import { isLoopbackHost } from './config/load';
import type { Config } from './config/schema';
import { Doctor } from './doctor/doctor';
import { Instance, type ServerFacts } from './doctor/instance';
import { greet } from './greet';
import { HeadscaleClient } from './headscale/client';
import { addressBucket, clientAddress, loggedAddress } from './http/address';
import { problem } from './http/answer';
import { checkRequest, hostOf } from './http/guard';
import type { Rate } from './http/rates';
import { isAdmin } from './identity/admin';
import { matchIdentity } from './identity/match';
import { Standing } from './identity/standing';
import { Janitor } from './janitor/sweep';
import { Hostnames } from './keys/hostname';
import { KeyIssuer, linkedUser } from './keys/issue';
import { KeyLedger } from './keys/ledger';
import { KeyMarks } from './keys/mark';
import { makeLogger, type Logger } from './log';
import { Metrics } from './metrics/registry';
import { LoginFlow } from './oidc/flow';
import { verifyLogoutToken } from './oidc/logout-token';
import { OidcProvider } from './oidc/provider';
import { Readiness } from './readiness';
import { Departures } from './relay/departures';
import { RelayTargets } from './relay/targets';
import { Relay } from './relay/upgrade';
import { isWayOpen } from './relay/way';
import { Access } from './session/access';
import { CookieNames } from './session/cookies';
import { LoginSessions, type Identity, type LoginSession } from './session/login-session';
import { deriveKey, Sealer } from './session/seal';
import { Shared } from './shared/shared';
import { dropDrafts } from './state/file';

/** A login error waits this long to be told. */
const LOGIN_FAULT_TTL_S = 300;
/** A window that spoke of its node within this time has it: it does each ALIVE_CHECK_MS. */
const WINDOW_HEARD_MS = 5 * 60_000;
/** Matches past all caches, by person. */
const LINKS_PER_MIN = 20;
/** A lease outlives a slow round. */
const LEASE_MIN_S = 180;

export interface AppOptions {
	readonly config: Config;
	readonly version: string;
	/** For tests; stdout otherwise. */
	readonly writeLog?: (line: string) => void;
	readonly now?: () => number;
}

export class AppContext {
	readonly config: Config;
	readonly log: Logger;
	readonly audit: Audit;
	readonly cookies: CookieNames;
	readonly sessions: LoginSessions;
	/** Who may be here now, and the end of what is open of those who may not. */
	readonly access: Access;
	readonly headscale: HeadscaleClient;
	readonly keys: KeyIssuer;
	readonly targets: RelayTargets;
	readonly relay: Relay;
	readonly readiness: Readiness;
	/** The server's own node. */
	readonly agent: Agent;
	readonly janitor: Janitor;
	readonly metrics: Metrics;
	/** How others know this deployment; opens to the doctor. */
	readonly instance: Instance;
	readonly doctor: Doctor;
	/** Examinations, by person. */
	readonly doctorRate: Rate;
	/** Looks at machines, by person. */
	readonly diagnoseRate: Rate;
	/** Questions for Headscale's public key, and matches made anew, by person. */
	readonly controlKeyRate: Rate;
	readonly linkRate: Rate;
	/** Sign-ins begun and sign-ins finished, by address; relay checks by address. */
	readonly loginRate: Rate;
	readonly callbackRate: Rate;
	readonly checkRate: Rate;
	/** Logout tokens, by address. */
	readonly logoutTokenRate: Rate;
	readonly #shared: Shared;
	readonly #departures: Departures;
	/** Sign-in; null where not one OIDC setting is present. */
	readonly #login: { readonly provider: OidcProvider; readonly flow: LoginFlow } | null;
	readonly #wasm: WasmAssets;
	readonly #ledger: KeyLedger;
	readonly #faults: Sealer;
	readonly #personKey: Uint8Array;
	readonly #version: string;
	readonly #now: () => number;

	constructor(options: AppOptions) {
		const { config } = options;
		const now = options.now ?? Date.now;
		this.config = config;
		this.#now = now;
		this.#version = options.version;
		this.log = makeLogger({
			level: config.logLevel,
			secrets: config.secrets,
			...(options.writeLog === undefined ? {} : { write: options.writeLog })
		});
		this.audit = new Audit(this.log);
		this.cookies = new CookieNames(config.origin);
		const shared = new Shared({ config, heardForMs: WINDOW_HEARD_MS, log: this.log, now });
		this.#shared = shared;
		this.sessions = new LoginSessions({ config, now, ended: shared.ended });
		this.headscale = new HeadscaleClient({
			url: config.headscaleUrl,
			apiKey: config.headscaleApiKey,
			log: this.log,
			now,
			onCall: (call) => this.metrics.headscaleCall(call)
		});
		const hostnames = new Hostnames(config.sessionKeys);
		const marks = new KeyMarks(config.sessionKeys);
		if (config.stateDir !== null) dropDrafts(config.stateDir);
		this.#ledger = new KeyLedger(config.stateDir, this.log);
		const later = (delayMs: number, run: () => void): (() => void) => {
			const timer = setTimeout(run, delayMs);
			timer.unref();
			return () => clearTimeout(timer);
		};
		this.keys = new KeyIssuer({
			headscale: this.headscale,
			hostnames,
			marks,
			ledger: this.#ledger,
			isOver: (session) => this.sessions.isEnded(session) || this.access.isRefused(session),
			ttlS: config.keyTtlS,
			perPerson: shared.rate('key-person', config.keysPerMin),
			// Several people may share an address.
			perAddress: shared.rate('key-address', config.keysPerMin * 10),
			joins: shared.rate('join-person', config.keysPerMin * 2),
			missingChecks: shared.rate('missing-person', MISSING_CHECKS_PER_MIN),
			shared: shared.nodes,
			audit: this.audit,
			log: this.log,
			now,
			later
		});
		this.targets = new RelayTargets(config);
		this.instance = new Instance(config.sessionKeys, now);
		const standing = new Standing({
			users: () => this.headscale.users({ isFresh: true }),
			rules: config.identity,
			now
		});
		this.#departures = new Departures({
			isWayOpen: () => isWayOpen(config.origin, this.instance),
			onGone: (session, hostname) => {
				this.keys.leave(session, hostname).catch((cause: unknown) => {
					this.log.warn({ err: cause, hostname }, 'node of a window that is gone: looked at again');
				});
			},
			later,
			elsewhere: shared.nodes
		});
		this.relay = new Relay({
			access: standing,
			instance: this.instance,
			origin: config.origin,
			sessionCookie: this.cookies.session,
			sessions: this.sessions,
			targets: this.targets,
			audit: this.audit,
			log: this.log,
			now,
			total: config.relayTotalMax,
			addressOf: (request) => loggedAddress(config, request),
			isNodeOf: (hostname, userId) => hostnames.isOf(hostname, userId),
			departures: this.#departures
		});
		this.access = new Access({
			sessions: this.sessions,
			standing,
			relay: this.relay,
			keys: this.keys,
			audit: this.audit,
			log: this.log
		});
		this.#wasm = new WasmAssets(this.log);
		this.agent = new Agent({
			config: config.agent,
			// By the name that the DERP map has, too: the scheme of the one is the other's.
			headscaleUrl: config.headscalePublicUrl,
			isLoopback: isLoopbackHost(new URL(config.headscalePublicUrl).hostname),
			hostnames,
			keys: new AgentKeys({
				config: config.agent,
				headscale: this.headscale,
				hostnames,
				marks,
				ledger: this.#ledger,
				audit: this.audit
			}),
			file: config.stateDir === null ? null : new AgentStateFile(config.stateDir),
			audit: this.audit,
			log: this.log,
			now,
			onDerpMap: (map) => void this.targets.learn(map.regions)
		});
		this.janitor = new Janitor({
			config: config.janitor,
			headscale: this.headscale,
			hostnames,
			marks,
			ledger: this.#ledger,
			lease: shared.lease({
				scope: config.headscaleUrl,
				ttlMs: Math.max(3 * config.janitor.periodS, LEASE_MIN_S) * 1000,
				log: this.log
			}),
			isInUse: (hostname) => this.#isInUse(hostname),
			isInUseElsewhere: async (hostname) => (await shared.nodes?.isHeard(hostname)) === true,
			audit: this.audit,
			log: this.log,
			now,
			later,
			onRound: (report) => this.metrics.round(report, now())
		});
		this.metrics = new Metrics({
			version: options.version,
			relay: this.relay,
			agent: this.agent,
			hasProcess: config.metrics.port !== null || config.metrics.token !== null
		});
		this.metrics.listen(this.audit);
		this.doctor = new Doctor({ config, log: this.log, now, ownFacts: () => this.facts });
		this.doctorRate = shared.rate('doctor', DOCTOR_PER_MIN);
		this.diagnoseRate = shared.rate('diagnose', DIAGNOSES_PER_MIN);
		// Each window asks again whenever its control connection is made anew.
		this.controlKeyRate = shared.rate('control-key', config.keysPerMin * 20);
		this.linkRate = shared.rate('link', LINKS_PER_MIN);
		const provider =
			config.oidc === null ? null : new OidcProvider({ config: config.oidc, log: this.log, now });
		this.#login =
			provider === null
				? null
				: {
						provider,
						flow: new LoginFlow({
							provider,
							rules: config.identity,
							adminGroups: config.admins.groups,
							origin: config.origin,
							keys: config.sessionKeys,
							now
						})
					};
		this.readiness = new Readiness({
			oidc: provider,
			headscale: this.headscale,
			wasm: this.#wasm,
			agent: this.agent,
			now
		});
		this.loginRate = shared.rate('login', config.loginsPerMin);
		this.callbackRate = shared.rate('callback', config.loginsPerMin * 2);
		this.checkRate = shared.rate('check', 60);
		this.logoutTokenRate = shared.rate('logout-token', BACKCHANNEL_LOGOUTS_PER_MIN);
		this.#faults = new Sealer({ keys: config.sessionKeys, purpose: 'fault', now });
		const [firstKey] = config.sessionKeys;
		this.#personKey = deriveKey(firstKey ?? new Uint8Array(32), 'person');
	}

	// --- For the server entry ---

	/** Origins that a window may connect to beside its own; the agent may learn of more. */
	get connectSources(): readonly string[] {
		return connectSources(this.config, this.targets.regions);
	}

	/** Begins to serve: looks at the static files, starts agent and janitor, and asks the dependencies
	 *  without waiting for them.
	 *  @param spawnAgent makes the agent's thread; null where there is none (`vite dev`) */
	async start(
		clientDirectory: string,
		spawnAgent: AgentProgram['spawn'] | null = null
	): Promise<void> {
		const { config, log } = this;
		for (const warning of config.warnings) log.warn({ setting: warning.split(':')[0] }, warning);
		this.audit.write('config.start', true, {
			origin: config.origin,
			headscale: config.headscaleUrl,
			issuer: config.oidc?.issuer ?? null,
			mode: config.mode,
			version: this.#version
		});
		// Who signed out at another replica is out here from the first request on.
		await this.#shared.start();
		this.access.start();
		await this.#wasm.load(clientDirectory);
		this.doctor.setBuild(clientDirectory);
		void greet({
			config,
			headscale: this.headscale,
			provider: this.#login?.provider ?? null,
			log
		});
		const { asset, file } = this.#wasm;
		this.agent.start(
			spawnAgent === null || asset === null || file === null
				? null
				: {
						wasmUrl: pathToFileURL(file).href,
						wasmSha256: asset.sha256,
						spawn: spawnAgent
					}
		);
		this.janitor.start();
	}

	/** Guards a request and answers what is not kit's. @returns whether it has been answered */
	async intercept(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
		const path = (request.url ?? '/').split('?')[0] ?? '/';
		const { headers } = request;
		const fetchSite = headers['sec-fetch-site'];
		try {
			checkRequest(
				{
					method: request.method ?? 'GET',
					path,
					host: hostOf(request),
					origin: headers.origin,
					secFetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
					contentLength: headers['content-length'],
					transferEncoding: headers['transfer-encoding']
				},
				this.config.origin
			);
			return await this.#wasm.serve(request, response, path);
		} catch (cause) {
			const error = toAppError(cause);
			this.audit.write('request.refused', false, {
				code: error.code,
				path,
				ip: addressBucket(loggedAddress(this.config, request))
			});
			if (error.code === 'internal') this.log.error({ err: error.cause, id: error.id }, 'request');
			const answer = problem(error);
			// The body was not read and may be large: the connection cannot be used on.
			response
				.writeHead(answer.status, { ...answer.headers, connection: 'close' })
				.end(answer.body);
			return true;
		}
	}

	/** Takes a request for a WebSocket. @param headers what every answer of the server entry has */
	async upgrade(
		request: IncomingMessage,
		socket: Duplex,
		head: Buffer,
		headers: Readonly<Record<string, string>>
	): Promise<void> {
		await this.relay.upgrade(request, socket, head, headers);
	}

	/** Not ready any more, while everything still works: for HEADTAB_DRAIN_S. */
	drain(): void {
		this.readiness.stop();
	}

	/** Ends in order: windows are told to come back, those that left lose their nodes, the janitor finishes its
	 *  step, the agent leaves.
	 *  Resolves when all that is done. */
	async stop(): Promise<void> {
		this.drain();
		this.relay.stop();
		this.#departures.stop();
		this.access.stop();
		const ends = await Promise.allSettled([
			this.keys.stop(),
			this.janitor.stop(),
			this.agent.stop()
		]);
		for (const end of ends)
			if (end.status === 'rejected') this.log.warn({ err: end.reason as unknown }, 'stopping');
		await this.#ledger.flush();
		this.#shared.stop();
		this.audit.write('config.stop', true);
	}

	#isInUse(hostname: string): boolean {
		if (this.agent.isOwn(hostname) || this.relay.hasNode(hostname)) return true;
		const heardMs = this.keys.heardMs(hostname);
		return heardMs !== null && this.#now() - heardMs < WINDOW_HEARD_MS;
	}

	// --- For the routes ---

	/** The legs to a machine as the server sees them.
	 *  @throws AppError `identity-no-headscale-user` | `rate-limited` | `bad-request` */
	async diagnose(session: LoginSession, address: string): Promise<DiagnoseAnswer> {
		const user = linkedUser(session);
		await this.diagnoseRate.take(user.id);
		const answer = await diagnose(address, {
			agent: this.agent,
			targets: this.targets,
			isAdmin: isAdmin(session, this.config.admins)
		});
		const failed = answer.legs.find(({ state }) => state === 'failed');
		this.audit.write('diagnosis', failed === undefined, {
			sid: session.sid.slice(0, 6),
			user: user.id,
			address,
			leg: failed?.leg,
			code: failed?.error?.code
		});
		return answer;
	}

	/** What the doctor cannot see from outside. */
	get facts(): ServerFacts {
		return {
			agent: { at: this.agent.facts.phase.at, error: this.agent.fault?.toWire() ?? null },
			regions: this.targets.upstreams
		};
	}

	/** For admins: the windows with connections through this server. */
	liveWindows(): readonly WindowView[] {
		return this.relay.windows.map(({ session, ...window }) => ({
			...window,
			person: session.identity.name,
			email: session.identity.email,
			headscaleUser: session.headscaleUser?.name ?? ''
		}));
	}

	/** Ends one: its node is removed, then its connections close, which makes the window ask for its node.
	 *  @throws AppError `not-found` | `headscale-*` */
	async endWindow(admin: LoginSession, id: string): Promise<void> {
		const window = this.relay.windows.find((candidate) => candidate.id === id);
		if (window === undefined) throw AppError.of('not-found');
		const { hostname, session } = window;
		this.audit.write('window.ended', true, {
			by: auditSub(admin.identity.iss, admin.identity.sub),
			sub: auditSub(session.identity.iss, session.identity.sub),
			user: session.headscaleUser?.id ?? null,
			hostname
		});
		try {
			if (hostname !== null && session.headscaleUser !== null)
				await this.keys.remove(session.headscaleUser, hostname);
		} finally {
			this.relay.endWindow(id);
		}
	}

	/** @throws AppError `oidc-not-configured` */
	get login(): { readonly provider: OidcProvider; readonly flow: LoginFlow } {
		if (this.#login === null)
			throw AppError.of('oidc-not-configured', { setting: 'HEADTAB_OIDC_ISSUER' });
		return this.#login;
	}

	/** The provider's page that ends its session, or `/`. */
	async logoutUrl(): Promise<string> {
		return (await this.#login?.flow.logoutUrl()) ?? '/';
	}

	/** The provider says that a sign-in there is over.
	 *  @throws AppError `bad-request` | `oidc-not-configured` | `oidc-provider-unreachable` */
	async logoutByProvider(token: string): Promise<void> {
		const { provider } = this.login;
		const verified = await verifyLogoutToken(token, provider, this.#now);
		await this.#shared.seenTokens.take(verified);
		this.audit.write('logout.provider', true, {
			sub: verified.sub === null ? null : auditSub(provider.config.issuer, verified.sub),
			isOne: verified.providerSid !== null
		});
		await this.access.endByProvider(provider.config.issuer, verified);
	}

	/** The address a request comes from. @throws AppError `bad-request` (proxy header missing) */
	addressOf(request: Request, socketAddress: string): string {
		return clientAddress(this.config, {
			socket: socketAddress,
			path: new URL(request.url).pathname,
			header: (name) => request.headers.get(name) ?? undefined
		});
	}

	/** Matches a person to a Headscale user; a failure that is the person's becomes `linkError`.
	 *  @throws AppError `headscale-*` when nobody can be asked */
	async link(
		identity: Identity,
		options: { readonly isFresh: boolean }
	): Promise<Pick<LoginSession, 'headscaleUser' | 'linkError'>> {
		const users = await this.headscale.users(options);
		const fields = { sub: auditSub(identity.iss, identity.sub) };
		try {
			const headscaleUser = matchIdentity(identity, users, this.config.identity);
			this.audit.write('identity.linked', true, { ...fields, user: headscaleUser.id });
			return { headscaleUser, linkError: null };
		} catch (cause) {
			if (!(cause instanceof AppError)) throw cause;
			this.audit.write('identity.refused', false, { ...fields, code: cause.code });
			return { headscaleUser: null, linkError: cause.toWire() };
		}
	}

	/** Value of the cookie that tells the next page why a sign-in failed. */
	async sealFault(error: AppError): Promise<string> {
		const wire = error.toWire();
		return this.#faults.seal(
			{ code: wire.code, params: wire.params, id: wire.id },
			Math.floor(this.#now() / 1000) + LOGIN_FAULT_TTL_S
		);
	}

	async openFault(value: string | undefined): Promise<WireError | null> {
		const opened = await this.#faults.open(value);
		return opened !== null && isRecord(opened.payload) ? parseWireError(opened.payload) : null;
	}

	/** What a window is told first.
	 *  @param accessError why the person who signed in may no longer be here */
	sessionAnswer(
		session: LoginSession | null,
		{ loginError, accessError }: Pick<SessionAnswer, 'loginError' | 'accessError'>
	): SessionAnswer {
		return {
			person: session === null ? null : this.#person(session),
			linkError: session?.linkError ?? null,
			loginError: loginError ?? this.#loginFault(session),
			accessError,
			config: this.#publicConfig()
		};
	}

	#person(session: LoginSession): SessionAnswer['person'] {
		const { identity, headscaleUser } = session;
		return {
			id: createHmac('sha256', this.#personKey)
				.update(`${identity.iss}\n${identity.sub}`)
				.digest('base64url')
				.slice(0, 16),
			name: identity.name,
			email: identity.email,
			headscaleUser: headscaleUser?.name ?? null,
			sessionEndsInMs: Math.max(0, this.sessions.expiryOf(session) * 1000 - this.#now()),
			...(isAdmin(session, this.config.admins) ? { isAdmin: true as const } : {})
		};
	}

	/** Without OIDC settings there is nothing to try: the page says so at once. */
	#loginFault(session: LoginSession | null): WireError | null {
		if (this.#login !== null || session !== null) return null;
		return AppError.of('oidc-not-configured', { setting: 'HEADTAB_OIDC_ISSUER' }).toWire();
	}

	#publicConfig(): PublicConfig {
		return {
			version: this.#version,
			providerHost: this.#login?.provider.host ?? '',
			origin: this.config.origin,
			mode: this.config.mode,
			policy: policyName(this.connectSources),
			headscaleOrigin: this.config.headscalePublicUrl,
			wasm: this.#wasm.asset
		};
	}
}
