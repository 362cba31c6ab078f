// `npm run release`: the archive, its checksums and its bill of materials, in `release/out` or where it is told.
// Node, by tsx; the build is there already (`stack/setup.mjs --build`). The same sources give the same bytes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { collect, type Release } from './contents';
import { sha256 } from './served';
import { gzip, tar, type TarEntry } from './tar';

const ROOT = resolve(import.meta.dirname, '..');
/** 1980, the oldest that every archive format can hold; for sources that are no clone. */
const NO_TIME_S = 315_532_800;

const { values } = parseArgs({
	options: {
		// Where the archive goes.
		out: { type: 'string', default: join(ROOT, 'release', 'out') },
		// Writes the unpacked release there instead; the Containerfile copies it.
		folder: { type: 'string' }
	}
});

const release = collect(ROOT);
if (values.folder === undefined) writeArchive(release, resolve(values.out));
else writeFolder(release, resolve(values.folder));

function writeArchive({ name, version, files }: Release, out: string): void {
	const top = `${name}-${version}`;
	const archive = gzip(tar(entries(top, files), sourceTimeS()));
	const copy = (path: string): Uint8Array => files.get(path) ?? new Uint8Array();
	const written = new Map([
		[`${top}.tar.gz`, archive],
		[`${top}.sbom.cdx.json`, copy('sbom.cdx.json')],
		// What a server of this release hands out, for whoever wants to compare: Settings, About.
		[`${top}.served.txt`, copy('build/client/served.txt')]
	]);
	mkdirSync(out, { recursive: true });
	const sums = [...written].map(([file, bytes]) => `${sha256(bytes)}  ${file}\n`);
	for (const [file, bytes] of [...written, ['SHA256SUMS', Buffer.from(sums.join(''))] as const]) {
		writeFileSync(join(out, file), bytes);
		process.stdout.write(`${join(out, file)}  ${(bytes.length / 1e6).toFixed(1)} MB\n`);
	}
}

function writeFolder({ files }: Release, folder: string): void {
	for (const [path, bytes] of files) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), bytes);
	}
	process.stdout.write(`${folder}  ${String(files.size)} files\n`);
}

/** Files with their folders, below one folder of the release's name. */
function entries(top: string, files: Release['files']): readonly TarEntry[] {
	const folders = new Set<string>();
	for (const path of files.keys()) {
		for (let at = `${top}/${path}`; at.includes('/');) {
			at = at.slice(0, at.lastIndexOf('/'));
			folders.add(`${at}/`);
		}
	}
	const empty = new Uint8Array();
	return [
		...[...folders].map((path) => ({ path, bytes: empty, isExecutable: false })),
		...[...files].map(([path, bytes]) => ({
			path: `${top}/${path}`,
			bytes,
			isExecutable: path.endsWith('.sh')
		}))
	];
}

/** The time of all files: SOURCE_DATE_EPOCH, else that of the commit. */
function sourceTimeS(): number {
	const given = process.env['SOURCE_DATE_EPOCH'] ?? '';
	if (/^\d{1,10}$/.test(given)) return Number(given);
	try {
		return Number(
			execFileSync('git', ['-C', ROOT, 'log', '-1', '--format=%ct'], {
				encoding: 'utf8',
				stdio: ['ignore', 'pipe', 'ignore']
			})
		);
	} catch {
		// No clone, or no git: an archive of the sources.
		return NO_TIME_S;
	}
}
