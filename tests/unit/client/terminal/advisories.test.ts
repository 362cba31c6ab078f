// What went wrong in other terminals, tried on our filter with restty's real core behind it.
// docs/ADVISORIES.md says which test is whose.
import { createHeadlessTerminal } from 'restty/headless';
import { expect, it } from 'vitest';
import { OSC_MAX_BYTES, OSC52_MAX_BYTES } from '$lib/contracts/limits';
import { ByteFilter, type FilterEvent } from '$lib/client/terminal/byte-filter';
import { PasteText } from '$lib/client/terminal/paste';
import { isFixedReply, splitReplies } from '$lib/client/terminal/replies';

const encoder = new TextEncoder();
/** What a machine would like to hear back, in the shell's words. */
const CHOSEN = 'touch owned';

/** Lets a machine write. @returns what the core answers, what may go to the machine of it, and the events */
async function written(...texts: readonly string[]) {
	const terminal = await createHeadlessTerminal({
		cols: 80,
		rows: 24,
		maxScrollbackBytes: 100_000,
		replay: false
	});
	const events: FilterEvent[] = [];
	const outputs: Uint8Array[] = [];
	let answered = '';
	const filter = new ByteFilter(
		{
			output: (bytes) => {
				outputs.push(bytes.slice());
				terminal.write(bytes);
				answered += terminal.drainOutput();
			},
			mode: () => undefined,
			event: (event) => events.push(event)
		},
		{ ownOrigin: 'https://tab.example' }
	);
	for (const text of texts) filter.push(encoder.encode(text));
	terminal.dispose();
	const sent = splitReplies(answered).filter(isFixedReply);
	return { answered, sent, events, output: Buffer.concat(outputs).toString('latin1') };
}

it('like CVE-2019-0542, CVE-2024-56803, CVE-2024-38396: no answer of the terminal holds what a machine has chosen', async () => {
	const titled = `\u001b]0;${CHOSEN}\u0007\u001b]2;\n${CHOSEN}\n\u001b\\`;
	for (const question of [
		'\u001b[21t',
		'\u001b[20t',
		`\u001bP$q${CHOSEN}\u001b\\`,
		`\u001bP$q"p\u001b\\\u001bP$q\n${CHOSEN}\n\u001b\\`,
		`\u001bP+q${Buffer.from(CHOSEN).toString('hex')}\u001b\\`,
		`\u001b]52;c;${Buffer.from(CHOSEN).toString('base64')}\u0007\u001b]52;c;?\u0007`,
		`\u001b]10;${CHOSEN}\u0007\u001b]10;?\u0007`,
		`\u001b]4;1;${CHOSEN}\u0007\u001b]4;1;?\u0007`,
		`\u001b_Gi=31,s=1,v=1,a=q,t=d,f=24;${CHOSEN}\u001b\\`,
		'\u0005',
		'\u001b[c\u001b[>c\u001b[=c\u001b[5n\u001b[6n\u001b[>q\u001b[x\u001bZ\u001b[?15n'
	]) {
		const { sent, answered } = await written(titled + question);
		for (const part of ['touch', 'owned', Buffer.from(CHOSEN).toString('base64')])
			expect(answered, JSON.stringify(question)).not.toContain(part);
		for (const reply of sent) expect(reply, JSON.stringify(question)).not.toMatch(/[\r\n]/);
	}
	// It does answer what a program may ask.
	expect((await written('\u001b[5n')).sent).toEqual(['\u001b[0n']);
});

it('like CVE-2021-28848: no pasted text ends the paste around it', () => {
	for (const text of [
		`a\u001b[201~${CHOSEN}\r`,
		`a\u001b[2\u001b[201~01~${CHOSEN}`,
		`a\u009b201~${CHOSEN}`,
		`\u001b[200~a\u001b[201~`
	]) {
		const paste = new PasteText(text);
		while (!paste.read());
		const sent = Buffer.concat(paste.pieces).toString('utf8');
		expect(sent).not.toMatch(/[\u001b\u009b]/); // eslint-disable-line no-control-regex -- what must not be left
		expect(paste.question(true)?.reasons).toContain('control');
	}
});

it('like CVE-2017-3158, CVE-2024-35164: no control string reaches the core longer than its limit', async () => {
	const strings = /\u001b[\]P_^X][^\u001b\u0007]*/g; // eslint-disable-line no-control-regex -- control strings are what is looked for
	for (const sizeBytes of [600 * 1024, 4 * 1024 * 1024]) {
		const long = 'A'.repeat(sizeBytes);
		for (const [start, end, maxBytes] of [
			['\u001b]0;', '\u0007', OSC_MAX_BYTES],
			['\u001b]8;;https://a.example/', '\u0007', OSC_MAX_BYTES],
			['\u001b]4;1;', '\u001b\\', OSC_MAX_BYTES],
			['\u001b]52;c;', '\u0007', OSC52_MAX_BYTES],
			['\u001bP$q', '\u001b\\', 0],
			['\u001bPq', '\u001b\\', 0],
			['\u001b_G', '\u001b\\', 0],
			['\u001b^', '\u001b\\', 0],
			['\u001bX', '\u001b\\', 0]
		] as const) {
			const { output, events } = await written(start + long + end + 'x');
			expect(output.endsWith('x'), start).toBe(true);
			for (const [string] of output.matchAll(strings))
				expect(string.length, start).toBeLessThanOrEqual(maxBytes);
			for (const event of events)
				expect(JSON.stringify(event).length, start).toBeLessThanOrEqual(maxBytes);
		}
	}
	const { output } = await written(`\u001b[${'9;'.repeat(1_000_000)}mx\u001b[2147483647b`);
	expect(output.startsWith('x')).toBe(true);
});

it('like restty 0.3.0’s defaults: no clipboard is read, no address of ours is a link, fonts and images stay away', async () => {
	const { output, events, answered } = await written(
		'\u001b]52;c;?\u0007',
		'\u001b]52;p;?\u001b\\',
		'\u001b]8;;/auth/logout\u0007a\u001b]8;;\u0007',
		'\u001b]8;;https://tab.example/api/leave\u0007b\u001b]8;;\u0007',
		'\u001b]8;;javascript:alert(1)\u0007c\u001b]8;;\u0007',
		'\u001b]50;https://evil.example/font.ttf\u0007',
		'\u001b]1337;File=inline=1:AAAA\u0007'
	);
	expect(answered).toBe('');
	expect(events.filter(({ kind }) => kind === 'clipboard')).toEqual([]);
	expect(output.replaceAll('\u001b]8;;\u001b\\', '')).toBe('abc');
});
