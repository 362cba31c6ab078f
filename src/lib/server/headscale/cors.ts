// Whether browsers let a page of ours read what Headscale answers. In direct mode a window fetches one thing of
// it, `/key`; its WebSockets need no permission (SECURITY 2b, D6).
// Server only; used at start, by the relay's check and by the doctor.
import { AppError } from '$lib/contracts/app-error';
import { HEADSCALE_TIMEOUT_MS } from '$lib/contracts/limits';
import type { Config } from '../config/schema';
import { guardedFetch } from '../http/fetch';
import { plainText } from '../http/plain';

/** A capability version that every supported Headscale answers. */
const CAPABILITY = '130';
const ANSWER_MAX_BYTES = 64 * 1024;
const ALLOW = 'Access-Control-Allow-Origin';

export interface CorsAnswer {
	/** Why a browser hides the answer, after “it”; null when it does not. */
	readonly fault: string | null;
	/** The header's value. */
	readonly allowed: string | null;
	/** Status of OPTIONS where that would refuse; browsers do not ask it for `/key`. */
	readonly preflight: number | null;
}

type Way = Pick<Config, 'headscalePublicUrl' | 'origin'>;

/** Looks at the headers as a browser does. @throws what `guardedFetch` throws */
export async function askCors({ headscalePublicUrl, origin }: Way): Promise<CorsAnswer> {
	if (headscalePublicUrl === origin) return { fault: null, allowed: origin, preflight: null };
	const ask = (method: 'GET' | 'OPTIONS') =>
		guardedFetch(`${headscalePublicUrl}/key?v=${CAPABILITY}`, {
			method,
			headers: {
				origin,
				...(method === 'OPTIONS' ? { 'access-control-request-method': 'GET' } : {})
			},
			timeoutMs: HEADSCALE_TIMEOUT_MS,
			maxBytes: ANSWER_MAX_BYTES
		});
	const allowed = (await ask('GET')).headers.get(ALLOW);
	const fault = faultOf(allowed, origin);
	if (fault !== null) return { fault, allowed, preflight: null };
	const preflight = await ask('OPTIONS');
	const isRefused = preflight.status > 299 || preflight.headers.get(ALLOW) === null;
	return { fault, allowed, preflight: isRefused ? preflight.status : null };
}

function faultOf(allowed: string | null, origin: string): string | null {
	if (allowed === null) return `sends no ${ALLOW} with /key`;
	if (allowed.includes(','))
		return `sends two values of ${ALLOW} with /key (${plainText(allowed, 80)})`;
	return allowed === '*' || allowed === origin
		? null
		: `allows ${plainText(allowed, 80)} with /key, and not ${origin}`;
}

/** @throws AppError `control-cors` | `headscale-unreachable` */
export async function checkCors(way: Way): Promise<void> {
	const { fault } = await askCors(way).catch((cause: unknown) => {
		throw AppError.of('headscale-unreachable', {}, { cause });
	});
	if (fault === null) return;
	const { host } = new URL(way.headscalePublicUrl);
	throw AppError.of('control-cors', { host, reason: fault, origin: way.origin });
}
