// POST /api/diagnose: the legs to one machine, seen from the server.
import { jsonResponse } from '$lib/server/http/answer';
import { readBody } from '$lib/server/http/body';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const session = requireSession(event);
	const { address } = await readBody(event.request, ['address']);
	return jsonResponse(await event.locals.app.diagnose(session, address));
});

export const fallback = otherMethods('POST');
