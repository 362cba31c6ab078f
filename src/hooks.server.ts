// Server: `init` builds the AppContext, `handle` gives each request its id, address and login session,
// `handleError` logs what nobody expected. Guards and headers come earlier, from the server entry.
import { randomUUID } from 'node:crypto';
import type { Handle, HandleServerError, RequestEvent, ServerInit } from '@sveltejs/kit';
import { version } from '$app/environment';
import { AppError, toAppError } from '$lib/contracts/app-error';
import { isLaunchPath, launchTiming } from '$lib/contracts/launch-site';
import { RELAY_PATH } from '$lib/contracts/limits';
import { AppContext } from '$lib/server/app';
import { loadConfig } from '$lib/server/config/load';
import { problemResponse } from '$lib/server/http/answer';

/** Their answers are a person's. */
const PRIVATE_PATHS = ['/api/', '/auth/', `${RELAY_PATH}/`];

let app: AppContext | null = null;

/** Once a process. @throws ConfigFault, which the server entry prints (exit code 78) */
export const init: ServerInit = () => {
	app ??= new AppContext({ config: loadConfig(), version });
	// The server entry is another bundle: this symbol is how it finds the services.
	Reflect.set(globalThis, Symbol.for('headtab.app'), app);
};

export const handle: Handle = async ({ event, resolve }) => {
	if (app === null) throw new Error('init has not run');
	event.locals.app = app;
	event.locals.requestId = randomUUID();
	event.locals.loginSession = null;
	event.locals.resealed = null;
	event.locals.accessFault = null;
	const startedMs = performance.now();
	const path = event.url.pathname;
	const isPrivate = PRIVATE_PATHS.some((start) => path.startsWith(start));
	let response: Response;
	try {
		event.locals.address = app.addressOf(event.request, event.getClientAddress());
		if (isPrivate) await readSession(app, event);
		response = await resolve(event);
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		response = problemResponse(cause);
	}
	response.headers.set('x-request-id', event.locals.requestId);
	if (isLaunchPath(path)) {
		const site = event.request.headers.get('sec-fetch-site');
		response.headers.set('server-timing', launchTiming(site));
		// True for this request alone.
		response.headers.set('cache-control', 'no-store');
	}
	if (isPrivate && !response.headers.has('cache-control'))
		response.headers.set('cache-control', 'no-store');
	app.metrics.request({
		// Never the path: anyone can ask for any. Groups of pages are nobody's address.
		route: event.route.id === null ? 'none' : event.route.id.replace(/\/\(\w+\)/g, '') || '/',
		method: event.request.method,
		status: response.status,
		code: response.headers.get('x-headtab-code'),
		tookMs: performance.now() - startedMs
	});
	// The query of /auth and the relay holds secrets: only the path is logged.
	app.log.debug(
		{
			requestId: event.locals.requestId,
			method: event.request.method,
			path,
			status: response.status,
			ms: Math.round(performance.now() - startedMs)
		},
		'request'
	);
	return response;
};

/** Puts the login session on the request, and clears a cookie that is none. That of a session which is over
 *  stays: this answer may come after that of a later sign-in, whose cookie it would clear. */
async function readSession(context: AppContext, event: RequestEvent): Promise<void> {
	const { cookies, sessions } = context;
	const value = event.cookies.get(cookies.session);
	if (value === undefined) return;
	const opened = await sessions.open(value);
	if (opened === null) {
		if (!(await sessions.isOver(value)))
			event.cookies.delete(cookies.session, cookies.attributes(0));
		return;
	}
	event.locals.loginSession = opened.resealed ?? opened.session;
	// Signing in and out is everybody's; the first question of a window waits for nobody.
	if (!event.url.pathname.startsWith('/auth/')) {
		const isFirst = event.url.pathname === '/api/session';
		const stand = await context.access.of(event.locals.loginSession, isFirst ? 'never' : 'stale');
		event.locals.loginSession = stand.session;
		if (stand.fault !== null) {
			// Known to Headscale no more: a person without a user, who may ask to be matched anew.
			if (stand.session.linkError !== null) return;
			event.locals.loginSession = null;
			event.locals.accessFault = stand.fault;
			return;
		}
	}
	event.locals.resealed = opened.resealed;
}

export const handleError: HandleServerError = ({ error, event, status, message }) => {
	if (status === 404) return { message, code: 'not-found' };
	const wrapped = toAppError(error);
	app?.log.error(
		{
			requestId: event.locals.requestId,
			id: wrapped.id,
			code: wrapped.code,
			err: wrapped.code === 'internal' ? wrapped.cause : wrapped,
			path: event.url.pathname
		},
		'request failed'
	);
	return { message: wrapped.message, code: wrapped.code, id: wrapped.id };
};
