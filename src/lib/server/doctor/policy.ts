// Checks of the tailnet's policy, as far as one can see without being Headscale: who may open a shell at all,
// a user called *, and whether the agent reaches anything.
// Server only; used by plan.ts.
import { parse, type ParseError } from 'jsonc-parser';
import { AppError } from '$lib/contracts/app-error';
import { isNestedBeyond, isRecord } from '$lib/contracts/parse';
import type { AgentConfig } from '../config/schema';
import { count, failed, off, ok, warning, type Finding } from './check';
import type { Sources } from './sources';

type Fields = Readonly<Record<string, unknown>>;
const EXAMPLE =
	'`"ssh": [{ "action": "accept", "src": ["autogroup:member"], "dst": ["tag:servers"], "users": ["autogroup:nonroot"] }]`';

/** No policy nests half as deep. */
const NESTED_MAX = 100;

/** Headscale takes hujson: comments and trailing commas. @returns null when it is none */
export function parsePolicyText(text: string): Fields | null {
	if (isNestedBeyond(NESTED_MAX, text)) return null;
	const errors: ParseError[] = [];
	const value: unknown = parse(text, errors, { allowTrailingComma: true });
	return errors.length === 0 && isRecord(value) ? value : null;
}

const rules = (policy: Fields, section: string): readonly Fields[] => {
	const list = policy[section];
	return Array.isArray(list) ? list.filter(isRecord) : [];
};
const texts = (value: unknown): readonly string[] =>
	Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** There is a rule by which somebody may open a shell. */
export async function lookAtSshRules(sources: Sources): Promise<Finding> {
	let text: string;
	try {
		text = await sources.policy();
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		return failed(
			`The policy cannot be read. ${cause.message}`,
			`If Headscale has none, nobody may open a shell: give it one with an SSH rule, such as ${EXAMPLE}.`
		);
	}
	const policy = parsePolicyText(text);
	if (policy === null)
		return failed(
			'The policy is not the JSON with comments that Headscale takes.',
			'Check it with `headscale policy check`.'
		);
	const ssh = rules(policy, 'ssh').filter((rule) => texts(rule['users']).length > 0);
	return ssh.length === 0
		? failed(
				'The policy has no SSH rule, so nobody may open a shell.',
				`Add one, such as ${EXAMPLE}.`
			)
		: ok(`${count(ssh.length, 'SSH rule')}.`);
}

/** No rule takes * for a user's name (E8). */
export async function lookAtSshUsers(sources: Sources): Promise<Finding> {
	const ssh = rules(parsePolicyText(await sources.policy()) ?? {}, 'ssh');
	const bad = ssh.filter((rule) => texts(rule['users']).includes('*'));
	return bad.length === 0
		? ok('No SSH rule takes * for a user.')
		: failed(
				`${count(bad.length, 'SSH rule')} with \`users: ["*"]\`, which machines take for a user called *.`,
				'Write `autogroup:nonroot` (and `root`, where that is meant) or names instead.'
			);
}

/** The agent reaches port 22 of something; without that it cannot look at machines. */
export async function lookAtAgentRule(sources: Sources): Promise<Finding> {
	const { agent } = sources.config;
	if (!agent.isOn) return off('The agent is off.');
	let text: string;
	try {
		text = await sources.policy();
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		// lookAtSshRules says why.
		return off('The policy cannot be read.');
	}
	const policy = parsePolicyText(text) ?? {};
	const who = agent.tag ?? `${agent.user}@`;
	return reachesSsh(policy, agent)
		? ok(`${who} may reach port 22 of some machines.`)
		: warning(
				`No rule lets the agent (${who}) reach port 22, so it cannot look at machines from the server’s side.`,
				`Add one, such as \`{ "action": "accept", "src": ["${who}"], "dst": ["*:22"] }\`.`
			);
}

/** Whether some rule lets the agent's user or tag reach port 22; a policy without rules allows all. */
export function reachesSsh(policy: Fields, agent: Pick<AgentConfig, 'user' | 'tag'>): boolean {
	if (policy['acls'] === undefined && policy['grants'] === undefined) return true;
	const names = namesOf(policy, agent);
	const isSource = (rule: Fields): boolean =>
		texts(rule['src']).some((source) => names.has(source));
	return (
		rules(policy, 'acls').some(
			(rule) =>
				isSource(rule) &&
				texts(rule['dst']).some((dst) => hasPort22(dst.slice(dst.lastIndexOf(':') + 1)))
		) ||
		rules(policy, 'grants').some(
			(rule) =>
				isSource(rule) && texts(rule['ip']).some((ip) => hasPort22(ip.replace(/^(tcp|6):/, '')))
		)
	);
}

/** All names by which a rule may mean the agent. */
function namesOf(
	policy: Fields,
	{ user, tag }: Pick<AgentConfig, 'user' | 'tag'>
): ReadonlySet<string> {
	const names = new Set(['*']);
	if (tag !== null) return names.add(tag).add('autogroup:tagged');
	names.add(user).add(`${user}@`).add('autogroup:member');
	const groups = isRecord(policy['groups']) ? policy['groups'] : {};
	for (const [group, members] of Object.entries(groups))
		if (texts(members).some((member) => names.has(member))) names.add(group);
	return names;
}

/** `22`, `20-30`, `80,22`, `*`. */
const hasPort22 = (ports: string): boolean =>
	ports.split(',').some((part) => {
		if (part === '*') return true;
		const [from = '', to = from] = part.trim().split('-');
		return Number(from) <= 22 && 22 <= Number(to) && from !== '';
	});
