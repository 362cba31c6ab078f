// Versions below which a package may not fall, for what its neighbours have met: holds without a network.
// Node; used by audit.ts. Every copy counts, nested ones and those of development too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLock } from '../lock';
import { goModRequires } from '../modules';

export interface Floor {
	readonly from: 'npm' | 'Go';
	readonly name: string;
	/** The first version without the fault. */
	readonly min: string;
	readonly advisories: readonly string[];
	/** What a version below it lets happen. */
	readonly reason: string;
}

/** One copy of a package, and where it is named. */
export interface Copy {
	readonly from: Floor['from'];
	readonly name: string;
	readonly version: string;
	readonly place: string;
}

export const FLOORS: readonly Floor[] = [
	{
		from: 'npm',
		name: '@sveltejs/kit',
		min: '2.70.2',
		advisories: [
			'CVE-2025-32388',
			'CVE-2025-67647',
			'CVE-2026-22803',
			'CVE-2026-40073',
			'CVE-2026-40074',
			'CVE-2026-66062'
		],
		reason: 'a body past its limit, redirects and an Accept header that stop the server'
	},
	{
		from: 'npm',
		name: '@sveltejs/adapter-node',
		min: '5.5.1',
		advisories: ['CVE-2025-67647'],
		reason: 'requests that the server makes to wherever a Host header says'
	},
	{
		from: 'npm',
		name: 'ws',
		min: '8.21.0',
		advisories: ['CVE-2024-37890', 'what 8.20.1 and 8.21.0 fixed'],
		reason: 'many headers, uninitialised memory and tiny fragments: a crash, a leak, no memory left'
	},
	{
		from: 'Go',
		name: 'golang.org/x/crypto',
		min: '0.52.0',
		advisories: [
			'CVE-2026-46597',
			'CVE-2026-39827',
			'CVE-2026-39829',
			'CVE-2026-39830',
			'CVE-2026-39834',
			'CVE-2026-39835',
			'CVE-2026-42508',
			'CVE-2025-58181',
			'CVE-2023-48795'
		],
		reason: 'an SSH peer that panics, blocks or starves the client, or shortens its first messages'
	},
	{
		from: 'Go',
		name: 'golang.org/x/net',
		min: '0.56.0',
		advisories: ['CVE-2026-33814', 'CVE-2026-46600'],
		reason: 'an HTTP/2 server or a DNS answer that hangs or ends the node'
	},
	{
		from: 'Go',
		name: 'go',
		min: '1.26.6',
		advisories: ['CVE-2026-56862', 'CVE-2026-33818', 'CVE-2026-32283'],
		reason: 'TLS and ASN.1 of Go’s own library that a peer can hang or exhaust'
	}
];

/** Every copy that the lock and the modules name. */
export function readCopies(root: string): readonly Copy[] {
	const packages = [...readLock(root).values()].map(({ name, version, folder }): Copy => ({
		from: 'npm',
		name,
		version,
		place: folder
	}));
	const modules = ['wasm/go.mod', 'stack/go/go.mod'].flatMap((place): readonly Copy[] => {
		const text = readFileSync(join(root, place), 'utf8');
		const [, language = ''] = /^go (\S+)$/m.exec(text) ?? [];
		return [
			{ from: 'Go', name: 'go', version: language, place },
			...goModRequires(text).map(({ path, version }): Copy => ({
				from: 'Go',
				name: path,
				version: version.replace(/^v/, ''),
				place
			}))
		];
	});
	return [...packages, ...modules];
}

/** What lies below its floor, and floors of packages that nobody uses. Empty when all hold. */
export function belowFloors(
	copies: readonly Copy[],
	floors: readonly Floor[] = FLOORS
): readonly string[] {
	return floors.flatMap(({ from, name, min, advisories, reason }) => {
		const found = copies.filter((copy) => copy.from === from && copy.name === name);
		if (found.length === 0) return [`${name} has a floor, but nothing asks for it: take it away`];
		return found
			.filter(({ version }) => isBelow(version, min))
			.map(
				({ version, place }) =>
					`${name} ${version} (${place}) is older than ${min}: ${reason} (${advisories.join(', ')})`
			);
	});
}

/** By semantic versioning, as far as releases and their previews go; what is no version counts as older. */
export function isBelow(version: string, min: string): boolean {
	const parse = (text: string) => /^(\d+)\.(\d+)(?:\.(\d+))?(-[\w.-]+)?/.exec(text);
	const [a, b] = [parse(version), parse(min)];
	if (a === null || b === null) return true;
	for (const index of [1, 2, 3]) {
		const by = Number(a[index] ?? 0) - Number(b[index] ?? 0);
		if (by !== 0) return by < 0;
	}
	return a[4] !== undefined && b[4] === undefined;
}
