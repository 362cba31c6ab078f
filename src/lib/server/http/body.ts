// Reads a body: JSON of a known shape, or text, neither longer than its limit.
// Server only; used by the API routes.
import { AppError } from '$lib/contracts/app-error';
import { REQUEST_BODY_MAX_BYTES } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import { parseJson } from './fetch';

/** The object in the body; only the named fields may be there, each a string.
 *  @throws AppError `bad-request` */
export async function readBody<F extends string>(
	request: Request,
	fields: readonly F[]
): Promise<Readonly<Record<F, string>>> {
	const type = request.headers.get('content-type') ?? '';
	if (!/^application\/json\s*(;|$)/i.test(type))
		throw AppError.of('bad-request', { reason: 'its body is not application/json' });
	const value = parseJson(await readText(request));
	if (!isRecord(value))
		throw AppError.of('bad-request', { reason: 'its body is not a JSON object' });
	const known: readonly string[] = fields;
	if (Object.keys(value).some((name) => !known.includes(name)))
		throw AppError.of('bad-request', { reason: 'its body has fields that nobody asked for' });
	const found: [F, string][] = [];
	for (const field of fields) {
		const text = value[field];
		if (typeof text !== 'string')
			throw AppError.of('bad-request', { reason: `${field} is missing` });
		found.push([field, text]);
	}
	return Object.fromEntries(found) as Record<F, string>;
}

/** The body as text. Kit stops reading at the same limit where none was announced, by an error of its own (413).
 *  @throws AppError `bad-request` */
export async function readText(request: Request): Promise<string> {
	const tooLarge = () => AppError.of('bad-request', { reason: 'it is too large' });
	const text = await request.text().catch((cause: unknown) => {
		if (cause instanceof Error && 'status' in cause && cause.status === 413) throw tooLarge();
		throw cause;
	});
	if (text.length > REQUEST_BODY_MAX_BYTES) throw tooLarge();
	return text;
}
