// What went wrong in the secrets of the neighbours, tried on the modules that keep ours.
// docs/ADVISORIES.md says which test is whose.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { KEY_TTL_S } from '$lib/contracts/limits';
import { Hostnames } from '$lib/server/keys/hostname';
import { isEqual } from '$lib/server/secret';
import { Sealer } from '$lib/server/session/seal';
import { configWith, faultLines, faultsWith } from './environment';

vi.mock('node:crypto', async (original) => {
	const actual = await original<typeof import('node:crypto')>();
	return { ...actual, timingSafeEqual: vi.fn(actual.timingSafeEqual) };
});
const compared = vi.mocked(timingSafeEqual);
afterEach(() => compared.mockClear());

test('like TS-2025-003, Headplane’s !==: what proves something is compared in constant time', () => {
	const hostnames = new Hostnames([new Uint8Array(32).fill(7)]);
	const owner = { sid: 'sid-1', userId: '7' };
	const name = hostnames.make(owner);
	// Right but for its last character: where a plain comparison would tell the most.
	const almost = name.slice(0, -1) + (name.endsWith('a') ? 'b' : 'a');
	for (const [run, isTrue] of [
		[() => hostnames.isOf(name, '7'), true],
		[() => hostnames.isOf(almost, '7'), false],
		[() => hostnames.isOwn(almost, owner), false],
		[() => isEqual('a-token-of-some-lengtx', 'a-token-of-some-length'), false],
		[() => isEqual('a', 'a-token-of-some-length'), false]
	] as const) {
		compared.mockClear();
		expect(run()).toBe(isTrue);
		expect(compared).toHaveBeenCalled();
	}
});

test('like NetBird CVE-2024-41260: the same value is sealed differently each time', async () => {
	const sealer = new Sealer({
		keys: [createHmac('sha256', 'x').update('y').digest()],
		purpose: 'session',
		now: Date.now
	});
	const expiresAtS = Math.floor(Date.now() / 1000) + 60;
	const sealed = await Promise.all(
		Array.from({ length: 200 }, () => sealer.seal({ sub: 'alice' }, expiresAtS))
	);
	for (const part of [2, 3, 4])
		expect(new Set(sealed.map((token) => token.split('.')[part])).size).toBe(sealed.length);
});

test('like NetBird CVE-2025-10678: no secret has a default, and samples of documents are none', () => {
	const lines = faultLines({});
	for (const name of ['HEADSCALE_API_KEY', 'OIDC_CLIENT_SECRET', 'SESSION_KEYS'])
		expect(lines).toContainEqual(expect.stringMatching(`^HEADTAB_${name}: is missing`));
	for (const sample of [
		Buffer.from('change-me-change-me-change-me-32').toString('base64'),
		'A'.repeat(43) + '=',
		Buffer.alloc(32, 1).toString('base64')
	])
		expect(faultsWith({ HEADTAB_SESSION_KEYS: sample })).toHaveLength(1);
	expect(configWith().metrics.token).toBeNull();
});

test('like Termix CVE-2026-45745: no start without the check of certificates', () => {
	expect(faultsWith({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual([
		expect.stringMatching(/^NODE_TLS_REJECT_UNAUTHORIZED: must not be 0.*NODE_EXTRA_CA_CERTS/)
	]);
	expect(faultsWith({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
});

test('like Headplane #565: a key lives long enough for the first download of the module', () => {
	expect(KEY_TTL_S).toBeGreaterThanOrEqual(300);
	expect(configWith().keyTtlS).toBe(KEY_TTL_S);
});
