// Headscale's answers as it sends them (0.28–0.29: grpc-gateway; 0.30: RFC 7807 errors), and their parsers.
// Server only. Ids are decimal strings; unknown fields are ignored, missing ones of ours are faults.
import { isRecord } from '$lib/contracts/parse';
import { plainText } from '../http/plain';

/** An answer of another shape than expected. */
export class WireFault extends Error {
	override readonly name = 'WireFault';
}

export interface UserWire {
	readonly id: string;
	readonly name: string;
	readonly displayName: string;
	readonly email: string;
	readonly providerId: string;
	/** `oidc`, or empty for a local user. */
	readonly provider: string;
}

export interface PreAuthKeyWire {
	readonly id: string;
	/** Whole only in the answer that made it; masked afterwards. */
	readonly key: string;
	readonly userId: string;
	readonly isReusable: boolean;
	readonly isEphemeral: boolean;
	readonly isUsed: boolean;
	readonly expiresAtMs: number;
	/** The same as Headscale writes it, to the nanosecond. */
	readonly expiration: string;
	readonly tags: readonly string[];
}

export interface NodeWire {
	readonly id: string;
	/** The hostname that the node registered with. */
	readonly hostname: string;
	/** The name in the tailnet, made unique by Headscale. */
	readonly givenName: string;
	readonly userId: string;
	readonly isOnline: boolean;
	readonly createdAtMs: number;
	/** NaN when Headscale never heard of it. */
	readonly lastSeenMs: number;
	/** NaN when it never expires. */
	readonly expiresAtMs: number;
	readonly preAuthKey: {
		readonly id: string;
		readonly isEphemeral: boolean;
		/** As `publicPart` has it. */
		readonly publicPart: string;
	} | null;
	readonly tags: readonly string[];
}

const ID = /^\d{1,20}$/;
/** Every id that is put into a URL of Headscale passes here: path characters in it would call other functions. */
export function checkId(id: string): string {
	if (!ID.test(id)) throw new WireFault('an id that is no number');
	return id;
}

/** One of Headscale's API keys. */
export interface ApiKeyWire {
	/** As it is listed, with its end masked: `hskey-api-…-***`. */
	readonly prefix: string;
	/** NaN when it never expires. */
	readonly expiresAtMs: number;
}

type Fields = Readonly<Record<string, unknown>>;
function record(value: unknown, what: string): Fields {
	if (!isRecord(value)) throw new WireFault(`${what} is no object`);
	return value;
}
function text(fields: Fields, name: string): string {
	const value = fields[name];
	if (value === undefined || value === null) return '';
	if (typeof value !== 'string') throw new WireFault(`${name} is no text`);
	return value;
}
function id(fields: Fields, name: string): string {
	const value = fields[name];
	return checkId(typeof value === 'number' ? String(value) : text(fields, name));
}
const flag = (fields: Fields, name: string): boolean => fields[name] === true;
/** NaN when absent or unreadable: comparisons with it are false. */
const timeMs = (fields: Fields, name: string): number => Date.parse(text(fields, name));

function list<T>(value: unknown, name: string, parse: (item: Fields) => T): readonly T[] {
	const items = record(value, 'the answer')[name];
	if (items === undefined || items === null) return [];
	if (!Array.isArray(items)) throw new WireFault(`${name} is no list`);
	return items.map((item: unknown) => parse(record(item, name)));
}

function parseUser(fields: Fields): UserWire {
	return {
		id: id(fields, 'id'),
		name: text(fields, 'name'),
		displayName: text(fields, 'displayName'),
		email: text(fields, 'email'),
		providerId: text(fields, 'providerId'),
		provider: text(fields, 'provider')
	};
}

/** GET /api/v1/user */
export const parseUsers = (value: unknown): readonly UserWire[] => list(value, 'users', parseUser);

/** POST /api/v1/user */
export const parseMadeUser = (value: unknown): UserWire =>
	parseUser(record(record(value, 'the answer')['user'], 'user'));

/** POST /api/v1/preauthkey */
export const parsePreAuthKey = (value: unknown): PreAuthKeyWire =>
	parseKey(record(record(value, 'the answer')['preAuthKey'], 'preAuthKey'));

/** GET /api/v1/preauthkey */
export const parsePreAuthKeys = (value: unknown): readonly PreAuthKeyWire[] =>
	list(value, 'preAuthKeys', parseKey);

/** GET /api/v1/apikey */
export const parseApiKeys = (value: unknown): readonly ApiKeyWire[] =>
	list(value, 'apiKeys', (fields) => ({
		prefix: text(fields, 'prefix'),
		expiresAtMs: timeMs(fields, 'expiration')
	}));

/** GET /api/v1/policy: the text as it was written, hujson. */
export const parsePolicy = (value: unknown): string => text(record(value, 'the answer'), 'policy');

const texts = (value: unknown): readonly string[] =>
	Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** What a pre-auth key is called where it is listed, without its secret: `hskey-auth-` and 12 characters. It tells
 *  a key from that of another Headscale with the same id. Empty for keys of before 0.28. */
export const publicPart = (key: string): string =>
	/^hskey-auth-[\w-]{12}(?=-)/.exec(key)?.[0] ?? '';

function parseKey(fields: Fields): PreAuthKeyWire {
	const user = fields['user'];
	return {
		id: id(fields, 'id'),
		key: text(fields, 'key'),
		userId: isRecord(user) ? id(user, 'id') : '',
		isReusable: flag(fields, 'reusable'),
		isEphemeral: flag(fields, 'ephemeral'),
		isUsed: flag(fields, 'used'),
		expiresAtMs: timeMs(fields, 'expiration'),
		expiration: text(fields, 'expiration'),
		tags: texts(fields['aclTags'])
	};
}

/** Headscale's zero time, year 1, means never. */
function expiryMs(fields: Fields): number {
	const atMs = timeMs(fields, 'expiry');
	return atMs > 0 ? atMs : Number.NaN;
}

/** GET /api/v1/node */
export const parseNodes = (value: unknown): readonly NodeWire[] =>
	list(value, 'nodes', parseNodeFields);

/** GET /api/v1/node/{id} */
export const parseNode = (value: unknown): NodeWire =>
	parseNodeFields(record(record(value, 'the answer')['node'], 'node'));

function parseNodeFields(fields: Fields): NodeWire {
	const key = fields['preAuthKey'];
	const user = fields['user'];
	return {
		id: id(fields, 'id'),
		hostname: text(fields, 'name'),
		givenName: text(fields, 'givenName'),
		userId: isRecord(user) ? id(user, 'id') : '',
		isOnline: flag(fields, 'online'),
		createdAtMs: timeMs(fields, 'createdAt'),
		lastSeenMs: timeMs(fields, 'lastSeen'),
		expiresAtMs: expiryMs(fields),
		preAuthKey: isRecord(key)
			? {
					id: id(key, 'id'),
					isEphemeral: flag(key, 'ephemeral'),
					publicPart: publicPart(text(key, 'key'))
				}
			: null,
		tags: texts(fields['tags'])
	};
}

/** An answer that only says that something was done: `{}`. A page of a proxy is none. */
export function parseDone(value: unknown): void {
	record(value, 'the answer');
}

/** NOT_FOUND among gRPC's status codes. */
const GRPC_NOT_FOUND = 5;
/** Whether a 404 is Headscale's own, in either shape: a proxy before a Headscale that restarts has one, too. */
export const isNotFound = (value: unknown): boolean =>
	isRecord(value) &&
	(value['code'] === GRPC_NOT_FOUND ||
		(value['status'] === 404 && typeof value['title'] === 'string'));

/** The reason in an error of either shape; null when it has none. */
export function parseReason(value: unknown): string | null {
	if (!isRecord(value)) return null;
	for (const name of ['message', 'detail', 'title']) {
		const reason = value[name];
		if (typeof reason === 'string' && reason !== '') return plainText(reason, 160);
	}
	return null;
}
