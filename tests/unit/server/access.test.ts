// What ends with a sign-in or with a person's right to be here: connections, nodes, once each.
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { Audit } from '$lib/server/audit/log';
import { makeLogger } from '$lib/server/log';
import { Access } from '$lib/server/session/access';
import { LoginSessions, type LoginSession } from '$lib/server/session/login-session';
import { configWith, newKey } from './environment';

const identity = {
	iss: 'https://id.example.com',
	sub: 'alice',
	name: 'Alice',
	email: '',
	isEmailVerified: false
};
const link = { headscaleUser: { id: '7', name: 'alice' }, linkError: null };
const log = makeLogger({ level: 'silent', secrets: [] });

let sessions: LoginSessions;
let open: LoginSession[];
let closed: string[];
let left: string[];
let fault: AppError | null;
let userId: string;
let access: Access;
const signIn = async (sub = 'alice', former: LoginSession | null = null) => {
	const session = sessions.start({ ...identity, sub }, link, former);
	await sessions.seal(session);
	return session;
};

beforeEach(() => {
	sessions = new LoginSessions({
		config: configWith({ HEADTAB_SESSION_KEYS: newKey() }),
		now: Date.now
	});
	[open, closed, left, fault, userId] = [[], [], [], null, '7'];
	access = new Access({
		sessions,
		standing: {
			of: (session) =>
				Promise.resolve({
					session: { ...session, headscaleUser: { id: userId, name: 'alice' } },
					fault
				})
		},
		relay: {
			get sessions() {
				return open;
			},
			endSession: (sid, reason) => closed.push(`${sid} ${reason}`)
		},
		keys: {
			leaveAll: ({ sid }) => {
				left.push(sid);
				return Promise.reject(AppError.of('headscale-unreachable'));
			}
		},
		audit: new Audit(log),
		log
	});
});

test('signing out removes the nodes of that sign-in, its former ones by the same word', async () => {
	const former = await signIn();
	const session = await signIn('alice', former);
	const other = await signIn();
	await access.end(session);
	expect(left).toEqual([session.sid]);
	expect(sessions.isEnded(former)).toBe(true);
	expect(sessions.isEnded(other)).toBe(false);
});

test('everywhere: the nodes of each sign-in of the person that was seen here', async () => {
	const [here, there, bob] = [await signIn(), await signIn(), await signIn('bob')];
	await access.endEverywhere(here);
	expect(left.sort()).toEqual([here.sid, there.sid].sort());
	expect(sessions.isEnded(bob)).toBe(false);
});

describe('C7 a person who may no longer be here', () => {
	test('loses connections and nodes at the first look, the nodes once', async () => {
		const session = await signIn();
		open = [session];
		await access.checkOpen();
		expect(closed).toEqual([]);
		fault = AppError.of('oidc-claim-refused', { claim: 'an allowed email' });
		await access.checkOpen();
		await access.of(session);
		expect(closed).toEqual(Array(2).fill(`${session.sid} oidc-claim-refused`));
		expect(left).toEqual([session.sid]);
	});

	test('another Headscale user now: what is open is closed, and the window begins anew', async () => {
		const session = await signIn();
		open = [session];
		userId = '9';
		await access.checkOpen();
		expect(closed).toEqual([`${session.sid} user-changed`]);
		expect(left).toEqual([]);
	});
});
