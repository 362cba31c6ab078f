// POST /auth/logout: ends the login session, its connections and its nodes. Answers where to go next.
import { auditSub } from '$lib/server/audit/log';
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute, otherMethods } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const { app, loginSession, requestId } = event.locals;
	event.cookies.delete(app.cookies.session, app.cookies.attributes(0));
	if (loginSession === null) return jsonResponse({ redirect: '/' });
	app.audit.write('logout', true, {
		requestId,
		sid: loginSession.sid.slice(0, 6),
		sub: auditSub(loginSession.identity.iss, loginSession.identity.sub)
	});
	await app.access.end(loginSession);
	return jsonResponse({ redirect: await app.logoutUrl() });
});

export const fallback = otherMethods('POST');
