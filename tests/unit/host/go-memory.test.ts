// Pointers into Go's memory become views, wherever they lie and however it has grown.
import { expect, it } from 'vitest';
import { goImports } from '../../../src/lib/host/go-memory';

it('gives views of the memory as it is now', () => {
	const memory = new WebAssembly.Memory({ initial: 1 });
	const calls: [string, number, number[]][] = [];
	const imports = goImports(
		{
			take(socket, into) {
				calls.push(['take', socket, [into.byteLength]]);
				into.set([7, 8]);
				return 2;
			},
			write: (socket, bytes) => void calls.push(['write', socket, [...bytes]]),
			output: (stream, bytes) => void calls.push(['output', stream, [...bytes]])
		},
		() => memory
	);
	const call = (name: string, ...args: number[]): unknown => {
		const fn = imports[name];
		if (typeof fn !== 'function') throw new Error(`no import ${name}`);
		return Reflect.apply(fn, undefined, args);
	};
	expect(call('take', 1, 100, 4)).toBe(2);
	memory.grow(1);
	call('write', 2, 100, 3);
	call('output', 3, 101, 1);
	expect(calls).toEqual([
		['take', 1, [4]],
		['write', 2, [7, 8, 0]],
		['output', 3, [8]]
	]);
});
