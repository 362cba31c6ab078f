// Made-up values that parsers have stumbled over elsewhere: words of a format in the wrong places, halves of
// characters, texts that hide something, objects that are no texts, numbers that are none.
import fc from 'fast-check';

/** Single UTF-16 units, so that halves of characters come, too. */
const units = fc
	.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
	.map((codes) => String.fromCharCode(...codes));

const ODD_TEXTS = [
	'',
	' ',
	'\0',
	'\r\n',
	'\n',
	'\t',
	'\u001b[31m',
	'\u0085',
	'\u00a0',
	'\u00ad',
	'\u200b',
	'\u200d',
	'\u202e',
	'\u2028',
	'\u2066',
	'\ufeff',
	'\ud800',
	'\udfff',
	'\ufffd',
	'\u{1f600}',
	'\u{e0041}',
	'e\u0301',
	'\u00e9',
	'\u212a',
	'\u0130',
	'\uff0f',
	'\u3002',
	'%',
	'%00',
	'%0d%0a',
	'%2e%2e',
	'%2f',
	'%5c',
	'%ff',
	'%u0041',
	'..',
	'/',
	'//',
	'\\',
	'@',
	':',
	'?',
	'#',
	'&',
	'=',
	'"',
	"'",
	'<',
	'>',
	'$',
	'$(id)',
	'`id`',
	';',
	'-',
	'--',
	'__proto__',
	'constructor',
	'toString',
	'hasOwnProperty',
	'null',
	'NaN',
	'1e999',
	'-1',
	'0x10',
	'javascript:',
	'localhost',
	'127.0.0.1',
	'2130706433',
	'0x7f.1',
	'[::1]',
	'169.254.169.254',
	'xn--',
	'evil.example'
] as const;

/** A text out of pieces: the words of a format, odd ones and noise. */
export const hostileText = (...words: readonly string[]): fc.Arbitrary<string> => {
	const piece = fc.oneof(
		{ weight: 4, arbitrary: fc.constantFrom(...ODD_TEXTS, ...words) },
		...(words.length > 0 ? [{ weight: 6, arbitrary: fc.constantFrom(...words) }] : []),
		{ weight: 2, arbitrary: fc.string({ maxLength: 6 }) },
		{ weight: 1, arbitrary: units },
		{ weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) }
	);
	return fc.oneof(
		{ weight: 8, arbitrary: fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')) },
		{ weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
		{
			weight: 1,
			arbitrary: fc
				.tuple(piece, fc.integer({ min: 1, max: 3_000 }), piece)
				.map(([text, times, end]) => text.repeat(times) + end)
		}
	);
};

/** A good text with one place changed, lost, doubled or cut. */
export const mutated = (good: fc.Arbitrary<string>): fc.Arbitrary<string> =>
	fc
		.tuple(good, fc.nat(), fc.constantFrom('change', 'lose', 'double', 'cut', 'keep'), units)
		.map(([text, place, how, noise]) => {
			if (text === '' || how === 'keep') return text;
			const at = place % text.length;
			const [head, tail] = [text.slice(0, at), text.slice(at)];
			switch (how) {
				case 'change':
					return head + noise + tail.slice(1);
				case 'lose':
					return head + tail.slice(1);
				case 'double':
					return head + (tail[0] ?? '') + tail;
				default:
					return head;
			}
		});

/** Any value that JSON or a structured clone can bring, the awkward ones often. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.constantFrom<unknown>(
			undefined,
			null,
			true,
			'',
			'x',
			0,
			-1,
			-0,
			0.5,
			Number.NaN,
			Infinity,
			-Infinity,
			1e300,
			2 ** 53,
			[],
			{},
			[null],
			[[]]
		)
	},
	{
		weight: 2,
		arbitrary: fc
			.constantFrom(
				'{"toString":null}',
				'{"toString":1,"valueOf":1}',
				'{"__proto__":{"code":"internal"}}',
				'{"length":-1}',
				'{"then":1}',
				'[{"toString":null}]'
			)
			.map((text): unknown => JSON.parse(text))
	},
	{ weight: 2, arbitrary: hostileText() },
	{ weight: 2, arbitrary: fc.anything({ maxDepth: 2, maxKeys: 4 }) }
);

/** An object of a format: fields as they should be, hostile ones, missing ones, others besides. */
export const shaped = (
	fields: Readonly<Record<string, fc.Arbitrary<unknown>>>
): fc.Arbitrary<unknown> => {
	const record = fc.record(
		Object.fromEntries(
			Object.entries(fields).map(([name, good]) => [
				name,
				fc.oneof({ weight: 7, arbitrary: good }, { weight: 1, arbitrary: hostileValue })
			])
		),
		{ requiredKeys: [] }
	);
	return fc.oneof(
		{ weight: 9, arbitrary: record },
		{
			weight: 1,
			arbitrary: fc
				.tuple(record, fc.dictionary(hostileText(), hostileValue, { maxKeys: 3 }))
				.map(([good, more]) => ({ ...more, ...good }))
		},
		{ weight: 1, arbitrary: hostileValue }
	);
};

/** As it crosses a wire: what JSON cannot say becomes null. */
export const asJson = (value: unknown): string =>
	value === undefined ? 'null' : JSON.stringify(value);

/** Times as records have them. */
export const someTimeMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
