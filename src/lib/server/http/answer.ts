// Answers of the API: JSON, or application/problem+json with the code, and no caching of either.
// Server only; used by the routes and the server entry.
import { fullReport, toAppError, type AppError } from '$lib/contracts/app-error';
import { ERRORS } from '$lib/contracts/errors';

/** Status, headers and body of one failure: what a person or a monitor reads, never the cause. */
export function problem(error: AppError): {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
} {
	const row = ERRORS[error.code];
	const headers: Record<string, string> = {
		'content-type': 'application/problem+json',
		'cache-control': 'no-store',
		'x-headtab-code': error.code
	};
	const seconds = error.params['seconds'];
	if (error.code === 'rate-limited' && seconds !== undefined) headers['retry-after'] = seconds;
	return {
		status: row.http === 0 ? 500 : row.http,
		headers,
		// The params let the window build the same AppError; the rest is for readers without the table.
		body: JSON.stringify(fullReport(error.toWire()))
	};
}

export function problemResponse(cause: unknown): Response {
	const { status, headers, body } = problem(toAppError(cause));
	return new Response(body, { status, headers });
}

export function jsonResponse(value: unknown, status = 200): Response {
	return new Response(JSON.stringify(value), {
		status,
		headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }
	});
}

export const noContent = (): Response =>
	new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
