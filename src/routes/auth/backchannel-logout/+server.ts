// POST /auth/backchannel-logout: the provider tells, server to server, that a sign-in there is over.
import { AppError } from '$lib/contracts/app-error';
import { addressBucket } from '$lib/server/http/address';
import { readText } from '$lib/server/http/body';
import { apiRoute, otherMethods } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const { app, address } = event.locals;
	await app.logoutTokenRate.take(addressBucket(address));
	const type = event.request.headers.get('content-type') ?? '';
	if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
		throw AppError.of('bad-request', { reason: 'its body is no form' });
	const tokens = new URLSearchParams(await readText(event.request)).getAll('logout_token');
	await app.logoutByProvider(tokens.length === 1 ? (tokens[0] ?? '') : '');
	return new Response(null, { headers: { 'cache-control': 'no-store' } });
});

export const fallback = otherMethods('POST');
