// What every request must pass before anything else sees it: Host, Origin, size.
// Server only; called for HTTP requests by the server entry and for upgrades by the relay.
import type { IncomingMessage } from 'node:http';
import { AppError } from '$lib/contracts/app-error';
import { REQUEST_BODY_MAX_BYTES } from '$lib/contracts/limits';
import { hostPort } from './host-port';
import { plainText } from './plain';

export interface RequestFacts {
	readonly method: string;
	/** Path without the query. */
	readonly path: string;
	readonly host: string | undefined;
	readonly origin: string | undefined;
	readonly secFetchSite: string | undefined;
	readonly contentLength: string | undefined;
	readonly transferEncoding: string | undefined;
}

/** Asked by monitors that know an address only; they answer nothing about anyone. */
const MONITORED_PATHS = ['/healthz', '/readyz', '/metrics'];
/** Whether a monitor may ask for it directly, past the proxy. */
export const isMonitored = (path: string): boolean => MONITORED_PATHS.includes(path);

/** The page must have been opened at the configured origin: anything else is DNS rebinding or a wrong setting.
 *  @throws AppError `host-refused` */
export function checkHost(facts: Pick<RequestFacts, 'host' | 'path'>, origin: string): void {
	if (isMonitored(facts.path)) return;
	const url = new URL(origin);
	const host = facts.host?.toLowerCase() ?? '';
	if (host === url.host || host === hostPort(origin)) return;
	throw AppError.of('host-refused', { host: plainText(host, 100), expected: origin });
}

/** The one Host of a request. Node takes the first of several, a proxy before it perhaps the last: who names two
 *  means to be two things to two readers.
 *  @throws AppError `bad-request` */
export function hostOf(request: Pick<IncomingMessage, 'headersDistinct'>): string | undefined {
	const hosts = request.headersDistinct['host'] ?? [];
	if (hosts.length > 1) throw AppError.of('bad-request', { reason: 'it names two hosts' });
	return hosts[0];
}

/** Asked by servers, which have no page; what counts there is the signature of what they send. */
const SERVERS_PATH = '/auth/backchannel-logout';

/** Whatever may change something must come from our own page.
 *  @throws AppError `origin-refused` */
export function checkOrigin(
	facts: Pick<RequestFacts, 'method' | 'origin' | 'secFetchSite' | 'path'>,
	expected: string
): void {
	if (facts.method === 'GET' || facts.method === 'HEAD') return;
	if (facts.path === SERVERS_PATH && facts.origin === undefined && facts.secFetchSite === undefined)
		return;
	if (facts.origin === expected) return;
	if (facts.origin === undefined && facts.secFetchSite === 'same-origin') return;
	throw AppError.of('origin-refused', {
		origin: plainText(facts.origin ?? 'an unknown page', 100),
		expected
	});
}

/** @throws AppError `host-refused` | `origin-refused` | `bad-request` */
export function checkRequest(facts: RequestFacts, origin: string): void {
	// `GET http://elsewhere/ HTTP/1.1` is a proxy's business, and so is `OPTIONS *`.
	if (!facts.path.startsWith('/'))
		throw AppError.of('bad-request', { reason: 'it asks for no path of this server' });
	// Node lets other encodings pass, and another reader may take them for chunked.
	if (facts.transferEncoding !== undefined && facts.transferEncoding.toLowerCase() !== 'chunked')
		throw AppError.of('bad-request', { reason: 'its body is encoded in a way unknown here' });
	checkHost(facts, origin);
	checkOrigin(facts, origin);
	if (Number(facts.contentLength ?? 0) > REQUEST_BODY_MAX_BYTES)
		throw AppError.of('bad-request', { reason: 'it is too large' });
}
