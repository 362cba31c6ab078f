// Runs the two that know advisories: npm of its registry, govulncheck of Go's database. Node; used by audit.ts.
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { readGo, readNpm, type Answer } from './findings';

/** All packages of the lock, those of development too.
 *  @param env another registry, for tests (`npm_config_registry`) */
export async function askNpm(
	root: string,
	env: Readonly<Record<string, string>> = {}
): Promise<Answer> {
	// Its own patience without a network is minutes.
	const patience = { npm_config_fetch_retries: '1', npm_config_fetch_timeout: '60000' };
	const { output } = await run('npm', ['audit', '--json'], root, { ...patience, ...env });
	return readNpm(output);
}

export interface GoScan {
	/** Folder of the go.mod. */
	readonly folder: string;
	/** Of the build that is looked at. */
	readonly env: Readonly<Record<string, string>>;
	readonly tags: string;
}

/** The code that is reached in one build of one module. */
export async function askGo(root: string, scan: GoScan): Promise<Answer> {
	const { folder, env, tags } = scan;
	// govulncheck itself does not read Go's own variable for it.
	const database = env['GOVULNDB'] ?? process.env['GOVULNDB'] ?? '';
	const args = [
		...(database === '' ? [] : ['-db', database]),
		...(tags === '' ? [] : ['-tags', tags]),
		'-format',
		'json',
		'./...'
	];
	const { output, errors, status } = await run(govulncheck(root), args, folder, env);
	try {
		return readGo(output, status === 0);
	} catch (cause) {
		throw new Error(`govulncheck in ${folder}: ${errors.trim()}`, { cause });
	}
}

/** Pinned in wasm/tools.mod; found before GOOS is set, or `go tool` builds it for the module's system. */
function govulncheck(root: string): string {
	return go(join(root, 'wasm'), ['tool', '-modfile=tools.mod', '-n', 'govulncheck']);
}

/** Tailscale's build tags of the node; wasm/build.mjs owns them. */
export function nodeTags(root: string): string {
	return checked(process.execPath, [join(root, 'wasm', 'build.mjs'), '--tags'], root);
}

const go = (cwd: string, args: readonly string[]): string => checked('go', args, cwd);

function checked(command: string, args: readonly string[], cwd: string): string {
	const { status, stdout, stderr, error } = spawnSync(command, args, {
		cwd,
		encoding: 'utf8',
		env: { ...process.env, GOTOOLCHAIN: 'auto' }
	});
	if (status === 0) return stdout.trim();
	throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

async function run(
	command: string,
	args: readonly string[],
	cwd: string,
	env: Readonly<Record<string, string>> = {}
): Promise<{ output: string; errors: string; status: number | null }> {
	const child = spawn(command, args, {
		cwd,
		env: { ...process.env, GOTOOLCHAIN: 'auto', ...env },
		stdio: ['ignore', 'pipe', 'pipe']
	});
	const ended = new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	const [output, errors, status] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		ended
	]);
	return { output, errors, status };
}
