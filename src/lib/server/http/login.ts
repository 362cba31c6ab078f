// What the auth routes share: how a failed sign-in lands on the start page.
// Server only; used by /auth/login and /auth/callback.
import type { RequestEvent } from '@sveltejs/kit';
import { toAppError } from '$lib/contracts/app-error';

const FAULT_TTL_S = 300;

/** Ends a sign-in in failure: the reason goes into a sealed cookie that the page's first question takes. */
export async function loginFailed(event: RequestEvent, cause: unknown): Promise<Response> {
	const { app, requestId, address } = event.locals;
	const error = toAppError(cause);
	const detail = error.cause instanceof Error ? error.cause.message : null;
	app.audit.write('login.refused', false, {
		requestId,
		ip: address,
		code: error.code,
		id: error.id,
		detail
	});
	if (error.code === 'internal')
		app.log.error({ requestId, id: error.id, err: error.cause }, 'sign-in');
	event.cookies.set(
		app.cookies.fault,
		await app.sealFault(error),
		app.cookies.attributes(FAULT_TTL_S)
	);
	return seeOther('/');
}

/** 303: the browser goes on with GET. */
export const seeOther = (location: string): Response =>
	new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
