// Figures as medians with min and max, printed as one table. Node; the bench's only output.
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../stack/versions';

export interface Figure {
	readonly name: string;
	readonly unit: string;
	readonly values: readonly number[];
	/** What the issue expects, as text; empty when nothing is. */
	readonly expected: string;
}

export class Figures {
	readonly #rows = new Map<string, { unit: string; values: number[]; expected: string }>();

	add(name: string, unit: string, values: number | readonly number[], expected = ''): void {
		const row = this.#rows.get(name) ?? { unit, values: [], expected };
		row.values.push(...(typeof values === 'number' ? [values] : values));
		this.#rows.set(name, row);
	}

	median(name: string): number {
		return quantile(this.#rows.get(name)?.values ?? [], 0.5);
	}

	all(): readonly Figure[] {
		return [...this.#rows].map(([name, row]) => ({ name, ...row }));
	}

	/** A Markdown table, ready for the README. */
	table(): string {
		const lines = this.all().map(({ name, unit, values, expected }) => {
			const median = number(quantile(values, 0.5));
			const range = `${number(Math.min(...values))} – ${number(Math.max(...values))}`;
			return `| ${name} | ${median} ${unit} | ${range} | ${String(values.length)} | ${expected} |`;
		});
		return [
			'| Figure | median | min – max | n | expected |',
			'|---|---|---|---|---|',
			...lines
		].join('\n');
	}
}

/** Prints the table with what the machine was like, and keeps the values for a comparison.
 *  @param fileName in `.headtab/`; null keeps nothing */
export function report(figures: Figures, fileName: string | null): void {
	if (fileName !== null)
		writeFileSync(join(ROOT, '.headtab', fileName), JSON.stringify(figures.all(), null, '\t'));
	const load = loadavg()
		.map((value) => value.toFixed(2))
		.join(' ');
	process.stdout.write(`\n${figures.table()}\n\nload average ${load}, Node ${process.version}\n`);
}

/** @param q 0 … 1, nearest rank */
export function quantile(values: readonly number[], q: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const number = (value: number): string =>
	value >= 100 || Number.isInteger(value)
		? String(Math.round(value))
		: value.toFixed(value >= 10 ? 1 : 2);
