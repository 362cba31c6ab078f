// A configuration that works, for tests that change one thing of it.
import { randomBytes } from 'node:crypto';
import { ConfigFault, loadConfig, type Environment } from '$lib/server/config/load';
import type { Config } from '$lib/server/config/schema';

export const newKey = (): string => randomBytes(32).toString('base64');

export const goodEnvironment = (): Record<string, string | undefined> => ({
	HEADTAB_ORIGIN: 'https://tab.example.com',
	HEADTAB_HEADSCALE_URL: 'https://headscale.example.com',
	HEADTAB_HEADSCALE_API_KEY: `hskey-api-a1b2c3d4e5f6-${'x'.repeat(64)}`,
	HEADTAB_OIDC_ISSUER: 'https://id.example.com',
	HEADTAB_OIDC_CLIENT_ID: 'headtab',
	HEADTAB_OIDC_CLIENT_SECRET: 'correct horse battery',
	HEADTAB_SESSION_KEYS: newKey(),
	HEADTAB_ADDRESS_HEADER: 'x-forwarded-for'
});

export const configWith = (changes: Environment = {}): Config =>
	loadConfig({ ...goodEnvironment(), ...changes });

/** The lines of the fault that an environment ends in; empty when it works. */
export function faultLines(env: Environment): readonly string[] {
	try {
		loadConfig(env);
		return [];
	} catch (cause) {
		if (cause instanceof ConfigFault) return cause.lines;
		throw cause;
	}
}

export const faultsWith = (changes: Environment): readonly string[] =>
	faultLines({ ...goodEnvironment(), ...changes });
