// Go's sockets: one wake-up for all that has piled up, one message for all that was staged.
import { expect, it, vi } from 'vitest';
import { goSocket, type GoSocketEvent } from '../../../src/lib/host/socket';

function setUp() {
	const sent: Uint8Array[] = [];
	const socket = {
		binaryType: '',
		onopen: null as (() => void) | null,
		onmessage: null as ((event: { data: unknown }) => void) | null,
		onerror: null as (() => void) | null,
		onclose: null as ((event: { code: number; reason: string }) => void) | null,
		send: (bytes: Uint8Array<ArrayBuffer>) => void sent.push(bytes),
		close: vi.fn()
	};
	const events: string[] = [];
	const tasks: (() => void)[] = [];
	const onEvent: GoSocketEvent = (kind, reason) =>
		void events.push(reason === undefined ? kind : `${kind} ${reason}`);
	const go = goSocket({
		socket: socket,
		onEvent,
		later: (run) => void tasks.push(run)
	});
	const runTasks = (): void => {
		for (const task of tasks.splice(0)) task();
	};
	return { socket, sent, events, go, runTasks };
}

const bytes = (...values: number[]) => new Uint8Array(values);

/** All that waits, by reads of `size` bytes. */
function takeAll(go: ReturnType<typeof goSocket>, size: number): number[][] {
	const reads: number[][] = [];
	const into = new Uint8Array(size);
	for (let n = go.take(into); n > 0; n = go.take(into)) reads.push([...into.subarray(0, n)]);
	return reads;
}

it('wakes Go once for three messages, gives them in one piece, and tells the end of the turn', () => {
	const { socket, events, go, runTasks } = setUp();
	for (const value of [1, 2, 3]) socket.onmessage?.({ data: bytes(value).buffer });
	runTasks();
	expect(events).toEqual(['data', 'idle']);
	expect(takeAll(go, 8)).toEqual([[1, 2, 3]]);
});

it('fills reads that are smaller than messages, across their edges', () => {
	const { socket, go } = setUp();
	for (const data of [bytes(1, 2, 3), bytes(4), bytes(5, 6, 7)])
		socket.onmessage?.({ data: data.buffer });
	expect(takeAll(go, 2)).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
});

it('sends what Go writes in one turn as one message, and not before it is open', async () => {
	const { socket, sent, go } = setUp();
	go.write(bytes(1));
	await Promise.resolve();
	expect(sent).toEqual([]);
	socket.onopen?.();
	expect(sent).toEqual([bytes(1)]);
	go.write(bytes(2));
	go.write(bytes(3));
	await Promise.resolve();
	expect(sent).toEqual([bytes(1), bytes(2, 3)]);
});

it('cuts what is more than a DERP reader takes', async () => {
	const { socket, sent, go } = setUp();
	socket.onopen?.();
	go.write(new Uint8Array(20_000).fill(1));
	go.write(new Uint8Array(20_000).fill(2));
	await Promise.resolve();
	expect(sent.map(({ byteLength }) => byteLength)).toEqual([32_768, 7_232]);
	expect(sent[1]?.every((byte) => byte === 2)).toBe(true);
});

it('tells its close once, with the reason', () => {
	const { socket, events, go, runTasks } = setUp();
	socket.onclose?.({ code: 4401, reason: 'session ended' });
	socket.onclose?.({ code: 1006, reason: '' });
	go.close();
	socket.onmessage?.({ data: bytes(1).buffer });
	runTasks();
	expect(events).toEqual(['close code 4401 session ended']);
	expect(socket.close).not.toHaveBeenCalled();
});

it('takes no text', () => {
	const { socket, events, go, runTasks } = setUp();
	socket.onmessage?.({ data: 'text' });
	runTasks();
	expect(events).toEqual([]);
	expect(takeAll(go, 8)).toEqual([]);
});
