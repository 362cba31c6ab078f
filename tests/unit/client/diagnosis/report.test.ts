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
