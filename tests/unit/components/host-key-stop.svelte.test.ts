// The page of a host key that is not the known one, as it is shown.
import { mount, unmount } from 'svelte';
import { expect, it } from 'vitest';
import HostKeyStop from '$lib/components/HostKeyStop.svelte';

const shown = (expected: string): readonly string[] => {
	const view = mount(HostKeyStop, {
		target: document.body,
		props: {
			error: {
				code: 'ssh-host-key-changed',
				params: { node: 'web-1', source: 'the tailnet', expected, found: 'SHA256:cccc' },
				id: 'a1b2c3d4e5'
			},
			node: 'web-1',
			atMs: 0,
			version: '1.0.0',
			closeWord: 'Close tab',
			onclose: () => undefined,
			onforget: () => undefined
		}
	});
	const prints = [...document.querySelectorAll('dd')].map(({ textContent }) =>
		textContent.replaceAll(' ', '')
	);
	void unmount(view);
	return prints;
};

it('stands by itself for each key that is known, also where a machine announces one twice', () => {
	expect(shown('SHA256:aaaa SHA256:bbbb SHA256:aaaa')).toEqual([
		'SHA256:aaaa',
		'SHA256:bbbb',
		'SHA256:cccc'
	]);
});

it('says so where no key of that type is known', () => {
	expect(shown('')).toEqual(['unknown', 'SHA256:cccc']);
});
