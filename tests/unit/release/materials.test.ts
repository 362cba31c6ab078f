// What the release reads of the lock and of go.mod, on small ones and on the real ones.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resolveIn, readLock, type Lock, type LockedPackage } from '../../../release/lock';
import { goModRequires } from '../../../release/modules';
import { sbom, type Materials } from '../../../release/sbom';

const locked = (folder: string, more: Partial<LockedPackage> = {}): LockedPackage => ({
	folder,
	name: folder.slice(folder.lastIndexOf('node_modules/') + 13),
	version: '1.0.0',
	license: 'MIT',
	integrity: 'sha512-AAEC',
	isDev: false,
	isOptional: false,
	dependencies: [],
	...more
});
const lockOf = (...packages: readonly LockedPackage[]): Lock =>
	new Map(packages.map((each) => [each.folder, each]));

const LOCK = lockOf(
	locked('node_modules/@scope/a', { dependencies: ['b'] }),
	locked('node_modules/@scope/a/node_modules/b', { version: '2.0.0' }),
	locked('node_modules/b'),
	locked('node_modules/built', { isDev: true, license: '(MIT OR Apache-2.0)' }),
	locked('node_modules/linter', { isDev: true }),
	locked('node_modules/other-system', { isOptional: true })
);
const materials = (more: Partial<Materials> = {}): Materials => ({
	version: '1.2.3',
	lock: LOCK,
	shipped: new Set(['node_modules/@scope/a', 'node_modules/built']),
	direct: ['@scope/a'],
	modules: {
		required: [{ path: 'x.org/y', version: 'v1.0.0', sha256: 'ab', folder: '/' }],
		all: [
			{ path: 'x.org/y', version: 'v1.0.0', sha256: 'ab' },
			{ path: 'x.org/z', version: 'v2.0.0', sha256: null }
		]
	},
	...more
});

test('a package is found as Node finds it: the nearest folder upwards', () => {
	expect(resolveIn(LOCK, 'node_modules/@scope/a', 'b')?.version).toBe('2.0.0');
	expect(resolveIn(LOCK, 'node_modules/@scope/a/node_modules/b', 'built')?.version).toBe('1.0.0');
	expect(resolveIn(LOCK, '', 'b')?.version).toBe('1.0.0');
	expect(resolveIn(LOCK, '', 'nobody')).toBeNull();
});

test('the bill has production, what is shipped, and says which is which', () => {
	const { components, dependencies } = sbom(materials());
	expect(components.map(({ purl, scope }) => [purl, scope])).toEqual([
		['pkg:npm/%40scope/a@1.0.0', 'required'],
		['pkg:npm/b@2.0.0', 'excluded'],
		['pkg:npm/b@1.0.0', 'excluded'],
		['pkg:npm/built@1.0.0', 'required'],
		['pkg:npm/other-system@1.0.0', 'optional'],
		['pkg:golang/x.org/y@v1.0.0', 'required'],
		['pkg:golang/x.org/z@v2.0.0', 'excluded']
	]);
	expect(dependencies[0]).toEqual({
		ref: 'pkg:npm/headtab@1.2.3',
		dependsOn: ['pkg:npm/%40scope/a@1.0.0', 'pkg:golang/x.org/y@v1.0.0']
	});
	expect(dependencies[1]?.dependsOn).toEqual(['pkg:npm/b@2.0.0']);
	const [, , , built] = components;
	expect(built?.licenses).toEqual([{ expression: '(MIT OR Apache-2.0)' }]);
	expect(built?.hashes).toEqual([{ alg: 'SHA-512', content: '000102' }]);
});

test('every reference of the real bill is a component, and none is there twice', () => {
	const { metadata, components, dependencies } = sbom(
		materials({ lock: readLock('.'), shipped: new Set(), direct: ['ws', 'jose', 'restty'] })
	);
	const refs = [metadata.component, ...components].map((each) => each['bom-ref']);
	expect(new Set(refs).size).toBe(refs.length);
	for (const { ref, dependsOn } of dependencies)
		for (const each of [ref, ...dependsOn]) expect(refs).toContain(each);
});

test('go.mod is read whole: single requires, blocks, indirect ones', () => {
	const text =
		'module m\n\ngo 1.26\n\nrequire a.org/b v1.0.0\n\nrequire (\n\tgo4.org/mem v0.1.0 // indirect\n\ttailscale.com v1.2.3\n)\n';
	expect(goModRequires(text).map(({ path }) => path)).toEqual([
		'a.org/b',
		'go4.org/mem',
		'tailscale.com'
	]);
	const real = readFileSync('wasm/go.mod', 'utf8');
	expect(goModRequires(real)).toHaveLength(real.match(/^\t\S+ v\d/gm)?.length ?? -1);
});
