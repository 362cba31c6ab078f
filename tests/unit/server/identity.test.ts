// Who is who in Headscale: providerId as its Go code makes it, and every refusal.
import { describe, expect, test } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { matchIdentity } from '$lib/server/identity/match';
import { providerId } from '$lib/server/identity/provider-id';
import type { UserWire } from '$lib/server/headscale/wire';
import type { Identity } from '$lib/server/session/login-session';
import golden from './provider-id.golden.json';

const user = (changes: Partial<UserWire>): UserWire => ({
	id: '1',
	name: 'alice',
	displayName: '',
	email: '',
	providerId: '',
	provider: '',
	...changes
});
const alice: Identity = {
	iss: 'https://id.example.com',
	sub: 'alice',
	name: 'Alice',
	email: 'alice@example.com',
	isEmailVerified: true
};
const rules = { map: new Map<string, string>(), byEmail: false };
const refusal = (run: () => unknown): AppError => {
	try {
		run();
	} catch (cause) {
		if (cause instanceof AppError) return cause;
		throw cause;
	}
	throw new Error('nothing was refused');
};

test.each(golden)('providerId of $iss and $sub is what Headscale’s Go code makes', (vector) => {
	expect(providerId(vector.iss, vector.sub)).toEqual({ ok: true, id: vector.id });
});

test.each([
	'..',
	'.',
	'a b',
	'a?b',
	'a#b',
	'a%20b',
	'a//b',
	'/a',
	'a/',
	'a\nb',
	'a/../b',
	'\ud800',
	''
])('L10 a sub that Headscale does not keep apart is refused: %j', (sub) => {
	expect(providerId('https://id.example.com', sub).ok).toBe(false);
	expect(refusal(() => matchIdentity({ ...alice, sub }, [], rules)).code).toBe(
		'identity-ambiguous'
	);
});

describe('matching', () => {
	const byId = user({ providerId: 'https://id.example.com/alice', provider: 'oidc' });

	test('by providerId, before everything else', () => {
		const others = [user({ id: '2', name: 'mapped' }), byId];
		const map = new Map([['alice', 'mapped']]);
		expect(matchIdentity(alice, others, { map, byEmail: true })).toEqual({
			id: '1',
			name: 'alice'
		});
	});

	test('L10 [identity-no-headscale-user] without a user says who and by what', () => {
		const error = refusal(() => matchIdentity(alice, [], rules));
		expect(error.code).toBe('identity-no-headscale-user');
		expect(error.message).toContain('alice@example.com (sub alice)');
		expect(error.params['claim']).toContain('https://id.example.com/alice');
	});

	test('L10 [identity-ambiguous] two users with one providerId', () => {
		const error = refusal(() => matchIdentity(alice, [byId, { ...byId, id: '2' }], rules));
		expect(error.code).toBe('identity-ambiguous');
	});

	test('L10 the same sub under another issuer is said', () => {
		const other = user({ providerId: 'https://old.example.com/alice', provider: 'oidc' });
		expect(refusal(() => matchIdentity(alice, [other], rules)).params['claim']).toContain(
			'another issuer'
		);
	});

	test('by the map: a name, an id, a name that is gone', () => {
		const users = [user({ id: '7', name: 'ada' })];
		const match = (target: string) =>
			matchIdentity(alice, users, { map: new Map([['alice', target]]), byEmail: false });
		expect(match('ada').id).toBe('7');
		expect(match('id:7').name).toBe('ada');
		expect(refusal(() => match('eve')).params['claim']).toContain('HEADTAB_IDENTITY_MAP');
	});

	describe('by email, where switched on', () => {
		const local = user({ id: '3', email: 'Alice@Example.com' });
		const byEmail = { ...rules, byEmail: true };

		test('exactly one local user', () => {
			expect(matchIdentity(alice, [local], byEmail).id).toBe('3');
		});

		test('not when switched off, not unverified, not another provider’s user, not two', () => {
			expect(refusal(() => matchIdentity(alice, [local], rules)).code).toBe(
				'identity-no-headscale-user'
			);
			expect(
				refusal(() => matchIdentity({ ...alice, isEmailVerified: false }, [local], byEmail)).params[
					'claim'
				]
			).toContain('not verified');
			expect(
				refusal(() => matchIdentity(alice, [{ ...local, provider: 'oidc' }], byEmail)).code
			).toBe('identity-no-headscale-user');
			expect(
				refusal(() => matchIdentity(alice, [local, { ...local, id: '4' }], byEmail)).code
			).toBe('identity-ambiguous');
		});
	});
});
