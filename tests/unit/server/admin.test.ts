// Who is an admin, and what everybody else is told.
import type { RequestEvent } from '@sveltejs/kit';
import { expect, test } from 'vitest';
import { requireAdmin } from '$lib/server/http/route';
import { isAdmin } from '$lib/server/identity/admin';
import type { Identity, LoginSession } from '$lib/server/session/login-session';

const ada: Identity = {
	iss: 'https://id.example.com',
	sub: 'Sub-1',
	name: 'Ada',
	email: 'Ada@Example.com',
	isEmailVerified: true
};
const who = (changes: Partial<Identity> = {}) => ({ identity: { ...ada, ...changes } });
const list = (...users: string[]) => ({ users, groups: [] });

test('by sub, or by a verified email, however it is written', () => {
	expect(isAdmin(who(), list('sub-1'))).toBe(true);
	expect(isAdmin(who(), list('ada@example.com'))).toBe(true);
	expect(isAdmin(who({ isEmailVerified: false }), list('ada@example.com'))).toBe(false);
	expect(isAdmin(who(), list('bob@example.com'))).toBe(false);
});

test('by a group at the sign-in, as long as groups are set', () => {
	const inGroup = who({ isGroupAdmin: true });
	expect(isAdmin(inGroup, { users: [], groups: ['ops'] })).toBe(true);
	expect(isAdmin(inGroup, list())).toBe(false);
	expect(isAdmin(who(), { users: [], groups: ['ops'] })).toBe(false);
});

test('without settings nobody, not even somebody without an email', () => {
	expect(isAdmin(who({ email: '', sub: '' }), list())).toBe(false);
});

test('[admin-only] everybody else is told so, after they have signed in', () => {
	const event = (session: Pick<LoginSession, 'identity'> | null) =>
		({
			locals: { loginSession: session, app: { config: { admins: list('sub-1') } } }
		}) as unknown as RequestEvent;
	expect(() => requireAdmin(event(null))).toThrow(/not signed in/);
	expect(() => requireAdmin(event(who({ sub: 'sub-2' })))).toThrow(/for the admins/);
	expect(requireAdmin(event(who()))).toEqual(who());
});
