// Checks of this machine: the module, the session keys, the state folder, the shared store.
// Server only; used by plan.ts.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Redis } from 'ioredis';
import { isRecord } from '$lib/contracts/parse';
import { causeCode, parseJson } from '../http/fetch';
import { plainText } from '../http/plain';
import { networkReason } from '../http/reason';
import { writeSafely } from '../state/file';
import { count, failed, off, ok, sentence, warning, type Finding } from './check';
import type { Sources } from './sources';

const BUILD = 'Run `npm run build` and deploy the whole of build/.';
/** A key that sealed for longer should be replaced. */
const KEY_AGE_MAX_DAYS = 365;
const DAY_MS = 24 * 3600_000;
const REDIS_TIMEOUT_MS = 3_000;

/** The node's module is there, whole, and the one of this build (E1). */
export async function lookAtModule({ clientDirectory }: Sources): Promise<Finding> {
	if (clientDirectory === null) return off('This process serves no build.');
	const directory = join(clientDirectory, 'wasm');
	const file = join(directory, 'headtab.wasm');
	let manifest: unknown;
	let sha256: string;
	try {
		manifest = parseJson(await readFile(join(directory, 'manifest.json'), 'utf8'));
		await stat(join(directory, 'wasm_exec.js'));
		const hash = createHash('sha256');
		await pipeline(createReadStream(file), hash);
		sha256 = hash.digest('hex');
	} catch (cause) {
		return failed(
			`The SSH module is not in this build (${causeCode(cause) || 'unreadable'}).`,
			BUILD
		);
	}
	if (!isRecord(manifest) || manifest['sha256'] !== sha256)
		return failed('The SSH module is not the one that its manifest names.', BUILD);
	return ok(`The SSH module is whole, SHA-256 ${sha256.slice(0, 12)}….`);
}

/** How many, and how old where a file tells. */
export function lookAtSessionKeys({ config, now }: Sources): Finding {
	const { sessionKeys, sessionKeysFromMs } = config;
	const keys = count(sessionKeys.length, 'key');
	if (sessionKeysFromMs === null)
		return ok(`${keys}; of what age, the configuration does not say.`);
	const days = Math.max(0, Math.floor((now() - sessionKeysFromMs) / DAY_MS));
	const found = `${keys}; the file was written ${days === 0 ? 'today' : `${count(days, 'day')} ago`}.`;
	return days > KEY_AGE_MAX_DAYS
		? warning(
				found,
				'Put a new key in front of the list, and remove the old one when the longest sign-in (HEADTAB_SESSION_ABSOLUTE_S) has passed.'
			)
		: ok(found);
}

/** The folder takes what outlives a restart (F9). */
export async function lookAtState({ config }: Sources): Promise<Finding> {
	if (config.stateDir === null)
		return off(
			'No state folder: the agent is a new node at each start, and keys of an earlier run are known by their mark only.'
		);
	const file = join(config.stateDir, `doctor-${String(process.pid)}.json`);
	try {
		await writeSafely(file, JSON.stringify('x'.repeat(4096)));
		await rm(file);
	} catch (cause) {
		return failed(
			`The state folder cannot be written to (${causeCode(cause) || 'unknown'}).`,
			'Make room, or give the folder of HEADTAB_STATE_DIR to the user that Headtab runs as.'
		);
	}
	return ok('The state folder can be written to.');
}

/** What replicas share answers. */
export async function lookAtRedis({ config }: Sources): Promise<Finding> {
	if (config.redisUrl === null) return off('No shared store: one replica.');
	const url = new URL(config.redisUrl.reveal());
	const redis = new Redis(url.href, {
		lazyConnect: true,
		connectTimeout: REDIS_TIMEOUT_MS,
		commandTimeout: REDIS_TIMEOUT_MS,
		maxRetriesPerRequest: 0,
		retryStrategy: () => null
	});
	let last: unknown = null;
	redis.on('error', (cause: unknown) => (last = cause));
	try {
		await redis.connect();
		await redis.ping();
		return ok(`${url.host} answers.`);
	} catch (cause) {
		const seen = last ?? cause;
		const code = causeCode(seen);
		const said = seen instanceof Error ? plainText(seen.message, 120) : '';
		return failed(
			sentence(
				code === '' && said !== '' ? `${url.host} says: ${said}` : networkReason(url.host, seen)
			),
			'Correct HEADTAB_REDIS_URL, or start the store; until then no replica cleans up, and each knows its own sign-outs only.'
		);
	} finally {
		redis.disconnect();
	}
}
