// How this server proves to the provider's token endpoint that it is the registered client.
// Server only; used by flow.ts and the doctor.
import type { OidcConfig } from '../config/schema';

/** Headers and form fields for HEADTAB_OIDC_CLIENT_AUTH. */
export function authenticate({ clientId, clientSecret, clientAuth }: OidcConfig): {
	readonly headers: Readonly<Record<string, string>>;
	readonly fields: Readonly<Record<string, string>>;
} {
	if (clientAuth === 'basic' && clientSecret !== null) {
		// RFC 6749 2.3.1: both parts are form-encoded first, or a `:` or `%` in them breaks the header.
		const credentials = `${formEncode(clientId)}:${formEncode(clientSecret.reveal())}`;
		return {
			headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
			fields: {}
		};
	}
	return {
		headers: {},
		fields: {
			client_id: clientId,
			...(clientSecret === null ? {} : { client_secret: clientSecret.reveal() })
		}
	};
}

/** application/x-www-form-urlencoded of one text. */
const formEncode = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2);
