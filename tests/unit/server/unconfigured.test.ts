// A server without one OIDC setting: it runs, and whoever opens it reads what is missing (E3).
import { expect, test } from 'vitest';
import { AppContext } from '$lib/server/app';
import { configWith } from './environment';

test('[oidc-not-configured] E3 nobody can sign in, and the window is told the setting', async () => {
	const config = configWith({
		HEADTAB_OIDC_ISSUER: undefined,
		HEADTAB_OIDC_CLIENT_ID: undefined,
		HEADTAB_OIDC_CLIENT_SECRET: undefined
	});
	const app = new AppContext({ config, version: 'test', writeLog: () => undefined });
	try {
		const { person, loginError } = app.sessionAnswer(null, { loginError: null, accessError: null });
		expect(person).toBeNull();
		expect(loginError).toMatchObject({
			code: 'oidc-not-configured',
			params: { setting: 'HEADTAB_OIDC_ISSUER' }
		});
		expect(() => app.login).toThrow('HEADTAB_OIDC_ISSUER');
	} finally {
		await app.stop();
	}
});
