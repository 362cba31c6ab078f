// A paste under way: in order, told, broken off, and the keys that follow it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PasteQuestion } from '$lib/client/terminal/paste';
import { Paster, type PasteProgress } from '$lib/client/terminal/paster';

const encoder = new TextEncoder();
/** The first bytes are on their way. */
const begun = () => new Promise((resolve) => setImmediate(resolve));

function setup(options: { isBracketed?: boolean; isStuck?: boolean; isAllowed?: boolean } = {}) {
	const sent: string[] = [];
	const progress: (PasteProgress | null)[] = [];
	const asked: PasteQuestion[] = [];
	let isOpen = true;
	let isBracketed = options.isBracketed ?? false;
	const paster = new Paster({
		session: {
			send: (bytes) => {
				if (isOpen) sent.push(new TextDecoder().decode(bytes));
				return isOpen;
			},
			drained: () => (options.isStuck === true ? new Promise(() => undefined) : Promise.resolve())
		},
		isBracketed: () => isBracketed,
		confirm: (question) => {
			asked.push(question);
			return Promise.resolve(options.isAllowed ?? true);
		},
		onProgress: (now) => progress.push(now)
	});
	return {
		paster,
		progress,
		asked,
		sent: () => sent.join(''),
		/** A key, as the terminal sends it. */
		type: (key: string) => {
			const bytes = encoder.encode(key);
			if (!paster.keep(bytes)) sent.push(key);
		},
		heard: () => {
			paster.heard();
		},
		end: () => (isOpen = false),
		setBracketed: (isOn: boolean) => (isBracketed = isOn)
	};
}

describe('Paster', () => {
	beforeEach(() => {
		vi.useFakeTimers({
			toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance']
		});
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	it('marks a bracketed paste', async () => {
		const { paster, sent } = setup({ isBracketed: true });
		await paster.paste('a\nb');
		expect(sent()).toBe('\u001b[200~a\rb\u001b[201~');
	});

	it('sends nothing that is refused, and takes the next one', async () => {
		const { paster, sent, asked } = setup({ isAllowed: false });
		await paster.paste('a\nb');
		expect(sent()).toBe('');
		await paster.paste('c');
		expect(sent()).toBe('c');
		expect(asked.map(({ reasons }) => reasons)).toEqual([['lines']]);
	});

	it('asks anew when the program ends that took the lines together', async () => {
		const world = setup({ isBracketed: true });
		const big = `${'x'.repeat(6_000)}\n`;
		const asking = world.paster.paste(big);
		world.setBracketed(false);
		await asking;
		expect(world.asked.map(({ reasons }) => reasons)).toEqual([['lines', 'size']]);
		expect(world.sent()).toBe(big.replace('\n', '\r'));
	});

	it('sends 10 MB whole and in order, keys after it', async () => {
		const { paster, sent } = setup();
		const text = Array.from({ length: 400_000 }, (_, at) => `line ${String(at)} of a paste\n`).join(
			''
		);
		const pasting = paster.paste(text);
		expect(paster.keep(encoder.encode('q'))).toBe(true);
		await pasting;
		expect(sent()).toBe(`${text.replaceAll('\n', '\r')}q`);
		expect(paster.keep(encoder.encode('q'))).toBe(false);
	});

	it.each(['\u0003', '\u001b[99;5u'])('is broken off by %j, which follows', async (key) => {
		const { paster, sent } = setup({ isBracketed: true, isStuck: true });
		const pasting = paster.paste('x'.repeat(100_000));
		await begun();
		paster.keep(encoder.encode(key));
		await pasting;
		expect(sent().length).toBeLessThan(50_000);
		expect(sent().endsWith(`\u001b[201~${key}`)).toBe(true);
	});

	describe('keys right behind the Ctrl+C that broke it off', () => {
		async function brokenOff(way: 'key' | 'button' = 'key') {
			const world = setup({ isStuck: true });
			const pasting = world.paster.paste('x'.repeat(100_000));
			await begun();
			if (way === 'button') {
				world.paster.cancel();
				await pasting;
				expect(world.sent().endsWith('x')).toBe(true);
			}
			world.type('\u0003');
			for (const key of 'ls\r') world.type(key);
			await pasting;
			return world;
		}

		it.each(['key', 'button'] as const)('wait for what it stops, by %s', async (way) => {
			const { sent, heard, type } = await brokenOff(way);
			expect(sent().endsWith('x\u0003')).toBe(true);
			heard();
			vi.advanceTimersByTime(90);
			heard();
			vi.advanceTimersByTime(90);
			type('x');
			expect(sent().endsWith('\u0003')).toBe(true);
			vi.advanceTimersByTime(10);
			expect(sent().endsWith('\u0003ls\rx')).toBe(true);
			type('y');
			expect(sent().endsWith('ls\rxy')).toBe(true);
			// One that broke no paste off is like any key.
			type('\u0003');
			type('z');
			expect(sent().endsWith('xy\u0003z')).toBe(true);
		});

		it.each(['nothing', 'more and more'])('wait no longer where it writes %s', async (what) => {
			const { sent, heard } = await brokenOff();
			for (let at = 0; at < 2_950; at += 50) {
				if (what !== 'nothing') heard();
				vi.advanceTimersByTime(50);
			}
			expect(sent().endsWith('\u0003')).toBe(true);
			vi.advanceTimersByTime(50);
			expect(sent().endsWith('\u0003ls\r')).toBe(true);
		});

		it('are for no other shell', async () => {
			const { sent, paster, type } = await brokenOff();
			paster.newShell();
			vi.advanceTimersByTime(10_000);
			type('q');
			expect(sent().endsWith('\u0003q')).toBe(true);
		});
	});

	it('is told once it takes long, even where nothing moves, and when it is over', async () => {
		const { paster, progress } = setup({ isStuck: true });
		const pasting = paster.paste('x'.repeat(100_000));
		await begun();
		vi.advanceTimersByTime(250);
		expect(progress).toEqual([]);
		vi.advanceTimersByTime(100);
		expect(progress).toEqual([{ sentBytes: 0, sizeBytes: 100_000 }]);
		paster.cancel();
		await pasting;
		expect(progress.at(-1)).toBeNull();
	});

	it('ends with the shell', async () => {
		const { paster, sent, end } = setup();
		end();
		await paster.paste('x'.repeat(100_000));
		expect(sent()).toBe('');
	});
});
