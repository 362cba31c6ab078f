// Which plain address a cell is of, on restty's real core.
import { describe, expect, it } from 'vitest';
import { plainLink } from '$lib/client/terminal/link-hover';
import { headless } from './headless';

const OWN = 'https://tab.example';
const URL_OF_THREE_ROWS = `https://id.example/device?${'c'.repeat(40)}`;

async function linksIn(text: string, rows = 6) {
	const core = await headless(30, rows);
	core.write(text);
	return {
		core,
		at: (row: number, col: number) => plainLink(core, { row, col }, OWN)
	};
}

describe('a plain address', () => {
	it('is found whole from each of the rows that it takes', async () => {
		const { at } = await linksIn(`go to ${URL_OF_THREE_ROWS} now\r\nhttps://other.example`);
		expect(at(0, 2)).toBeNull();
		for (const [row, col] of [
			[0, 8],
			[1, 0],
			[1, 29],
			[2, 3]
		] as const)
			expect(at(row, col)).toBe(URL_OF_THREE_ROWS);
		expect(at(2, 15)).toBeNull();
		expect(at(3, 4)).toBe('https://other.example/');
	});

	it('is found after the scrollback, and by its cell where characters are wide', async () => {
		const { at } = await linksIn(`${'x\r\n'.repeat(20)}漢字 https://real.example/ 漢`);
		expect(at(5, 3)).toBeNull();
		expect(at(5, 5)).toBe('https://real.example/');
	});

	it('is none where its end is below the view: half of it would be another', async () => {
		const { core, at } = await linksIn(`x\r\n${URL_OF_THREE_ROWS}\r\n${'y\r\n'.repeat(9)}`, 4);
		core.moveView(-1000);
		core.moveView(1);
		expect(at(0, 3)).toBe(URL_OF_THREE_ROWS);
		core.moveView(-1);
		expect(at(1, 3)).toBe(URL_OF_THREE_ROWS);
		core.resize(20, 3);
		core.moveView(-1000);
		expect(at(1, 3)).toBeNull();
	});
});
