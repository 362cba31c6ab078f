// Writes Go's copy of the error codes from the one table (contracts/errors.ts): `npm run gen`
// writes wasm/internal/wire/codes.go, a plain run fails when that file is stale.
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/lib/contracts/errors';
import * as limits from '../../../src/lib/contracts/limits';

/** Initialisms that Go writes in capitals. */
const INITIALISMS: Readonly<Record<string, string>> = {
	ssh: 'SSH',
	tcp: 'TCP',
	pty: 'PTY',
	derp: 'DERP',
	oidc: 'OIDC',
	id: 'ID',
	ms: 'MS'
};

const goName = (words: readonly string[]): string =>
	words
		.map((word) => INITIALISMS[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
		.join('');

/** gofmt aligns the columns of a const block. */
function table(rows: readonly (readonly [name: string, type: string, value: string])[]): string {
	const nameWidth = Math.max(...rows.map(([name]) => name.length));
	return rows
		.map(([name, type, value]) =>
			type === ''
				? `\t${name.padEnd(nameWidth)} = ${value}`
				: `\t${name.padEnd(nameWidth)} ${type} = ${value}`
		)
		.join('\n');
}

it('the Go copy of the error codes and limits is fresh', async () => {
	const codes = ERROR_CODES.map(
		(code) => [`Code${goName(code.split('-'))}`, 'Code', `"${code}"`] as const
	);
	// Only what Go acts on; a limit of the server or the page says nothing to it.
	const shared = Object.entries(limits)
		.filter(
			([name]) =>
				/^(SSH|DIAL|BANNER|PROMPT|HOST_KEY|JOIN|LOGOUT|TERMINAL)/.test(name) &&
				!/^SSH_(ACK_BYTES|HELD|OUTPUT_WAIT)/.test(name)
		)
		.map(
			([name, value]) =>
				[goName(name.toLowerCase().split('_')), '', String(value)] as const
		);
	const text = `// Code generated from src/lib/contracts by \`npm run gen\`. DO NOT EDIT.

package wire

// Code is an error of the one table, contracts/errors.ts.
type Code string

// The codes of the table.
const (
${table(codes)}
)

// Limits of contracts/limits.ts; the unit ends the name.
const (
${table(shared)}
)
`;
	await expect(text).toMatchFileSnapshot('../../../wasm/internal/wire/codes.go');
});
