// GET or POST /auth/login?returnTo=: to the provider. Changes nothing but one attempt's cookie.
import type { RequestEvent } from '@sveltejs/kit';
import { LOGIN_ATTEMPT_TTL_S, LOGIN_ATTEMPTS_MAX } from '$lib/contracts/limits';
import { addressBucket } from '$lib/server/http/address';
import { loginFailed, seeOther } from '$lib/server/http/login';

async function begin(event: RequestEvent): Promise<Response> {
	const { app, address } = event.locals;
	try {
		await app.loginRate.take(addressBucket(address));
		const start = await app.login.flow.begin(event.url.searchParams.get('returnTo'));
		const { attemptPrefix } = app.cookies;
		const older = event.cookies.getAll().filter(({ name }) => name.startsWith(attemptPrefix));
		for (const { name } of older.slice(0, Math.max(0, older.length - LOGIN_ATTEMPTS_MAX + 1)))
			event.cookies.delete(name, app.cookies.attributes(0));
		event.cookies.set(
			attemptPrefix + start.attemptId,
			start.sealed,
			app.cookies.attributes(LOGIN_ATTEMPT_TTL_S)
		);
		return seeOther(start.url);
	} catch (cause) {
		return loginFailed(event, cause);
	}
}

export const GET = begin;
export const POST = begin;
