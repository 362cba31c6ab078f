// What this Headscale can do, found by asking it rather than by its version.
// Server only; asked at start, by /readyz and by the relay's check.
import { AppError } from '$lib/contracts/app-error';
import { HEADSCALE_TIMEOUT_MS } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import { guardedFetch, parseJson } from '../http/fetch';
import { plainText } from '../http/plain';

export interface Capabilities {
	/** What it calls itself; `dev` builds say little. For people only. */
	readonly version: string;
}

const PROBE_MAX_BYTES = 64 * 1024;

/** Asks for `/ts2021` as a browser does, without upgrading: 405 is a release (0.29.0, 0.29.1) or a proxy
 *  that no browser gets through; 404 or a page is not Headscale.
 *  @throws AppError `headscale-unreachable` | `headscale-unsupported` | `control-unreachable` */
export async function probeControl(
	url: string,
	timeoutMs = HEADSCALE_TIMEOUT_MS
): Promise<Capabilities> {
	const probe = await ask(`${url}/ts2021`, timeoutMs);
	if (probe.status === 405) throw AppError.of('headscale-unsupported');
	const isHtml = /text\/html/i.test(probe.headers.get('content-type') ?? '');
	if (probe.status === 404 || (probe.status >= 200 && probe.status < 400 && probe.status !== 101))
		throw AppError.of('control-unreachable', {
			reason: `${url}/ts2021 answered ${String(probe.status)}${isHtml ? ' with a web page' : ''}, so this is not Headscale`
		});
	if ([502, 503, 504].includes(probe.status))
		throw AppError.of('control-unreachable', {
			reason: `the proxy in front of Headscale answered ${String(probe.status)}`
		});
	return { version: await askVersion(url, timeoutMs) };
}

/** What it calls itself; `unknown` where it does not say.
 *  @throws AppError `headscale-unreachable` */
export async function askVersion(url: string, timeoutMs = HEADSCALE_TIMEOUT_MS): Promise<string> {
	const answer = parseJson((await ask(`${url}/version`, timeoutMs)).text);
	const name =
		isRecord(answer) && typeof answer['version'] === 'string' ? answer['version'] : 'unknown';
	return plainText(name, 40);
}

async function ask(url: string, timeoutMs: number) {
	try {
		return await guardedFetch(url, { timeoutMs, maxBytes: PROBE_MAX_BYTES });
	} catch (cause) {
		throw AppError.of('headscale-unreachable', {}, { cause });
	}
}
