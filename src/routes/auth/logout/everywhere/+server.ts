// POST /auth/logout/everywhere: ends every sign-in of the person, in whichever browser. Answers where to go next.
import { auditSub } from '$lib/server/audit/log';
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const session = requireSession(event);
	const { app, requestId } = event.locals;
	event.cookies.delete(app.cookies.session, app.cookies.attributes(0));
	app.audit.write('logout.everywhere', true, {
		requestId,
		sid: session.sid.slice(0, 6),
		sub: auditSub(session.identity.iss, session.identity.sub)
	});
	await app.access.endEverywhere(session);
	return jsonResponse({ redirect: await app.logoutUrl() });
});

export const fallback = otherMethods('POST');
