// What each way of signing out does around its own end of things. Server only; the routes under /auth/logout call it.
import type { RequestEvent } from '@sveltejs/kit';
import { auditSub, type AuditEvent } from '../audit/log';
import type { LoginSession } from '../session/login-session';
import { jsonResponse } from './answer';

/** Takes the cookie, writes the audit trail, ends what `end` ends, and answers where to go next. */
export async function signOut(
	{ cookies, locals: { app, requestId } }: RequestEvent,
	session: LoginSession,
	event: Extract<AuditEvent, 'logout' | 'logout.everywhere'>,
	end: () => Promise<void>
): Promise<Response> {
	cookies.delete(app.cookies.session, app.cookies.attributes(0));
	app.audit.write(event, true, {
		requestId,
		sid: session.sid.slice(0, 6),
		sub: auditSub(session.identity.iss, session.identity.sub)
	});
	await end();
	return jsonResponse({ redirect: await app.logoutUrl() });
}
