// The last step of a build, behind both of Vite's: what it says of itself. Licences of everything in it
// (`third-party.txt`) and the list of what is served (`served.txt`), among the served files.
// Node, by tsx; called by `npm run build` and stack/setup.mjs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cleanCommit } from './commit';
import { licencePage, readParts } from './licences';
import { readLock } from './lock';
import { readModules } from './modules';
import { SERVED_FILE, servedList } from './served';
import { shippedPackages } from './shipped';

const ROOT = resolve(import.meta.dirname, '..');
const CLIENT = join(ROOT, 'build', 'client');

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
	version: string;
};
const parts = readParts(ROOT, shippedPackages(ROOT, readLock(ROOT)), readModules(ROOT));
writeFileSync(join(CLIENT, 'third-party.txt'), licencePage(version, parts));
writeFileSync(
	join(CLIENT, SERVED_FILE),
	servedList(CLIENT, { version, commit: cleanCommit(ROOT) })
);
