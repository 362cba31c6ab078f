// The frame of an API route: a failure becomes a coded answer, a missing login session the same.
// Server only; used by +server.ts files.
import type { RequestEvent, RequestHandler } from '@sveltejs/kit';
import { AppError, toAppError } from '$lib/contracts/app-error';
import { isAdmin } from '../identity/admin';
import type { LoginSession } from '../session/login-session';
import { problemResponse } from './answer';

/** Wraps a handler: whatever it throws is logged and answered as problem+json. */
export function apiRoute(
	handler: (event: RequestEvent) => Promise<Response> | Response
): RequestHandler {
	return async (event) => {
		try {
			const response = await handler(event);
			await reseal(event);
			return response;
		} catch (cause) {
			const error = toAppError(cause);
			const level = error.code === 'internal' ? 'error' : 'info';
			event.locals.app.log[level](
				{
					requestId: event.locals.requestId,
					code: error.code,
					id: error.id,
					err: error.cause,
					path: event.url.pathname
				},
				'request refused'
			);
			return problemResponse(error);
		}
	};
}

/** Gives the browser its newer cookie, unless the session ended while the answer was made: a later sign-in's
 *  cookie may be there by then. */
async function reseal({ cookies, locals: { app, resealed } }: RequestEvent): Promise<void> {
	if (resealed === null || app.sessions.isEnded(resealed)) return;
	cookies.set(
		app.cookies.session,
		await app.sessions.seal(resealed),
		app.cookies.attributes(app.config.sessionIdleS)
	);
}

/** Answers every method that a route does not export; `allow` lists those it does. */
export function otherMethods(allow: string): RequestHandler {
	return (event) => {
		const response = problemResponse(
			AppError.of('method-not-allowed', { method: event.request.method.slice(0, 20) })
		);
		response.headers.set('allow', allow);
		return response;
	};
}

/** @throws AppError `session-missing` | `admin-only` */
export function requireAdmin(event: RequestEvent): LoginSession {
	const session = requireSession(event);
	if (!isAdmin(session, event.locals.app.config.admins)) throw AppError.of('admin-only');
	return session;
}

/** @throws AppError `session-missing`, or why the person may no longer be here */
export function requireSession(event: RequestEvent): LoginSession {
	const session = event.locals.loginSession;
	if (session === null) throw event.locals.accessFault ?? AppError.of('session-missing');
	return session;
}
