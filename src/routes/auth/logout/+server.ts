// POST /auth/logout: ends the login session, its connections and its nodes. Answers where to go next.
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute, otherMethods } from '$lib/server/http/route';
import { signOut } from '$lib/server/http/sign-out';

export const POST = apiRoute((event) => {
	const { app, loginSession } = event.locals;
	if (loginSession === null) {
		event.cookies.delete(app.cookies.session, app.cookies.attributes(0));
		return jsonResponse({ redirect: '/' });
	}
	return signOut(event, loginSession, 'logout', () => app.access.end(loginSession));
});

export const fallback = otherMethods('POST');
