// What Go writes in one turn leaves as one message, copied out of its memory.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Stage } from '../../../src/lib/host/stage';

it('sends one message a turn, of copies', async () => {
	const sent: number[][] = [];
	const stage = new Stage(8, (bytes) => void sent.push([...bytes]));
	const memory = new Uint8Array([1, 2]);
	stage.add(memory);
	memory.fill(9);
	stage.add(memory);
	expect(sent).toEqual([]);
	await Promise.resolve();
	expect(sent).toEqual([[1, 2, 9, 9]]);
	await Promise.resolve();
	expect(sent).toHaveLength(1);
});

it('flushes before its turn, once', async () => {
	const sent: Uint8Array[] = [];
	const stage = new Stage(8, (bytes) => void sent.push(bytes));
	stage.add(new Uint8Array([1]));
	stage.flush();
	expect(sent).toEqual([new Uint8Array([1])]);
	stage.flush();
	await Promise.resolve();
	expect(sent).toHaveLength(1);
});

it('keeps bytes and order whatever their sizes, in messages of its size, each over its own buffer', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), async (pieces) => {
			const sent: Uint8Array<ArrayBuffer>[] = [];
			const stage = new Stage(16, (bytes) => void sent.push(bytes));
			for (const piece of pieces) stage.add(piece);
			await Promise.resolve();
			expect(sent.flatMap((bytes) => [...bytes])).toEqual(pieces.flatMap((piece) => [...piece]));
			expect(sent.slice(0, -1).every((bytes) => bytes.byteLength === 16)).toBe(true);
			expect(sent.every((bytes) => bytes.buffer.byteLength === bytes.byteLength)).toBe(true);
		})
	);
});
