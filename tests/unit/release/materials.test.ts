// What the release reads of the lock and of go.mod, on small ones and on the real ones.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resolveIn, readLock, type Lock, type LockedPackage } from '../../../release/lock';
import { goModRequires } from '../../../release/modules';
import { sbom, type Materials } from '../../../release/sbom';
import { readFaces } from '../../../release/fonts';
import { spdxOf } from '../../../release/spdx';
import { cycloneDxFaults } from '../../fixtures/cyclonedx';

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
	licenses: new Map([['x.org/y v1.0.0', 'BSD-3-Clause']]),
	served: [{ path: 'wasm/headtab.wasm', sha256: 'cd', license: 'MIT' }],
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
		['pkg:golang/x.org/z@v2.0.0', 'excluded'],
		[undefined, 'required']
	]);
	expect(dependencies[0]).toEqual({
		ref: 'pkg:npm/headtab@1.2.3',
		dependsOn: ['pkg:npm/%40scope/a@1.0.0', 'file:wasm/headtab.wasm']
	});
	expect(dependencies[1]).toEqual({
		ref: 'file:wasm/headtab.wasm',
		dependsOn: ['pkg:golang/x.org/y@v1.0.0']
	});
	expect(dependencies[2]?.dependsOn).toEqual(['pkg:npm/b@2.0.0']);
	const [, , , built] = components;
	expect(built?.licenses).toEqual([{ expression: '(MIT OR Apache-2.0)' }]);
	expect(built?.hashes).toEqual([{ alg: 'SHA-512', content: '000102' }]);
	expect(components.find(({ name }) => name === 'x.org/y')?.licenses).toEqual([
		{ license: { id: 'BSD-3-Clause' } }
	]);
	expect(components.at(-1)).toEqual({
		type: 'file',
		'bom-ref': 'file:wasm/headtab.wasm',
		name: 'wasm/headtab.wasm',
		scope: 'required',
		licenses: [{ license: { id: 'MIT' } }],
		hashes: [{ alg: 'SHA-256', content: 'cd' }]
	});
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

test('a bill that breaks the schema is found out', () => {
	const bill = sbom(
		materials({
			modules: {
				required: [{ path: 'x.org/y', version: 'v1.0.0', sha256: 'a'.repeat(64), folder: '/' }],
				all: [{ path: 'x.org/y', version: 'v1.0.0', sha256: 'a'.repeat(64) }]
			},
			lock: new Map(
				[...LOCK].map(([folder, each]) => {
					const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
					return [folder, { ...each, integrity }];
				})
			),
			served: [{ path: 'wasm/headtab.wasm', sha256: 'c'.repeat(64), license: 'MIT' }]
		})
	);
	expect(cycloneDxFaults(bill)).toEqual([]);
	const [first, ...rest] = bill.components;
	for (const [broken, says] of [
		[{ ...bill, specVersion: '9' }, 'specVersion'],
		[{ ...bill, components: rest }, 'depends on pkg:npm/%40scope/a@1.0.0'],
		[{ ...bill, components: [...bill.components, first] }, 'bom-ref'],
		[{ ...bill, components: [{ ...first, name: '' }, ...rest] }, 'name'],
		[{ ...bill, components: [{ ...first, type: 'thing' }, ...rest] }, 'type'],
		[
			{ ...bill, components: [{ ...first, licenses: [{ license: { id: 'Mine' } }] }, ...rest] },
			'licence Mine'
		],
		[
			{ ...bill, components: [{ ...first, hashes: [{ alg: 'SHA-256', content: 'ab' }] }, ...rest] },
			'hash SHA-256'
		]
	] as const)
		expect(cycloneDxFaults(broken).join(), says).toContain(says);
});

test('a licence is known by its text, several in one file are all told, a stranger is none', () => {
	expect(spdxOf(readFileSync('LICENSE', 'utf8'))).toBe('MIT');
	expect(spdxOf('/* Licensed under the Apache License,\n * Version 2.0 (the "License") */')).toBe(
		'Apache-2.0'
	);
	const bsd = 'Redistribution and use in source\nand binary forms';
	expect(spdxOf(bsd)).toBe('BSD-2-Clause');
	expect(spdxOf(`${bsd} ... used to endorse or\npromote products`)).toBe('BSD-3-Clause');
	const both = `${readFileSync('LICENSE', 'utf8')}\n${bsd}`;
	expect(spdxOf(both)).toBe('BSD-2-Clause AND MIT');
	expect(spdxOf('All rights reserved.')).toBeNull();
});

test('every face that is served stands in the table of faces, once, with a text of its licence', () => {
	const faces = readFaces('.').flatMap(({ files }) => files);
	const there = readdirSync('static/fonts').filter((name) => name.endsWith('.ttf'));
	expect([...faces].sort()).toEqual(there.sort());
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
