// The settings of what runs beside the requests: agent, janitor, metrics, admins, state, Redis.
// Server only; called by config/load.ts.
import { accessSync, constants, statSync } from 'node:fs';
import {
	AGENT_MEMORY_MAX_MB,
	JANITOR_GRACE_S,
	JANITOR_OFFLINE_S,
	JANITOR_PERIOD_S
} from '$lib/contracts/limits';
import { Secret } from '../secret';
import type { Reader } from './load';
import type { AgentConfig, Config, JanitorConfig, MetricsConfig } from './schema';

type Operation = Pick<
	Config,
	'agent' | 'janitor' | 'metrics' | 'admins' | 'stateDir' | 'redisUrl' | 'drainS'
>;

const ON_OFF = ['on', 'off'] as const;
/** A token that can be guessed is none. */
const TOKEN_MIN_CHARS = 16;

export function readOperation(reader: Reader): Operation {
	const isAgentOn = reader.oneOf('HEADTAB_AGENT', ON_OFF, 'on') === 'on';
	const isEphemeral = reader.bool('HEADTAB_AGENT_EPHEMERAL', false);
	const stateDir = readStateDir(reader, isAgentOn && !isEphemeral);
	return {
		stateDir,
		agent: readAgent(reader, { isOn: isAgentOn, isLasting: stateDir !== null && !isEphemeral }),
		janitor: readJanitor(reader),
		metrics: readMetrics(reader),
		admins: {
			users: reader.list('HEADTAB_ADMINS').map((item) => item.toLowerCase()),
			groups: reader.names('HEADTAB_ADMIN_GROUPS')
		},
		redisUrl: readRedisUrl(reader),
		drainS: reader.int('HEADTAB_DRAIN_S', { min: 0, max: 600, fallback: 0, unit: 'seconds' })
	};
}

function readAgent(
	reader: Reader,
	{ isOn, isLasting }: Pick<AgentConfig, 'isOn' | 'isLasting'>
): AgentConfig {
	const tag = reader.text('HEADTAB_AGENT_TAG');
	if (tag !== null && !/^tag:[a-z][a-z0-9-]{0,62}$/.test(tag))
		reader.fault('HEADTAB_AGENT_TAG', 'must be one tag of the policy, like tag:headtab');
	if (tag !== null && reader.has('HEADTAB_AGENT_USER'))
		reader.fault('HEADTAB_AGENT_TAG', 'is set beside HEADTAB_AGENT_USER; remove one');
	const user = reader.text('HEADTAB_AGENT_USER') ?? 'headtab-agent';
	if (!/^[a-z0-9][a-z0-9._@-]{0,62}$/i.test(user))
		reader.fault('HEADTAB_AGENT_USER', 'must be the name of a Headscale user');
	return {
		isOn,
		isLasting,
		user,
		tag,
		createsUser: reader.bool('HEADTAB_AGENT_CREATE_USER', true),
		memoryMaxBytes:
			reader.int('HEADTAB_AGENT_MEMORY_MAX_MB', {
				min: 128,
				max: 4096,
				fallback: AGENT_MEMORY_MAX_MB,
				unit: 'megabytes'
			}) *
			1024 *
			1024
	};
}

function readJanitor(reader: Reader): JanitorConfig {
	const seconds = (
		setting: 'HEADTAB_JANITOR_PERIOD_S' | 'HEADTAB_JANITOR_GRACE_S' | 'HEADTAB_JANITOR_OFFLINE_S',
		min: number,
		fallback: number
	) => reader.int(setting, { min, max: 7 * 24 * 3600, fallback, unit: 'seconds' });
	return {
		isOn: reader.oneOf('HEADTAB_JANITOR', ON_OFF, 'on') === 'on',
		periodS: seconds('HEADTAB_JANITOR_PERIOD_S', 1, JANITOR_PERIOD_S),
		graceS: seconds('HEADTAB_JANITOR_GRACE_S', 60, JANITOR_GRACE_S),
		offlineS: seconds('HEADTAB_JANITOR_OFFLINE_S', 60, JANITOR_OFFLINE_S)
	};
}

function readMetrics(reader: Reader): MetricsConfig {
	const token = reader.secret('HEADTAB_METRICS_TOKEN', 'HEADTAB_METRICS_TOKEN_FILE');
	if (token !== null && (token.length < TOKEN_MIN_CHARS || !/^[\x21-\x7e]+$/.test(token)))
		reader.fault(
			'HEADTAB_METRICS_TOKEN',
			`must have at least ${String(TOKEN_MIN_CHARS)} characters and no spaces; make one with \`openssl rand -hex 24\``
		);
	return {
		port: reader.has('HEADTAB_METRICS_PORT')
			? reader.int('HEADTAB_METRICS_PORT', {
					min: 1,
					max: 65_535,
					fallback: 9464,
					unit: 'TCP port'
				})
			: null,
		host: reader.text('HEADTAB_METRICS_HOST') ?? '127.0.0.1',
		token: token === null ? null : new Secret(token)
	};
}

function readStateDir(reader: Reader, isNeeded: boolean): string | null {
	const setting = 'HEADTAB_STATE_DIR';
	const path = reader.text(setting);
	if (path === null) return null;
	const say = (problem: string): null => {
		if (isNeeded) return reader.fault(setting, `${problem}; the agent keeps its state there`);
		reader.warnings.push(`${setting}: ${problem}; nothing is kept`);
		return null;
	};
	try {
		if (!statSync(path).isDirectory()) return say('must name a folder, and this is none');
		accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
	} catch (cause) {
		const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unusable';
		return say(`names a folder that cannot be written to (${code})`);
	}
	return path;
}

function readRedisUrl(reader: Reader): Secret | null {
	const text = reader.secret('HEADTAB_REDIS_URL', 'HEADTAB_REDIS_URL_FILE');
	if (text === null) return null;
	if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) {
		reader.fault('HEADTAB_REDIS_URL', 'must be like redis://valkey.example.com:6379/0');
		return null;
	}
	return new Secret(text);
}
