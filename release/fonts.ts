// The faces that are served, out of the table in static/fonts/README.md, which says of each what it is and under
// which licence. Node; used by licences.ts and sbom.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spdxOf } from './spdx';

export interface Face {
	/** File names below `fonts/`. */
	readonly files: readonly string[];
	/** What it was made of, and which licences, in the table's words. */
	readonly words: string;
	readonly license: string;
	/** All its licence texts. */
	readonly text: string;
}

/** @throws Error for a row without files or without a text whose licence is known */
export function readFaces(root: string): readonly Face[] {
	const folder = join(root, 'static', 'fonts');
	const rows = readFileSync(join(folder, 'README.md'), 'utf8')
		.split('\n')
		.filter((line) => line.startsWith('| `'));
	return rows.map((row) => {
		const [, file = '', what = '', licence = ''] = row.split('|').map((cell) => cell.trim());
		const texts = [...licence.matchAll(/`([\w.-]+\.txt)`/g)].map(([, name = '']) =>
			readFileSync(join(folder, name), 'utf8')
		);
		const text = texts.join('\n');
		const license = spdxOf(text);
		if (license === null)
			throw new Error(`static/fonts/README.md has no known licence for ${file}`);
		return {
			files: unfolded(file.replaceAll('`', '')),
			words: `${what}\n${licence}`,
			license,
			text
		};
	});
}

/** `a-{b,c}.ttf` as its names. */
function unfolded(pattern: string): readonly string[] {
	const [, start = '', middle, end = ''] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? [];
	if (middle === undefined) return [pattern];
	return middle.split(',').map((part) => `${start}${part}${end}`);
}
