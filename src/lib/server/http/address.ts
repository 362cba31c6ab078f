// Where a request comes from: the socket, or the header of a proxy that the admin named.
// Server only; for rate limits and the audit trail, never for authorisation.
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import { AppError } from '$lib/contracts/app-error';
import type { Config } from '../config/schema';
import { isMonitored } from './guard';

/** @param header reads one request header, lower-case name
 *  @throws AppError `bad-request` when the configured header is absent, too short, or holds no IP address */
export function clientAddress(
	config: Pick<Config, 'addressHeader' | 'xffDepth'>,
	from: {
		readonly socket: string;
		readonly path: string;
		readonly header: (name: string) => string | undefined;
	}
): string {
	const { address, lack } = toldAddress(config, from.header);
	if (address !== null) return address;
	// A monitor comes past the proxy.
	if (lack === null || isMonitored(from.path)) return from.socket;
	throw AppError.of('bad-request', { reason: `the proxy sent ${lack}` });
}

interface ToldAddress {
	readonly address: string | null;
	/** What is wrong with it, e.g. `no x-forwarded-for`; null when nothing is. */
	readonly lack: string | null;
}

/** Where the proxy says that a request comes from; both null where no header is configured. */
export function toldAddress(
	config: Pick<Config, 'addressHeader' | 'xffDepth'>,
	header: (name: string) => string | undefined
): ToldAddress {
	const { addressHeader, xffDepth } = config;
	if (addressHeader === null) return { address: null, lack: null };
	const addresses = (header(addressHeader) ?? '')
		.split(',')
		.map((address) => address.trim())
		.filter((address) => address !== '');
	// The last entries are the ones our own proxies wrote; what stands before them anyone can claim.
	const entry = addresses.at(-xffDepth);
	if (entry === undefined) return { address: null, lack: `no ${addressHeader}` };
	const address = bareAddress(entry);
	return { address, lack: address === null ? `no IP address in ${addressHeader}` : null };
}

/** The same of a request that kit never sees, for the log: never fails, since refusing is what it is for. */
export function loggedAddress(
	config: Pick<Config, 'addressHeader' | 'xffDepth'>,
	request: IncomingMessage
): string {
	const socket = request.socket.remoteAddress ?? '';
	const header = (name: string) => {
		const value = request.headers[name];
		return Array.isArray(value) ? value.join(',') : value;
	};
	try {
		const [path = ''] = (request.url ?? '').split('?');
		return clientAddress(config, { socket, path, header });
	} catch (cause) {
		if (cause instanceof AppError) return socket;
		throw cause;
	}
}

/** `1.2.3.4:5678` and `[::1]:5` name a connection, not where it comes from. null for what is no address. */
function bareAddress(entry: string): string | null {
	const bare =
		/^\[([^\]]*)\](?::\d*)?$/.exec(entry)?.[1] ?? /^([^:]*):\d*$/.exec(entry)?.[1] ?? entry;
	return isIP(bare) === 0 ? null : bare;
}

/** What rate limits count by: an IPv4 address, or the /64 a person's IPv6 addresses share. */
export function addressBucket(address: string): string {
	const bare = address.replace(/^::ffff:/i, '').replace(/%.*$/, '');
	if (!isIPv6(bare)) return bare;
	const [head = '', tail] = bare.toLowerCase().split('::');
	const left = head === '' ? [] : head.split(':');
	const right = tail === undefined || tail === '' ? [] : tail.split(':');
	const middle =
		tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
	return [...left, ...middle, ...right]
		.slice(0, 4)
		.map((part) => part.replace(/^0+(?=.)/, ''))
		.join(':');
}
