// What is kept of windows: parsed whatever was stored, taken once, forgotten when it is old.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeName } from '$lib/contracts/ids';
import { AppDatabase } from '$lib/storage/db';
import {
	cleanTabName,
	PANES_MAX,
	TAB_NAME_MAX,
	WINDOWS_KEPT_MAX,
	WINDOWS_KEPT_MS,
	WindowsStore,
	type SavedTab
} from '$lib/storage/windows';
import { login } from '../client/fakes';

const target = { node: nodeName('web-1'), login: login('root') };
const tab: SavedTab = { name: null, layout: { kind: 'pane', pane: target }, focusedIndex: 0 };
const record = (id: string, savedAtMs = 5) => ({
	id,
	savedAtMs,
	tabs: [tab],
	activeIndex: 0,
	isMoving: false
});

function setup() {
	const database = new AppDatabase(null);
	return { database, store: new WindowsStore(database) };
}

describe('WindowsStore', () => {
	it('gives back what was saved, last first, and takes it once', async () => {
		const { store } = setup();
		await store.save(record('a', 1));
		await store.save(record('b', 2));
		expect((await store.all()).map(({ id }) => id)).toEqual(['b', 'a']);
		expect(await store.take('a')).toEqual(record('a', 1));
		expect(await store.take('a')).toBeNull();
		await store.delete('b');
		expect(await store.all()).toEqual([]);
	});

	it('keeps ten closed windows for two weeks, and open ones whatever their age', async () => {
		const { store } = setup();
		const now = 10 * WINDOWS_KEPT_MS;
		for (let n = 0; n < WINDOWS_KEPT_MAX + 2; n += 1)
			await store.save(record(`w${String(n)}`, now - n));
		await store.save(record('old', now - WINDOWS_KEPT_MS - 1));
		await store.save(record('open', 1));
		await store.prune(now, (id) => id === 'open');
		const ids = (await store.all()).map(({ id }) => id);
		expect(ids).toHaveLength(WINDOWS_KEPT_MAX + 1);
		expect(ids).toContain('open');
		expect(ids).not.toContain('old');
		expect(ids).not.toContain('w11');
	});

	it('keeps the folder of a duplicated tab, unless it is none', async () => {
		const { database, store } = setup();
		const folder = '/srv/app';
		await store.save({
			...record('w', 1),
			tabs: [{ name: null, layout: { kind: 'pane', pane: { ...target, folder } }, focusedIndex: 0 }]
		});
		const [saved] = await store.all();
		expect(saved?.tabs[0]?.layout).toEqual({ kind: 'pane', pane: { ...target, folder } });
		await database.put('windows', 'bad', {
			savedAtMs: 2,
			tabs: [{ layout: { kind: 'pane', pane: { ...target, folder: 'a\nb' } } }]
		});
		const bad = (await store.all()).find(({ id }) => id === 'bad');
		expect(bad?.tabs[0]?.layout).toEqual({ kind: 'pane', pane: target });
	});

	it('leaves out what is damaged, and bounds what is too much', async () => {
		const { database, store } = setup();
		const broken = {
			kind: 'split',
			axis: 'sideways',
			ratio: 7,
			first: { kind: 'pane', pane: { node: 'web-1', login: '-oProxyCommand=x' } },
			second: { kind: 'pane', pane: target }
		};
		await database.put('windows', 'half', {
			savedAtMs: 1,
			tabs: [{ layout: broken, name: 'a\u0007b', focusedIndex: 9 }, 'x'],
			activeIndex: 1
		});
		await database.put('windows', 'none', { tabs: [{ layout: { kind: 'pane', pane: null } }] });
		await database.put('windows', 'text', 'tabs');
		let deep: unknown = { kind: 'pane', pane: target };
		for (let n = 0; n < 50; n += 1)
			deep = { kind: 'split', first: { kind: 'pane', pane: target }, second: deep };
		await database.put('windows', 'deep', { savedAtMs: 0, tabs: [{ layout: deep }] });
		const [half, deepOne, ...others] = await store.all();
		expect(others).toEqual([]);
		expect(half).toMatchObject({ id: 'half', activeIndex: null });
		expect(half?.tabs).toEqual([
			{ name: 'a b', layout: { kind: 'pane', pane: target }, focusedIndex: 0 }
		]);
		expect(JSON.stringify(deepOne).split('"web-1"')).toHaveLength(PANES_MAX + 1);
	});

	it('survives any stored value', async () => {
		await fc.assert(
			fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (layout, rest) => {
				const { database, store } = setup();
				await database.put('windows', 'w', { tabs: [{ layout, name: rest }], activeIndex: rest });
				await database.put('windows', 'x', layout);
				for (const { tabs } of await store.all()) expect(tabs.length).toBeGreaterThan(0);
			})
		);
	});
});

/** Letters, spaces, and what must not be in a name: bell, line ends, direction marks, zero widths. */
const UNITS = [0x61, 0xe9, 0x1f600, 0x20, 0x07, 0x0a, 0x85, 0x200b, 0x202e, 0x2028].map((code) =>
	String.fromCodePoint(code)
);

describe('cleanTabName', () => {
	it('is one line without control and direction characters, or nothing', () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom(...UNITS), maxLength: 200 }), (text) => {
				const name = cleanTabName(text);
				if (name === null) return;
				expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
				expect(Array.from(name).length).toBeLessThanOrEqual(TAB_NAME_MAX);
				expect(name.trim()).not.toBe('');
			})
		);
	});
});
