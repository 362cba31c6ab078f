// POST /auth/backchannel-logout: the provider tells, server to server, that a sign-in there is over.
import { AppError } from '$lib/contracts/app-error';
import { REQUEST_BODY_MAX_BYTES } from '$lib/contracts/limits';
import { addressBucket } from '$lib/server/http/address';
import { apiRoute, otherMethods } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const { app, address } = event.locals;
	await app.logoutTokenRate.take(addressBucket(address));
	const type = event.request.headers.get('content-type') ?? '';
	if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
		throw AppError.of('bad-request', { reason: 'its body is no form' });
	const text = await event.request.text();
	if (text.length > REQUEST_BODY_MAX_BYTES)
		throw AppError.of('bad-request', { reason: 'it is too large' });
	const tokens = new URLSearchParams(text).getAll('logout_token');
	await app.logoutByProvider(tokens.length === 1 ? (tokens[0] ?? '') : '');
	return new Response(null, { headers: { 'cache-control': 'no-store' } });
});

export const fallback = otherMethods('POST');
