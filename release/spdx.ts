// Which licence a text is, as SPDX names it: Go's modules do not say, and some packages forget to.
// Pure; used by licences.ts. It knows the licences that are shipped and no others: an unknown text is a failure.

/** Words that only this licence has, in text whose white space has become single blanks. */
const SIGNS: readonly (readonly [id: string, sign: RegExp])[] = [
	['Apache-2.0', /Apache License,? Version 2\.0/i],
	['Bitstream-Vera', /Bitstream Vera is a trademark of Bitstream/i],
	['CC-BY-4.0', /Creative Commons Attribution 4\.0 International/i],
	['ISC', /copy, modify, and(\/or)? distribute this software .{0,80} provided that the above/i],
	['MIT', /obtaining a copy of this software and associated documentation files/i],
	['MPL-2.0', /Mozilla Public License,? Version 2\.0/i],
	['OFL-1.1', /SIL Open Font License,? Version 1\.1/i]
];
const BSD = /Redistribution and use in source and binary forms/i;
const BSD_THIRD_CLAUSE = /used to endorse or promote products/i;

/** All licences whose words are in the text, as one expression; null for a stranger. */
export function spdxOf(text: string): string | null {
	const flat = text.replaceAll(/[\s/*#]*\n[\s/*#]*|\s+/g, ' ');
	const ids = SIGNS.filter(([, sign]) => sign.test(flat)).map(([id]) => id);
	if (BSD.test(flat)) ids.push(BSD_THIRD_CLAUSE.test(flat) ? 'BSD-3-Clause' : 'BSD-2-Clause');
	return ids.length === 0 ? null : ids.sort().join(' AND ');
}
