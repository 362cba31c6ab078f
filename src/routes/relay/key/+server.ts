// GET /relay/key: Headscale's public key for the Noise handshake, relayed for signed-in windows.
import { AppError } from '$lib/contracts/app-error';
import { HEADSCALE_TIMEOUT_MS, OIDC_BODY_MAX_BYTES } from '$lib/contracts/limits';
import { guardedFetch } from '$lib/server/http/fetch';
import { personBucket } from '$lib/server/http/rates';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';

export const GET = apiRoute(async (event) => {
	const session = requireSession(event);
	const { app } = event.locals;
	const version = event.url.searchParams.get('v') ?? '';
	if (!/^\d{1,6}$/.test(version) || [...event.url.searchParams].length !== 1)
		throw AppError.of('bad-request', { reason: 'it names no client version' });
	await app.controlKeyRate.take(personBucket(session));
	const answer = await guardedFetch(`${app.config.headscaleUrl}/key?v=${version}`, {
		timeoutMs: HEADSCALE_TIMEOUT_MS,
		maxBytes: OIDC_BODY_MAX_BYTES
	}).catch((cause: unknown) => {
		throw AppError.of('headscale-unreachable', {}, { cause });
	});
	const isJson = /^application\/json/i.test(answer.headers.get('content-type') ?? '');
	if (answer.status !== 200 || !isJson)
		throw AppError.of('control-unreachable', {
			reason: `Headscale answered ${String(answer.status)} when asked for its key`
		});
	return new Response(answer.text, {
		headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }
	});
});

export const fallback = otherMethods('GET, HEAD');
