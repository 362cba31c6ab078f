// GET /api/session: who is signed in, what the last sign-in ended with (told once), and the deployment.
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute, otherMethods } from '$lib/server/http/route';

export const GET = apiRoute(async (event) => {
	const { app, loginSession, accessFault } = event.locals;
	const { cookies } = app;
	const value = event.cookies.get(cookies.fault);
	if (value !== undefined) event.cookies.delete(cookies.fault, cookies.attributes(0));
	return jsonResponse(
		app.sessionAnswer(loginSession, {
			loginError: await app.openFault(value),
			accessError: accessFault?.toWire() ?? null
		})
	);
});

export const fallback = otherMethods('GET, HEAD');
