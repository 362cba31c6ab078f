// Reads a JSON body of a known shape.
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
	const text = await request.text();
	if (text.length > REQUEST_BODY_MAX_BYTES)
		throw AppError.of('bad-request', { reason: 'it is too large' });
	const value = parseJson(text);
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
