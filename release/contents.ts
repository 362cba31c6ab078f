// What is in a release: the server's build with the packages it imports, licences, bill of materials, pages.
// Node; `collect` is used by release.ts, after `node stack/setup.mjs --build`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanCommit } from './commit';
import { readFaces } from './fonts';
import { licenceFiles, readParts } from './licences';
import { closure, importedPackages, readLock } from './lock';
import { readModules } from './modules';
import { MODULE, sbom, type ServedFile } from './sbom';
import { SERVED_FILE, sha256, withSource } from './served';
import { directPackages, shippedPackages } from './shipped';

export interface Release {
	readonly name: 'headtab';
	readonly version: string;
	/** Every file by its path in the archive. */
	readonly files: ReadonlyMap<string, Uint8Array>;
}

interface PackageFile {
	readonly version: string;
	readonly license: string;
	readonly engines: Readonly<Record<string, string>>;
	readonly scripts: Readonly<Record<string, string>>;
}

/** Files of the project that go along as they are. Each by its name: beside those of deploy/ lie an admin's secrets. */
const AS_THEY_ARE = [
	'.env.example',
	'CHANGELOG.md',
	'LICENSE',
	'README.md',
	'SECURITY.md',
	'deploy/caddy/same-origin.Caddyfile',
	'deploy/caddy/two-origins.Caddyfile',
	'deploy/compose.valkey.yaml',
	'deploy/compose.yaml',
	'deploy/env.example',
	'deploy/headscale.yaml',
	'deploy/headtab.service',
	'deploy/nginx/same-origin.conf.template',
	'deploy/nginx/two-origins.conf.template'
];
/** Of docs/: pages and their pictures. */
const isPage = (path: string): boolean => /\.(md|png)$/.test(path);
/** Of a build: our stamp, and maps that only a debugger reads. */
const isBuilt = (path: string): boolean => path !== '.key' && !path.endsWith('.map');
/** Of a package: what no program reads when it runs. */
const isRead = (path: string): boolean =>
	!/\.(map|ts|mts|cts|md|markdown|flow|tsbuildinfo)$/i.test(path) &&
	!/(^|\/)(test|tests|__tests__|docs?|examples?|benchmarks?|\.github)\//.test(path) &&
	!path.startsWith('node_modules/');

/** @param root the project, built */
export function collect(root: string): Release {
	const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageFile;
	const files = new Map<string, Uint8Array>();
	const addFolder = (from: string, isWanted: (path: string) => boolean) => {
		for (const path of filesBelow(join(root, from)))
			if (isWanted(path)) files.set(`${from}/${path}`, readFileSync(join(root, from, path)));
	};

	addFolder('build', isBuilt);
	if (!files.has('build/main.js') || !files.has(`build/client/${MODULE}`))
		throw new Error('build/ is not whole: run `node stack/setup.mjs --build`');
	const lock = readLock(root);
	const runtime = closure(lock, root, importedPackages(join(root, 'build')));
	for (const { folder } of runtime) addFolder(folder, isRead);
	for (const path of projectFiles(root)) files.set(path, readFileSync(join(root, path)));

	const shipped = shippedPackages(root, lock);
	const modules = readModules(root);
	const parts = readParts(root, shipped, modules);
	for (const [name, text] of licenceFiles(parts)) files.set(`licences/${name}`, Buffer.from(text));
	const { version } = own;
	const list = Buffer.from(files.get(`build/client/${SERVED_FILE}`) ?? []).toString();
	const source = { version, commit: cleanCommit(root) };
	files.set(`build/client/${SERVED_FILE}`, Buffer.from(withSource(list, source)));
	const bill = sbom({
		version,
		lock,
		shipped: new Set(shipped.map(({ folder }) => folder)),
		direct: directPackages(root),
		modules,
		licenses: new Map(parts.map((part) => [`${part.name} ${part.version}`, part.license])),
		served: servedFiles(root, files)
	});
	files.set('sbom.cdx.json', json(bill));
	files.set('package.json', json(packageFile(own)));
	return { name: 'headtab', version, files };
}

/** Paths of what goes along of the project itself, whatever else lies in its folders. */
export const projectFiles = (root: string): readonly string[] => [
	...AS_THEY_ARE,
	...filesBelow(join(root, 'docs'))
		.filter(isPage)
		.map((path) => `docs/${path}`)
];

/** What is served that no package is: the module, and the faces with their licences. */
function servedFiles(root: string, files: ReadonlyMap<string, Uint8Array>): readonly ServedFile[] {
	const listed = (path: string, license: string): ServedFile => {
		const bytes = files.get(`build/client/${path}`);
		if (bytes === undefined) throw new Error(`${path} is not in the build`);
		return { path, sha256: sha256(bytes), license };
	};
	return [
		listed(MODULE, 'MIT'),
		...readFaces(root).flatMap(({ files: names, license }) =>
			names.map((name) => listed(`fonts/${name}`, license))
		)
	];
}

/** What `npm start`, `npm run doctor` and `npm run health` need in an unpacked archive. */
function packageFile({ version, license, engines, scripts }: PackageFile): object {
	const { start, doctor, health } = scripts;
	return {
		name: 'headtab',
		version,
		private: true,
		type: 'module',
		license,
		engines,
		scripts: { start, doctor, health }
	};
}

const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, '\t')}\n`);

function filesBelow(folder: string): readonly string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
		.sort();
}
