// POST /api/session/link: matches the person to a Headscale user anew, past all caches.
import { jsonResponse } from '$lib/server/http/answer';
import { readBody } from '$lib/server/http/body';
import { personBucket } from '$lib/server/http/rates';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const session = requireSession(event);
	await readBody(event.request, []);
	const { app } = event.locals;
	await app.linkRate.take(personBucket(session));
	const linked = { ...session, ...(await app.link(session.identity, { isFresh: true })) };
	event.locals.resealed = linked;
	return jsonResponse(app.sessionAnswer(linked, { loginError: null, accessError: null }));
});

export const fallback = otherMethods('POST');
