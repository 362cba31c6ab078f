// Every setting: its name, what it should be, its default. load.ts turns the environment into Config.
// Server only; `.env.example` and the README's table say the same (a test compares).
import type { Secret } from '../secret';

/** One upstream DERP server of a region. */
export interface DerpTarget {
	readonly region: number;
	/** `https://host:port` (http on loopback). */
	readonly origin: string;
}

export type ClientAuth = 'basic' | 'post' | 'none';

export interface OidcConfig {
	/** Compared byte by byte with what the provider says; never normalised. */
	readonly issuer: string;
	readonly clientId: string;
	readonly clientSecret: Secret | null;
	readonly clientAuth: ClientAuth;
	readonly scopes: readonly string[];
	readonly algorithms: readonly string[];
}

export interface IdentityConfig {
	/** `sub` → name of the Headscale user, or `id:7`. */
	readonly map: ReadonlyMap<string, string>;
	readonly byEmail: boolean;
	/** Empty lists allow everyone who matches a Headscale user. Lower case. */
	readonly allowedDomains: readonly string[];
	readonly allowedUsers: readonly string[];
	readonly allowedGroups: readonly string[];
}

export interface AgentConfig {
	readonly isOn: boolean;
	/** Name of the Headscale user that the agent belongs to; unused with a tag. */
	readonly user: string;
	/** Whether that user is made when it is missing. */
	readonly createsUser: boolean;
	/** `tag:headtab`: the agent is tagged instead of owned. */
	readonly tag: string | null;
	/** Kept in `stateDir` over restarts; else a new ephemeral node each time. */
	readonly isLasting: boolean;
	/** Restarted above this. */
	readonly memoryMaxBytes: number;
}

export interface JanitorConfig {
	readonly isOn: boolean;
	readonly periodS: number;
	/** Age at which a node that never came online is removed. */
	readonly graceS: number;
	/** Time offline after which a node that was online is removed. */
	readonly offlineS: number;
}

export interface MetricsConfig {
	/** A listener of its own; null: none. */
	readonly port: number | null;
	readonly host: string;
	/** Opens `/metrics` on the public port, as a bearer token. */
	readonly token: Secret | null;
}

export interface Config {
	/** `https://tab.example.com`, without a trailing slash. */
	readonly origin: string;
	/** Cookies drop `Secure` and `__Host-` only where the origin is http. */
	readonly isSecure: boolean;
	readonly host: string;
	readonly port: number;
	/** Where this server reaches it. */
	readonly headscaleUrl: string;
	/** Its `server_url`: where people's nodes and, in direct mode, windows reach it. */
	readonly headscalePublicUrl: string;
	readonly headscaleApiKey: Secret;
	/** null when not one OIDC setting is present: the app then says so (E3). */
	readonly oidc: OidcConfig | null;
	readonly sessionKeys: readonly Uint8Array[];
	/** When the file that holds them was last written; null where they are given directly. */
	readonly sessionKeysFromMs: number | null;
	readonly sessionIdleS: number;
	readonly sessionAbsoluteS: number;
	readonly identity: IdentityConfig;
	readonly mode: 'relay' | 'direct';
	readonly derp: readonly DerpTarget[];
	/** Whether `derp` was set; the default gives way to the agent's map. */
	readonly isDerpSet: boolean;
	readonly agent: AgentConfig;
	readonly janitor: JanitorConfig;
	readonly metrics: MetricsConfig;
	/** Who may see live windows and end them: verified emails or subs, lower case; groups. */
	readonly admins: { readonly users: readonly string[]; readonly groups: readonly string[] };
	/** Folder for what shall outlive a restart; null: nothing does. */
	readonly stateDir: string | null;
	/** `redis://…` shared by replicas; may hold a password. */
	readonly redisUrl: Secret | null;
	/** Time between "not ready" and the end, for a load balancer to notice. */
	readonly drainS: number;
	readonly keyTtlS: number;
	/** Header that names the person's address, set by a trusted proxy; null: the socket's. */
	readonly addressHeader: string | null;
	readonly xffDepth: number;
	readonly loginsPerMin: number;
	readonly keysPerMin: number;
	readonly relayTotalMax: number;
	readonly logLevel: string;
	/** What is odd but not wrong; logged at start. */
	readonly warnings: readonly string[];
	/** For the log's redaction. */
	readonly secrets: readonly Secret[];
}

/** Names of all settings, for the check of unknown ones. A name with `_FILE` may be given by a file. */
export const SETTINGS = [
	'HEADTAB_ORIGIN',
	'HEADTAB_HOST',
	'HEADTAB_PORT',
	'HEADTAB_HEADSCALE_URL',
	'HEADTAB_HEADSCALE_PUBLIC_URL',
	'HEADTAB_HEADSCALE_API_KEY',
	'HEADTAB_HEADSCALE_API_KEY_FILE',
	'HEADTAB_OIDC_ISSUER',
	'HEADTAB_OIDC_CLIENT_ID',
	'HEADTAB_OIDC_CLIENT_SECRET',
	'HEADTAB_OIDC_CLIENT_SECRET_FILE',
	'HEADTAB_OIDC_CLIENT_AUTH',
	'HEADTAB_OIDC_SCOPES',
	'HEADTAB_OIDC_ALGORITHMS',
	'HEADTAB_SESSION_KEYS',
	'HEADTAB_SESSION_KEYS_FILE',
	'HEADTAB_SESSION_IDLE_S',
	'HEADTAB_SESSION_ABSOLUTE_S',
	'HEADTAB_IDENTITY_MAP',
	'HEADTAB_IDENTITY_BY_EMAIL',
	'HEADTAB_ALLOWED_DOMAINS',
	'HEADTAB_ALLOWED_USERS',
	'HEADTAB_ALLOWED_GROUPS',
	'HEADTAB_MODE',
	'HEADTAB_DERP',
	'HEADTAB_KEY_TTL_S',
	'HEADTAB_LOGINS_PER_MIN',
	'HEADTAB_KEYS_PER_MIN',
	'HEADTAB_RELAY_TOTAL_MAX',
	'HEADTAB_AGENT',
	'HEADTAB_AGENT_USER',
	'HEADTAB_AGENT_CREATE_USER',
	'HEADTAB_AGENT_TAG',
	'HEADTAB_AGENT_EPHEMERAL',
	'HEADTAB_AGENT_MEMORY_MAX_MB',
	'HEADTAB_JANITOR',
	'HEADTAB_JANITOR_PERIOD_S',
	'HEADTAB_JANITOR_GRACE_S',
	'HEADTAB_JANITOR_OFFLINE_S',
	'HEADTAB_STATE_DIR',
	'HEADTAB_REDIS_URL',
	'HEADTAB_REDIS_URL_FILE',
	'HEADTAB_METRICS_PORT',
	'HEADTAB_METRICS_HOST',
	'HEADTAB_METRICS_TOKEN',
	'HEADTAB_METRICS_TOKEN_FILE',
	'HEADTAB_ADMINS',
	'HEADTAB_ADMIN_GROUPS',
	'HEADTAB_DRAIN_S',
	'HEADTAB_ADDRESS_HEADER',
	'HEADTAB_XFF_DEPTH',
	'HEADTAB_LOG_LEVEL',
	'HEADTAB_ALLOW_HTTP'
] as const;
export type Setting = (typeof SETTINGS)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** Asymmetric signatures only: a shared secret would let anyone who has it sign in as anyone. */
export const SIGNATURE_ALGORITHMS = [
	'RS256',
	'RS384',
	'RS512',
	'PS256',
	'PS384',
	'PS512',
	'ES256',
	'ES384',
	'ES512',
	'EdDSA',
	'Ed25519'
] as const;
export const SIGNATURE_ALGORITHMS_DEFAULT =
	'RS256,ES256,PS256,EdDSA,RS384,ES384,PS384,RS512,ES512,PS512';

/** Anyone can have an address there, so a domain rule on it allows the world. */
export const PUBLIC_MAIL_DOMAINS = [
	'gmail.com',
	'googlemail.com',
	'outlook.com',
	'hotmail.com',
	'live.com',
	'yahoo.com',
	'icloud.com',
	'proton.me',
	'protonmail.com',
	'gmx.net',
	'gmx.de',
	'web.de',
	'mail.com'
];

/** Makes a session key; printed wherever one is missing or bad. */
export const SESSION_KEY_COMMAND = 'openssl rand -base64 32';
