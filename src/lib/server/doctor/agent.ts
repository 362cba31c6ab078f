// Check of the server's own node: on, and connected.
// Server only; used by plan.ts.
import { AppError, report } from '$lib/contracts/app-error';
import { failed, notReached, off, ok, warning, type Finding } from './check';
import type { Sources } from './sources';

/** What the running server says of its agent (E2). */
export async function lookAtAgent(sources: Sources): Promise<Finding> {
	const { agent } = sources.config;
	if (!agent.isOn)
		return off(
			'HEADTAB_AGENT is off: machines are not looked at from the server’s side, and the relay serves the regions of HEADTAB_DERP only.'
		);
	const facts = await sources.facts();
	if (facts === null) return notReached('The server did not say how its agent is.');
	const { at, error } = facts.agent;
	if (error === null) return ok('It is connected.');
	const { message } = AppError.fromWire(error);
	if (at === 'starting') return warning(message, 'Run the doctor again in half a minute.');
	const owner =
		agent.tag === null
			? `that Headscale has the user ${agent.user} or HEADTAB_AGENT_CREATE_USER is true`
			: `that the policy names ${agent.tag} under tagOwners`;
	return failed(
		message,
		at === 'off'
			? report(error).remedy
			: `Check ${owner}, and that this server reaches Headscale; the server’s log has the agent’s last words.`
	);
}
