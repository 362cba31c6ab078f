// The titles of all tests that `npm test` runs, read from their sources: nothing is run for it.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** One test: its file from the root of the project, and its titles from the outermost group inwards. */
export interface TestTitle {
	readonly file: string;
	readonly titles: readonly string[];
	/** Go names tests otherwise (stack/cases.mjs). */
	readonly isGo: boolean;
}

const ROOT = join(import.meta.dirname, '../../..');
const GROUP = 'describe';
const TEST = ['it', 'test'];

/** The names in `test.describe`, `it.each(rows)`, `describe.skipIf(…)`, outermost first; none of another call. */
function chain(expression: ts.Expression): readonly string[] {
	if (ts.isIdentifier(expression)) return [expression.text];
	if (ts.isPropertyAccessExpression(expression))
		return [...chain(expression.expression), expression.name.text];
	if (ts.isCallExpression(expression)) return chain(expression.expression);
	return [];
}

/** A literal as it stands; what is filled in when the test runs becomes `…`. */
function words(argument: ts.Expression | undefined): string | null {
	if (argument === undefined) return null;
	if (ts.isStringLiteral(argument) || ts.isNoSubstitutionTemplateLiteral(argument))
		return argument.text.replaceAll(/%[sjdifo]|\$[a-zA-Z]+(\.[a-zA-Z]+)*/g, '…');
	if (ts.isTemplateExpression(argument)) {
		const parts = argument.templateSpans.map(({ literal }) => `…${literal.text}`);
		return `${argument.head.text}${parts.join('')}`;
	}
	return null;
}

/** Steps, hooks and settings hang on `test` as well. */
const isTest = (names: readonly string[]): boolean =>
	TEST.includes(names[0] ?? '') &&
	names.slice(1).every((name) => ['each', 'for', 'only', 'skipIf', 'runIf'].includes(name));

function ofTypeScript(path: string): readonly TestTitle[] {
	const file = relative(ROOT, path);
	const source = ts.createSourceFile(
		path,
		readFileSync(path, 'utf8'),
		ts.ScriptTarget.Latest,
		true
	);
	const found: TestTitle[] = [];
	const visit = (node: ts.Node, above: readonly string[]): void => {
		let within = above;
		if (ts.isCallExpression(node)) {
			const names = chain(node.expression);
			const title = words(node.arguments[0]);
			if (title !== null && names.includes(GROUP)) within = [...above, title];
			else if (title !== null && node.arguments.length > 1 && isTest(names)) {
				found.push({ file, titles: [...above, title], isGo: false });
				return;
			}
		}
		ts.forEachChild(node, (child) => {
			visit(child, within);
		});
	};
	visit(source, []);
	return found;
}

function ofGo(path: string): readonly TestTitle[] {
	const file = relative(ROOT, path);
	const found: TestTitle[] = [];
	let name = '';
	for (const line of readFileSync(path, 'utf8').split('\n')) {
		const test = /^func (Test\w+)\(/.exec(line)?.[1];
		const part = /\.Run\("((?:[^"\\]|\\.)+)"/.exec(line)?.[1];
		if (test !== undefined) {
			name = test;
			found.push({ file, titles: [test], isGo: true });
		} else if (part !== undefined) found.push({ file, titles: [name, part], isGo: true });
	}
	return found;
}

/** All tests of the stages unit, integration, e2e and go, file by file. */
export function testTitles(): readonly TestTitle[] {
	const files = (folder: string, pattern: RegExp): readonly string[] =>
		readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile() && pattern.test(entry.name))
			.map((entry) => join(entry.parentPath, entry.name))
			.sort();
	return [
		...['tests/unit', 'tests/integration', 'tests/e2e'].flatMap((folder) =>
			files(folder, /\.(test|spec)\.ts$/).flatMap(ofTypeScript)
		),
		...['wasm', 'stack/go'].flatMap((folder) => files(folder, /_test\.go$/).flatMap(ofGo))
	];
}
