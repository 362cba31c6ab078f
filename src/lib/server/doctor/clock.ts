// Check of the clocks: keys and sign-ins carry times that the other side judges by its own.
// Server only; used by plan.ts.
import { CLOCK_SKEW_MAX_S } from '$lib/contracts/limits';
import { count, failed, notReached, ok, sentence, warning, type Finding } from './check';
import { skewMs, type Sources, type TimedAnswer } from './sources';

/** Half of what breaks something. */
const SKEW_WARNING_S = 30;

/** Headscale's and the provider's `Date` against ours (SECURITY C8, K5). */
export async function lookAtClocks(sources: Sources): Promise<Finding> {
	// Who does not answer is named by a check of its own.
	const ask = async (name: string, answer: Promise<TimedAnswer>) => {
		const skew = await answer.then(skewMs, () => null);
		return skew === null ? [] : [{ name, skewS: Math.round(skew / 1000) }];
	};
	const seen = (
		await Promise.all([
			ask('Headscale', sources.headscaleHealth()),
			...(sources.config.oidc === null ? [] : [ask('the provider', sources.discovery())])
		])
	).flat();
	if (seen.length === 0) return notReached('Nobody told the time.');
	const worst = Math.max(...seen.map(({ skewS }) => Math.abs(skewS)));
	if (worst <= SKEW_WARNING_S)
		return ok(`Within ${count(Math.max(1, worst), 'second')} of ${names(seen)}.`);
	const off = seen.filter(({ skewS }) => Math.abs(skewS) > SKEW_WARNING_S);
	const found = `${off.map(({ name, skewS }) => `${name} is ${count(Math.abs(skewS), 'second')} ${skewS > 0 ? 'ahead' : 'behind'}`).join(', ')}.`;
	const isOurs = seen.length > 1 && off.length === seen.length;
	const fix = isOurs
		? 'Set this machine’s clock by NTP: all others agree.'
		: `Set the clocks by NTP: this machine’s, and that of ${names(off)}.`;
	return worst > CLOCK_SKEW_MAX_S
		? failed(`${sentence(found)} Sign-ins and keys fail by that.`, fix)
		: warning(sentence(found), fix);
}

const names = (seen: readonly { readonly name: string }[]): string =>
	seen.map(({ name }) => name).join(' and ');
