// GET /metrics: Prometheus text for whoever has the token; without a token it does not exist here.
import { AppError } from '$lib/contracts/app-error';
import { apiRoute, otherMethods } from '$lib/server/http/route';
import { isEqual } from '$lib/server/secret';

export const GET = apiRoute(async (event) => {
	const { app } = event.locals;
	const { token } = app.config.metrics;
	const given = /^Bearer (\S+)$/.exec(event.request.headers.get('authorization') ?? '')?.[1];
	if (token === null || !isEqual(given, token.reveal())) throw AppError.of('not-found');
	const { type, body } = await app.metrics.text();
	return new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-store' } });
});

export const fallback = otherMethods('GET, HEAD');
