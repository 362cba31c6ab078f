// What is said of a host key that is not the known one.
import { describe, expect, it } from 'vitest';
import { hostKeyWords } from '$lib/components/host-key-words';

describe('hostKeyWords', () => {
	it('lets nobody past a key of the tailnet or of an open connection, and says what was sent', () => {
		const announced = hostKeyWords('the tailnet', 'web-1');
		expect(announced).toMatchObject({ known: 'Announced by the tailnet', canForget: false });
		expect(announced.lead).toMatch(/^Nothing was sent/);
		const midway = hostKeyWords('this connection', 'web-1');
		expect(midway).toMatchObject({ known: 'Shown when it began', canForget: false });
		expect(midway.lead).not.toContain('Nothing was sent');
	});

	it('leads past a key of this device alone: it can be forgotten', () => {
		expect(hostKeyWords('this device', 'web-1')).toMatchObject({
			title: 'Stopped: web-1 showed another key than before',
			canForget: true
		});
	});

	it('leaves no way past what nobody knows', () => {
		for (const source of ['', 'toString', 'a relay'])
			expect(hostKeyWords(source, 'web-1')).toEqual(hostKeyWords('the tailnet', 'web-1'));
	});
});
