// The bill of materials of both halves, CycloneDX 1.5: npm packages of the lock, Go modules of wasm/go.mod, and what is
// served that is neither.
// Node; used by release.ts. Made here and not by `npm sbom`, which writes the time and a random number.
import { byFolder, resolveIn, type Lock, type LockedPackage } from './lock';
import type { GoModules } from './modules';

export interface Sbom {
	readonly bomFormat: 'CycloneDX';
	readonly specVersion: '1.5';
	readonly version: 1;
	readonly metadata: { readonly component: Component };
	readonly components: readonly Component[];
	readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
	readonly type: 'application' | 'library' | 'file';
	readonly 'bom-ref': string;
	readonly name: string;
	/** Files have none. */
	readonly version?: string;
	/** required: it is in the archive; optional: for other systems; excluded: only the build asks for it. */
	readonly scope?: 'required' | 'optional' | 'excluded';
	readonly purl?: string;
	readonly licenses?: readonly unknown[];
	readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** The Go half, as it lies below build/client. */
export const MODULE = 'wasm/headtab.wasm';

/** A served file that is no package's. */
export interface ServedFile {
	readonly path: string;
	/** Hex. */
	readonly sha256: string;
	readonly license: string;
}

export interface Materials {
	readonly version: string;
	readonly lock: Lock;
	/** Folders of packages whose code is in the archive, as packages or inside bundles. */
	readonly shipped: ReadonlySet<string>;
	/** What our own package.json names under `dependencies`. */
	readonly direct: readonly string[];
	readonly modules: GoModules;
	/** SPDX by `NAME VERSION`, of what is shipped. */
	readonly licenses: ReadonlyMap<string, string>;
	readonly served: readonly ServedFile[];
}

export function sbom(materials: Materials): Sbom {
	const { version, lock, shipped, direct, modules, licenses, served } = materials;
	const packages = [...lock.values()]
		.filter(({ folder, isDev }) => !isDev || shipped.has(folder))
		.sort(byFolder);
	const listed = new Set(packages.map(({ folder }) => folder));
	// The same version in two folders is one component, and one that is shipped is told as such.
	const refs = new Map<string, LockedPackage>();
	for (const each of packages) {
		const ref = npmPurl(each);
		if (!refs.has(ref) || shipped.has(each.folder)) refs.set(ref, each);
	}
	const application = purl('npm', 'headtab', version);
	const refsOf = (folder: string, names: readonly string[]): readonly string[] =>
		names
			.map((name) => resolveIn(lock, folder, name))
			.filter((found) => found !== null)
			.filter(({ folder: at }) => listed.has(at))
			.map(npmPurl)
			.sort();
	const goRefs = modules.required.map(({ path, version: of }) => purl('golang', path, of));
	return {
		bomFormat: 'CycloneDX',
		specVersion: '1.5',
		version: 1,
		metadata: {
			component: {
				type: 'application',
				'bom-ref': application,
				name: 'headtab',
				version,
				purl: application,
				licenses: [{ license: { id: 'MIT' } }]
			}
		},
		components: [
			...[...refs].map(([ref, each]) => npmComponent(ref, each, materials)),
			...modules.all.map(({ path, version: of, sha256 }): Component => {
				const ref = purl('golang', path, of);
				const license = licenses.get(`${path} ${of}`);
				return {
					type: 'library',
					'bom-ref': ref,
					name: path,
					version: of,
					scope: goRefs.includes(ref) ? 'required' : 'excluded',
					purl: ref,
					...(license === undefined ? {} : { licenses: [licence(license)] }),
					...(sha256 === null ? {} : { hashes: [{ alg: 'SHA-256', content: sha256 }] })
				};
			}),
			...served.map(fileComponent)
		],
		dependencies: [
			{
				ref: application,
				dependsOn: [...refsOf('', direct), ...served.map(({ path }) => fileRef(path))]
			},
			...served
				.filter(({ path }) => path === MODULE)
				.map(({ path }) => ({ ref: fileRef(path), dependsOn: goRefs })),
			...[...refs].map(([ref, each]) => ({
				ref,
				dependsOn: [...new Set(refsOf(each.folder, each.dependencies))]
			}))
		]
	};
}

function npmComponent(ref: string, each: LockedPackage, materials: Materials): Component {
	const { shipped, licenses } = materials;
	const license = each.license ?? licenses.get(`${each.name} ${each.version}`);
	const scope = shipped.has(each.folder) ? 'required' : each.isOptional ? 'optional' : 'excluded';
	return {
		type: 'library',
		'bom-ref': ref,
		name: each.name,
		version: each.version,
		scope,
		purl: ref,
		...(license === undefined ? {} : { licenses: [licence(license)] }),
		...(each.integrity === null ? {} : { hashes: integrityHashes(each.integrity) })
	};
}

const fileRef = (path: string): string => `file:${path}`;

function fileComponent({ path, sha256, license }: ServedFile): Component {
	return {
		type: 'file',
		'bom-ref': fileRef(path),
		name: path,
		scope: 'required',
		licenses: [licence(license)],
		hashes: [{ alg: 'SHA-256', content: sha256 }]
	};
}

/** One SPDX id, or an expression of several. */
const licence = (spdx: string): unknown =>
	/^[\w.-]+$/.test(spdx) ? { license: { id: spdx } } : { expression: spdx };

/** Subresource integrity, as the lock has it, in CycloneDX's words. */
function integrityHashes(integrity: string): readonly { alg: string; content: string }[] {
	return integrity.split(/\s+/).flatMap((each) => {
		const [, bits, digest] = /^sha(\d+)-(.+)$/.exec(each) ?? [];
		if (bits === undefined || digest === undefined) return [];
		return [{ alg: bits === '1' ? 'SHA-1' : `SHA-${bits}`, content: hex(digest) }];
	});
}

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

const npmPurl = ({ name, version }: LockedPackage): string => purl('npm', name, version);

const purl = (type: 'npm' | 'golang', name: string, version: string): string =>
	`pkg:${type}/${name.replace(/^@/, '%40')}@${encodeURIComponent(version)}`;
