// Installing: which way a browser has, the one offer, and that it is never a nag.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Install, installWay } from '$lib/client/pwa/install.svelte';
import { AppDatabase } from '$lib/storage/db';
import { InstallStore } from '$lib/storage/install';

const CHROME =
	'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
const SAFARI =
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15';

let store = new InstallStore(new AppDatabase(null));
beforeEach(() => {
	store = new InstallStore(new AppDatabase(null));
});

const install = (userAgent = CHROME, isInstalled = false) =>
	new Install({
		userAgent,
		maxTouchPoints: 0,
		isInstalled,
		store
	});

function question() {
	const event = new Event('beforeinstallprompt', { cancelable: true });
	const prompt = vi.fn(() => Promise.resolve({ outcome: 'accepted' }));
	return { event: Object.assign(event, { prompt }), prompt };
}

/** The second window of use, where the browser can ask. */
async function secondVisit() {
	await install().succeeded();
	const second = install();
	const { event, prompt } = question();
	second.promptable(event);
	await second.succeeded();
	return { second, prompt };
}

it.each([
	[CHROME, 0, 'chromium'],
	[`${CHROME} Edg/156.0.0.0`, 0, 'chromium'],
	[SAFARI, 0, 'safari'],
	[SAFARI, 5, 'ios'],
	['Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1', 5, 'ios'],
	['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 0, 'firefox'],
	['Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0', 5, 'firefox-android'],
	[
		'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36',
		5,
		'android'
	]
] as const)('%s with %i fingers installs by %s', (userAgent, maxTouchPoints, way) => {
	expect(installWay({ userAgent, maxTouchPoints })).toBe(way);
});

describe('Install', () => {
	it('keeps the browser’s question until the person wants it', async () => {
		const app = install();
		expect(app.way).toBe('chromium');
		expect(await app.ask()).toBe(false);
		const { event, prompt } = question();
		app.promptable(event);
		expect(event.defaultPrevented).toBe(true);
		expect(app.way).toBe('prompt');
		expect(await app.ask()).toBe(true);
		expect(prompt).toHaveBeenCalledOnce();
		expect(app.way).toBe('chromium');
		app.installed();
		expect(app.way).toBe('installed');
	});

	it('takes no other event for a question', () => {
		const app = install();
		app.promptable(new Event('beforeinstallprompt'));
		expect(app.way).toBe('chromium');
	});

	it('offers itself in the second window in which a shell opened', async () => {
		const first = install();
		first.promptable(question().event);
		await first.succeeded();
		await first.succeeded();
		expect(first.isOfferDue).toBe(false);
		const { second } = await secondVisit();
		expect(second.isOfferDue).toBe(true);
	});

	it.each(['dismissed', 'taken'] as const)('never again when it was %s', async (answer) => {
		const { second, prompt } = await secondVisit();
		if (answer === 'taken') await second.ask();
		else await second.answered();
		expect(prompt).toHaveBeenCalledTimes(answer === 'taken' ? 1 : 0);
		expect(second.isOfferDue).toBe(false);
		const third = install();
		third.promptable(question().event);
		await third.succeeded();
		expect(third.isOfferDue).toBe(false);
	});

	it('offers nothing where it is installed, or cannot be', async () => {
		await install().succeeded();
		for (const app of [install(CHROME, true), install(CHROME), install('Firefox/145.0')]) {
			await app.succeeded();
			expect(app.isOfferDue).toBe(false);
		}
		const safari = install(SAFARI);
		await safari.succeeded();
		expect(safari.isOfferDue).toBe(true);
	});
});
