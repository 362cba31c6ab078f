// The one filter before the terminal: what passes, what becomes an event, what is dropped (SECURITY 5).
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ByteFilter, type FilterEvent } from '$lib/client/terminal/byte-filter';

const encoder = new TextEncoder();

interface Result {
	readonly output: string;
	readonly modes: readonly string[];
	readonly events: readonly FilterEvent[];
}

/** Runs the filter over chunks; outputs are joined as bytes, so that cuts in characters do not count. */
function filter(...chunks: readonly (string | Uint8Array)[]): Result {
	const parts: number[] = [];
	const modes: string[] = [];
	const events: FilterEvent[] = [];
	const machine = new ByteFilter(
		{
			output: (bytes) => {
				for (const byte of bytes) parts.push(byte);
			},
			mode: (sequence) => {
				modes.push(sequence);
			},
			event: (event) => {
				events.push(event);
			}
		},
		{ ownOrigin: 'https://tab.example' }
	);
	for (const chunk of chunks) {
		machine.push(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
	}
	return { output: Buffer.from(parts).toString('latin1'), modes, events };
}

const pass = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('text', () => {
	it('goes on as it is, with colours and cursor moves', () => {
		const text =
			'ls\r\n\t\b \u001b[1;31mred\u001b[0m \u001b[2J\u001b[10;5H\u001b(B\u001b7\u001b8 ü漢😀';
		expect(filter(text)).toEqual({ output: pass(text), modes: [], events: [] });
	});

	it('H13 keeps characters that are cut at every byte', () => {
		const bytes = encoder.encode('ü漢😀 e\u0301');
		const { output } = filter(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
		expect(output).toBe(pass('ü漢😀 e\u0301'));
	});

	it('loses NUL, ENQ, DEL and 8-bit controls', () => {
		expect(filter('a\u0000b\u0005c\u007fd\u009be\u009df').output).toBe('abcdef');
	});

	it.each([
		'\u0000',
		'\u007f',
		'\u0007',
		'\u001b]0;title\u0007',
		'\u001b[21t',
		'\u001b%G',
		'\u009b'
	])('has no 8-bit control of two halves with %j between them', (between) => {
		const bytes = Buffer.from([0xc2, ...encoder.encode(between), 0x9b, 0x33, 0x31, 0x6d]);
		for (let at = 0; at <= bytes.length; at += 1) {
			const { output } = filter(bytes.subarray(0, at), bytes.subarray(at));
			expect(Buffer.from(output, 'latin1').toString()).toBe('\ufffd\ufffd31m');
		}
	});

	it('keeps a letter that begins as an 8-bit control would, cut or not', () => {
		const bytes = encoder.encode('a©b¿');
		for (let at = 0; at <= bytes.length; at += 1)
			expect(filter(bytes.subarray(0, at), bytes.subarray(at)).output).toBe(pass('a©b¿'));
		expect(filter(Uint8Array.of(0xc2), 'x').output).toBe(pass('\ufffdx'));
	});

	it('rings for BEL and does not print it', () => {
		expect(filter('a\u0007b')).toEqual({ output: 'ab', modes: [], events: [{ kind: 'bell' }] });
	});
});

describe('titles and folders', () => {
	it('become events without controls, bidi and what is over 80 characters', () => {
		const { output, events } = filter(`\u001b]0;a\u202eb\u0001${'x'.repeat(200)}\u0007`);
		expect(output).toBe('');
		expect(events).toEqual([{ kind: 'title', title: `ab${'x'.repeat(78)}` }]);
	});

	it('take ST as well as BEL', () => {
		expect(filter('\u001b]2;build\u001b\\x')).toEqual({
			output: 'x',
			modes: [],
			events: [{ kind: 'title', title: 'build' }]
		});
	});

	it('tell the folder of OSC 7', () => {
		expect(filter('\u001b]7;file://web-1/srv/a%20b\u0007').events).toEqual([
			{ kind: 'cwd', path: '/srv/a b' }
		]);
		expect(filter('\u001b]7;https://evil/x\u0007\u001b]7;file:///%ff\u0007').events).toEqual([]);
	});

	it('tell notes and prompt marks', () => {
		expect(
			filter('\u001b]9;done\u0007\u001b]777;notify;t;b\u0007\u001b]9;4;1;50\u0007').events
		).toEqual([
			{ kind: 'note', title: '', body: 'done' },
			{ kind: 'note', title: 't', body: 'b' }
		]);
		expect(filter('\u001b]133;A\u0007\u001b]133;D;130\u0007').events).toEqual([
			{ kind: 'mark', mark: 'A', status: null },
			{ kind: 'mark', mark: 'D', status: 130 }
		]);
	});

	it('tell a prompt mark whatever its options are, of which the core has the short ones', () => {
		const mark = (text: string) => {
			const { output, events } = filter(`\u001b]133;${text}\u0007x`);
			return [output, ...events];
		};
		const begun = { kind: 'mark', mark: 'C', status: null };
		expect(mark('C;cmdline_url=ls')).toEqual(['\u001b]133;C;cmdline_url=ls\u001b\\x', begun]);
		for (const option of ['a'.repeat(300), 'a'.repeat(20_000), 'grüße'])
			expect(mark(`C;cmdline_url=${option}`)).toEqual(['\u001b]133;C\u001b\\x', begun]);
		expect(mark(`D;7;aid=${'a'.repeat(300)}`)).toEqual([
			'\u001b]133;D\u001b\\x',
			{ kind: 'mark', mark: 'D', status: 7 }
		]);
		expect(mark('Cx')).toEqual(['x']);
	});
});

describe('clipboard', () => {
	it('H9 never answers a read', () => {
		const refused = { kind: 'clipboard-refused', why: 'read' };
		expect(filter('\u001b]52;c;?\u0007a\u001b]52;;?\u001b\\b')).toEqual({
			output: 'ab',
			modes: [],
			events: [refused, refused]
		});
	});

	it('tells a write as an event, up to its cap', () => {
		const payload = Buffer.from('grüße').toString('base64');
		expect(filter(`\u001b]52;c;${payload}\u0007`).events).toEqual([
			{ kind: 'clipboard', text: 'grüße' }
		]);
		const large = 'A'.repeat(64 * 1024);
		expect(filter(`\u001b]52;c;${large}\u0007`).events).toHaveLength(1);
		expect(filter(`\u001b]52;c;${'A'.repeat(101 * 1024)}\u0007x`)).toEqual({
			output: 'x',
			modes: [],
			events: [{ kind: 'clipboard-refused', why: 'size' }]
		});
	});
});

describe('links', () => {
	it('are known to restty under a scheme that it never opens', () => {
		expect(filter('\u001b]8;id=7;https://example.org/a?b=1\u0007x\u001b]8;;\u0007').output).toBe(
			'\u001b]8;id=7;headtab-link:https://example.org/a?b=1\u001b\\x\u001b]8;;\u001b\\'
		);
	});

	it.each([
		'javascript:alert(1)',
		'/api/leave',
		'//evil.example/x',
		'data:text/html,x',
		'file:///etc/passwd',
		'ssh://root@db-1',
		'https://tab.example/auth/logout',
		'https://user:pw@example.org/',
		'https://example.org/\u202egpj.exe',
		`https://example.org/${'a'.repeat(3000)}`
	])('refuse %.40s', (uri) => {
		expect(filter(`\u001b]8;;${uri}\u0007x`).output).toBe('\u001b]8;;\u001b\\x');
	});
});

describe('questions and window operations', () => {
	it('drop title reports, moves and resizes; ask for sizes by restty', () => {
		const { output, modes } = filter(
			'\u001b[21t\u001b[8;10;10t\u001b[3;0;0t\u001b[1t\u001b[>2T\u001b[22;0t\u001b[14t\u001b[18t\u001b[>0t'
		);
		expect(output).toBe('');
		expect(modes).toEqual(['\u001b[14t', '\u001b[18t']);
	});

	it('drop font, emacs, printing and unknown strings', () => {
		expect(
			filter(
				'\u001b]50;x\u0007\u001b]51;x\u0007\u001b]1337;File=:AA\u0007\u001b[4i\u001bP+q544e\u001b\\\u001b_Ga=T;x\u001b\\\u001b^x\u001b\\\u001bXx\u001b\\'
			)
		).toEqual({ output: '', modes: [], events: [] });
	});

	it('clear a tab stop by default', () => {
		expect(filter('\u001b[g\u001b[3g').output).toBe('\u001b[0g\u001b[3g');
	});

	it('tell which colours are the theme’s again', () => {
		expect(filter('\u001b]104;1;7\u0007\u001b]104\u0007').events).toEqual([
			{ kind: 'palette-reset', indices: [1, 7] },
			{ kind: 'palette-reset', indices: null }
		]);
	});

	it('pass DECRQSS and colours', () => {
		const text = '\u001bP$qm\u001b\\\u001b]11;?\u001b\\\u001b]4;1;#ff0000\u001b\\';
		expect(filter(text).output).toBe(text);
	});
});

describe('modes', () => {
	it('come one by one, those of the input side apart', () => {
		const { output, modes, events } = filter('\u001b[?1049;25;2004h');
		expect(modes).toEqual(['\u001b[?1049h', '\u001b[?2004h']);
		// The core, which is asked for modes, knows what restty's input side keeps.
		expect(output).toBe('\u001b[?25h\u001b[?2004h');
		expect(events).toEqual([
			{ kind: 'alternate-screen', isOn: true },
			{ kind: 'bracketed-paste', isOn: true }
		]);
	});

	it('end with a soft reset, which leaves the cursor', () => {
		const { output } = filter('\u001b[!p');
		expect(output).toContain('\u001b[4l');
		expect(output).toContain('\u001b7\u001b[r\u001b8');
		expect(output).not.toContain('\u001b[?6l');
		expect(filter('\u001b[?6h\u001b[!p').output).toContain('\u001b[?6l');
		expect(filter('\u001b[?7$p').output).toBe('\u001b[?7$p');
	});

	it('end with a full reset', () => {
		const { output, modes, events } = filter('\u001bc');
		expect(output).toBe('\u001bc');
		expect(modes).toContain('\u001b[?1003l');
		expect(events).toContainEqual({ kind: 'bracketed-paste', isOn: false });
		expect(events).toContainEqual({ kind: 'cursor', code: 0 });
		expect(events).toContainEqual({ kind: 'focus-reports', isOn: false });
		expect(events).toContainEqual({ kind: 'alternate-screen', isOn: false });
		expect(events).toContainEqual({ kind: 'alternate-wheel', isOn: true });
		expect(events).toContainEqual({ kind: 'app-keys', of: 'cursor', isOn: false });
		expect(events).toContainEqual({ kind: 'other-keys', level: 0 });
	});

	it.each([
		['\u001b[>4;1m', { kind: 'other-keys', level: 1 }],
		['\u001b[>4;2m', { kind: 'other-keys', level: 2 }],
		['\u001b[>4;3m', { kind: 'other-keys', level: 2 }],
		['\u001b[>4;0m', { kind: 'other-keys', level: 0 }],
		['\u001b[>4m', { kind: 'other-keys', level: 0 }],
		['\u001b[>4;m', { kind: 'other-keys', level: 0 }],
		['\u001b[>m', { kind: 'other-keys', level: 0 }],
		['\u001b[>4n', { kind: 'other-keys', level: 0 }],
		['\u001b[?4m', { kind: 'other-keys-asked' }]
	])('of other keys: %j is told, and the core has nothing of it', (text, event) => {
		for (const cut of [0, 1, 2, 3, 4]) {
			const { output, events } = filter(`a${text.slice(0, cut)}`, `${text.slice(cut)}b`);
			expect(events).toEqual([event]);
			expect(output).toBe('ab');
		}
	});

	it('of keys that always send what is held change nothing, and colours and reports pass', () => {
		expect(filter('\u001b[>1;2m\u001b[>n\u001b[>2n')).toMatchObject({ output: '', events: [] });
		const text = '\u001b[4m\u001b[1;4m\u001b[4n\u001b[?6n\u001b[?4;1m';
		expect(filter(text)).toMatchObject({ output: text, events: [] });
	});

	it.each([
		['\u001b[?1h', { kind: 'app-keys', of: 'cursor', isOn: true }],
		['\u001b[?1l', { kind: 'app-keys', of: 'cursor', isOn: false }],
		['\u001b=', { kind: 'app-keys', of: 'keypad', isOn: true }],
		['\u001b>', { kind: 'app-keys', of: 'keypad', isOn: false }],
		['\u001b[?66h', { kind: 'app-keys', of: 'keypad', isOn: true }],
		['\u001b[?1004h', { kind: 'focus-reports', isOn: true }],
		['\u001b[?1007l', { kind: 'alternate-wheel', isOn: false }]
	])('of keys and wheel: %j is told, and the core has it, too', (text, event) => {
		const { output, modes, events } = filter(text);
		expect(events).toEqual([event]);
		expect([output, ...modes].join('')).toBe(text);
	});

	it('of keys end with a soft reset', () => {
		const { output, events } = filter('a\u001b[!pb\u001b[?1$p\u001b[>2p');
		expect(output).toMatch(/^a.*\u001b\[\?1l\u001b>.*b\u001b\[\?1\$p\u001b\[>2p$/); // eslint-disable-line no-control-regex -- sequences are what is looked for
		expect(events).toEqual([
			{ kind: 'app-keys', of: 'cursor', isOn: false },
			{ kind: 'app-keys', of: 'keypad', isOn: false },
			{ kind: 'other-keys', level: 0 }
		]);
	});
});

describe('the cursor\u2019s style', () => {
	it('is an event: the core gets it with the person\u2019s own in it', () => {
		expect(filter('a\u001b[5 qb\u001b[ q\u001b[0 q')).toEqual({
			output: 'ab',
			modes: [],
			events: [
				{ kind: 'cursor', code: 5 },
				{ kind: 'cursor', code: 0 },
				{ kind: 'cursor', code: 0 }
			]
		});
		expect(filter('\u001b[9 q').events).toEqual([]);
		// XTVERSION is another sequence.
		expect(filter('\u001b[>q').output).toBe('\u001b[>q');
	});
});

describe('unterminated strings', () => {
	it('H9 give the screen back after a megabyte, in linear time', () => {
		const chunk = encoder.encode(`\u001b]0;${'x'.repeat(4 * 1024 * 1024)}`);
		const before = performance.now();
		const { output } = filter(chunk);
		expect(performance.now() - before).toBeLessThan(15_000);
		expect(output.length).toBe(4 * 1024 * 1024 - (1024 * 1024 - 2));
	});

	it('are cut by another sequence, CAN and SUB', () => {
		expect(filter('\u001b]0;abc\u001b[31mx').output).toBe('\u001b[31mx');
		expect(filter('\u001b]0;abc\u0018x').output).toBe('x');
		expect(filter('\u001b[12\u001ax').output).toBe('x');
	});

	it('do not keep a control sequence that has no end', () => {
		expect(filter(`\u001b[${'1;'.repeat(5000)}mx`).output).toBe('x');
	});
});

describe('whatever comes', () => {
	/** Bytes in which sequences, and broken ones, are frequent. */
	const stream = fc
		.array(
			fc.oneof(
				{ weight: 3, arbitrary: fc.string({ maxLength: 12 }) },
				{
					weight: 4,
					arbitrary: fc.constantFrom(
						'\u001b',
						'\u001b[',
						'\u001b]',
						'\u001bP',
						'\u001b_',
						'\u001b\\',
						'\u0007',
						'\u0018',
						'52;c;?',
						'52;c;QUJD',
						'0;title',
						'8;;https://a.example/',
						'8;;javascript:x',
						'21t',
						'?2004h',
						'?1000;1006l',
						'31m',
						'c',
						'\u009b',
						'ü',
						'😀'
					)
				},
				{ weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) }
			),
			{ maxLength: 40 }
		)
		.map((parts) =>
			Uint8Array.from(
				parts.flatMap((part) => [...(typeof part === 'string' ? encoder.encode(part) : part)])
			)
		);

	it('H9 H13 is filtered alike, however it is cut', () => {
		fc.assert(
			fc.property(stream, fc.array(fc.nat(200), { maxLength: 20 }), (bytes, cuts) => {
				const at = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
				const chunks = [0, ...at].map((from, index) =>
					bytes.slice(from, at[index] ?? bytes.length)
				);
				expect(filter(...chunks)).toEqual(filter(bytes));
			}),
			{ numRuns: 1000 }
		);
	});

	it('H9 lets no forbidden sequence through', () => {
		// Strings that may pass: colours, links under our scheme, marks, DECRQSS; each with its end.
		const allowed =
			/\u001b(?:\](?:(?:4|1[0-279]|104|11[0-279])(?:;[ -~]*)?|8;(?:id=[\w.-]+)?;(?:headtab-link:[^\u0000-\u0020\u007f]+)?|133;[A-D][ -~]*)\u001b\\|P\$q[ -~]{1,4}\u001b\\|\[[ -?]*[@-~]|[ -/]+[0-~]|[0-OQ-WYZ`-~])/g; // eslint-disable-line no-control-regex -- sequences are what is looked for
		fc.assert(
			fc.property(stream, (bytes) => {
				const { output, modes } = filter(bytes);
				const rest = output.replaceAll(allowed, '');
				expect(rest).not.toMatch(/[\u0000-\u0007\u0010-\u001f\u007f]/); // eslint-disable-line no-control-regex -- none may be left
				expect(output).not.toMatch(/\u001b\[[0-9;]*t|\u001b\]52|\u001b\]0|\u001b_/); // eslint-disable-line no-control-regex -- see above
				for (const mode of modes) expect(mode).toMatch(/^\u001b\[(\?\d+[hl]|1[468]t)$/); // eslint-disable-line no-control-regex -- see above
			}),
			{ numRuns: 1000 }
		);
	});
});
