// The Go half: modules that are linked into the node, and all that wasm/go.mod names.
// Node; used by release.ts and sbom.ts. wasm/build.mjs knows the build's tags, so it is asked.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GoModule {
	readonly path: string;
	readonly version: string;
	/** Of the module's files by go.sum (`h1:`), in hex; null for Go itself, which has none there. */
	readonly sha256: string | null;
}

export interface GoModules {
	/** Linked into node.wasm, with Go's own library as `std`; `folder` is where their sources lie. */
	readonly required: readonly (GoModule & { readonly folder: string })[];
	/** Those, and the others of go.mod. */
	readonly all: readonly GoModule[];
}

/** Asks Go. @throws Error with its words when Go is missing */
export function readModules(root: string): GoModules {
	const answer = execFileSync(process.execPath, [join(root, 'wasm', 'build.mjs'), '--modules'], {
		encoding: 'utf8',
		maxBuffer: 16 * 1024 * 1024
	});
	const sums = readSums(readFileSync(join(root, 'wasm', 'go.sum'), 'utf8'));
	const withSum = (path: string, version: string): GoModule => ({
		path,
		version,
		sha256: sums.get(`${path} ${version}`) ?? null
	});
	const linked = JSON.parse(answer) as { path: string; version: string; folder: string }[];
	const required = linked.map(({ path, version, folder }) => ({
		...withSum(path, version),
		folder
	}));
	const isLinked = new Set(required.map(({ path }) => path));
	const named = goModRequires(readFileSync(join(root, 'wasm', 'go.mod'), 'utf8'));
	const others = named
		.filter(({ path }) => !isLinked.has(path))
		.map(({ path, version }) => withSum(path, version));
	return {
		required,
		all: [...required.map(({ path, version }) => withSum(path, version)), ...others].sort((a, b) =>
			a.path < b.path ? -1 : 1
		)
	};
}

/** Every module under `require` of a go.mod. */
export function goModRequires(text: string): readonly { path: string; version: string }[] {
	return [...text.matchAll(/^(?:require )?\t?([\w.-]+\.[\w.-]+\/\S+|[\w-]+\.[\w.]+) (v\S+)/gm)].map(
		([, path = '', version = '']) => ({ path, version })
	);
}

function readSums(text: string): ReadonlyMap<string, string> {
	const found = text.matchAll(/^(\S+) (v\S+) h1:(\S+)$/gm);
	return new Map(
		[...found]
			.filter(([, , version = '']) => !version.endsWith('/go.mod'))
			.map(([, path = '', version = '', sum = '']) => [
				`${path} ${version}`,
				Buffer.from(sum, 'base64').toString('hex')
			])
	);
}
