// The diagnosis as it is shown: who asks for another look stays where they are.
import { flushSync, mount, unmount } from 'svelte';
import { expect, it } from 'vitest';
import { Diagnosis } from '$lib/client/diagnosis/diagnosis.svelte';
import DiagnosisView from '$lib/components/DiagnosisView.svelte';
import { DIAGNOSED, netmap, peer } from '../client/fakes';

it('keeps the keyboard on its button while it looks again', () => {
	const never = () => new Promise<never>(() => undefined);
	const diagnosis = new Diagnosis({
		session: DIAGNOSED,
		node: {
			phase: { at: 'running' },
			steps: [],
			netmap: netmap(peer()),
			isControlConnected: true,
			derpLostAtMs: null,
			probe: never
		},
		api: { session: never, relayCheck: never, diagnose: never }
	});
	const props = $state({ diagnosis, isVisible: false, hasAgain: true });
	const view = mount(DiagnosisView, { target: document.body, props });
	const button = document.querySelector('button');
	expect(button?.textContent.trim()).toBe('Look again');
	button?.focus();
	button?.click();
	flushSync();
	expect(diagnosis.isRunning).toBe(true);
	expect(button?.getAttribute('aria-disabled')).toBe('true');
	expect(button?.disabled).toBe(false);
	expect(document.activeElement).toBe(button);
	void unmount(view);
});
