// Host and port of an origin, the port always there. Pure; server only.

/** The port, its scheme's own where the address names none. */
export const portOf = ({ port, protocol }: URL): string =>
	port !== '' ? port : protocol === 'https:' ? '443' : '80';

/** `host:port`. */
export function hostPort(origin: string): string {
	const url = new URL(origin);
	return `${url.hostname}:${portOf(url)}`;
}
