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

export interface Config {
	/** `https://tab.example.com`, without a trailing slash. */
	readonly origin: string;
	/** Cookies drop `Secure` and `__Host-` only where the origin is http. */
	readonly isSecure: boolean;
	readonly host: string;
	readonly port: number;
	readonly headscaleUrl: string;
	readonly headscaleApiKey: Secret;
	/** null when not one OIDC setting is present: the app then says so (E3). */
	readonly oidc: OidcConfig | null;
	readonly sessionKeys: readonly Uint8Array[];
	readonly sessionIdleS: number;
	readonly sessionAbsoluteS: number;
	readonly identity: IdentityConfig;
	readonly mode: 'relay' | 'direct';
	readonly derp: readonly DerpTarget[];
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
