// More releases of Headscale than the one that the demo runs, built when a test asks for them, or by
// `node stack/headscales.mjs [VERSION …]`. Plain Node, as setup.mjs; each release has a go.mod of its own, in
// go/headscale-VERSION.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Progress } from './progress.mjs';
import {
	BIN,
	binaries,
	contentHash,
	ensureBuilt,
	explain,
	GO_DIR,
	GO_SALT,
	pinned,
	SetupFault
} from './setup.mjs';

const MODULE = 'github.com/juanfont/headscale';
const PACKAGE = `${MODULE}/cmd/headscale`;

/** What the demo and most tests run. */
export const DEFAULT_HEADSCALE = pinned(MODULE);
/** What Headtab works with: the oldest, the first that lets browsers in again, the newest. */
export const HEADSCALES = ['0.28.0', '0.29.2', DEFAULT_HEADSCALE];
/** The last that answers 405 to browsers: it has to be told, and does not work. */
export const REFUSING_HEADSCALE = '0.29.1';

const binaryName = (version) => `headscale-${version}`;

/** Builds what is missing of these releases; minutes for one whose packages are compiled for the first time. */
export async function ensureHeadscales(progress, versions = [...HEADSCALES, REFUSING_HEADSCALE]) {
	for (const version of versions.filter((name) => name !== DEFAULT_HEADSCALE)) {
		const moduleDir = join(GO_DIR, `headscale-${version}`);
		if (!existsSync(moduleDir)) throw new SetupFault(`There is no stack/go/headscale-${version}.`);
		await ensureBuilt(progress, {
			title: `Headscale ${version}`,
			names: [binaryName(version)],
			packages: [PACKAGE],
			key: contentHash([moduleDir], GO_SALT),
			moduleDir
		});
	}
}

/** Path of a release's program. @throws SetupFault when it is missing */
export function headscaleBinary(version = DEFAULT_HEADSCALE) {
	if (version === DEFAULT_HEADSCALE) return binaries().headscale;
	const path = join(BIN, binaryName(version));
	if (existsSync(path)) return path;
	throw new SetupFault(
		`Headscale ${version} is missing: run \`node stack/headscales.mjs ${version}\`.`
	);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const versions = process.argv.slice(2);
	try {
		await ensureHeadscales(new Progress(), versions.length === 0 ? undefined : versions);
	} catch (cause) {
		process.stderr.write(`\n${explain(cause)}\n`);
		process.exitCode = 1;
	}
}
