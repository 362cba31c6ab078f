// The copied report: everything an admin needs, nothing secret.
import { expect, it } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { reportText } from '$lib/client/diagnosis/report';

it('holds code, texts, id, time and versions', () => {
	const error = AppError.of('tcp-refused', { node: 'web-1' }).toWire();
	const text = reportText({
		error,
		atMs: Date.UTC(2026, 10, 23, 14, 5, 31),
		tookMs: 1_900,
		version: '0.1.0',
		userAgent: 'Test'
	});
	expect(text).toContain('code: tcp-refused');
	expect(text).toContain('what: web-1 refuses connections on port 22.');
	expect(text).toContain(`id: ${error.id}`);
	expect(text).toContain('when: 2026-11-23T14:05:31.000Z');
	expect(text).toContain('after: 1900 ms');
	expect(text).toContain('manual: README.md#tcp-refused');
});

it('lists the legs by code and time, and nothing that a far end said', () => {
	const text = reportText({
		error: null,
		atMs: 0,
		tookMs: null,
		version: '0.1.0',
		userAgent: 'Test',
		legs: [
			{
				leg: 'ssh',
				state: 'ok',
				isSlow: false,
				tookMs: 11.6,
				said: 'SSH-2.0-a-secret-name',
				error: null,
				server: { leg: 'ssh', state: 'ok', tookMs: 3, detail: 'SSH-2.0-a-secret-name', error: null }
			},
			{
				leg: 'policy',
				state: 'failed',
				isSlow: false,
				tookMs: null,
				said: '',
				error: AppError.of('ssh-policy-denies-node', { node: 'web-1', login: 'root' }).toWire(),
				server: null
			}
		],
		serverError: AppError.of('agent-off', { reason: 'off' }).toWire()
	});
	expect(text).toContain('SSH version: ok, 12 ms; from the server: ok, 3 ms');
	expect(text).toContain('Policy: failed, ssh-policy-denies-node\n');
	expect(text).toContain('server’s side: agent-off');
	expect(text).not.toContain('a-secret-name');
	expect(text).not.toContain('code:');
});
