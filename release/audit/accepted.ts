// Findings that we live with: each with why, and the day on which somebody looks again. Data; judged by verdict.ts,
// which fails for an entry that is past its day, and for one that no finding needs any more.

export interface Accepted {
	/** `GHSA-…` of npm's advisories, `GO-…` of Go's. */
	readonly id: string;
	readonly name: string;
	readonly reason: string;
	/** `YYYY-MM-DD`, at most LOOK_AGAIN_MAX_DAYS ahead. */
	readonly lookAgain: string;
}

export const ACCEPTED: readonly Accepted[] = [
	{
		id: 'GHSA-pxg6-pf52-xh8x',
		name: 'cookie',
		reason:
			'a cookie’s name, path and domain are not checked for characters that end them; ours are constants, and kit 2 takes no newer cookie',
		lookAgain: '2027-03-01'
	}
];
