// Times, sizes and dates as words: ms and s, kB and MB, `2 h`, `Mon`, `11 Nov`. Pure; components call it.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A measured time: `86 ms`, `1.24 s`, `2 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
	if (ms < 1_000) return `${String(Math.max(0, Math.round(ms)))} ms`;
	if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`;
	if (ms < MINUTE_MS) return `${String(Math.round(ms / 1_000))} s`;
	if (ms < HOUR_MS) {
		const s = Math.floor((ms % MINUTE_MS) / 1_000);
		return `${String(Math.floor(ms / MINUTE_MS))} min${s === 0 ? '' : ` ${String(s)} s`}`;
	}
	const min = Math.floor((ms % HOUR_MS) / MINUTE_MS);
	return `${String(Math.floor(ms / HOUR_MS))} h${min === 0 ? '' : ` ${String(min)} min`}`;
}

/** How old something is: whole seconds, then as a measured time. */
export const age = (ms: number): string =>
	ms < MINUTE_MS ? `${String(Math.max(1, Math.round(ms / 1_000)))} s` : duration(ms);

/** A time that still runs: tenths of a second, then minutes. */
export const running = (ms: number): string =>
	ms < MINUTE_MS ? `${(Math.max(0, ms) / 1_000).toFixed(1)} s` : duration(ms);

/** Decimal units, as networks count: `0 B`, `82 kB`, `4.1 MB`. */
export function bytes(size: number): string {
	if (size < 1_000) return `${String(size)} B`;
	if (size < 1_000_000) return `${String(Math.round(size / 1_000))} kB`;
	return `${(size / 1_000_000).toFixed(1)} MB`;
}

/** How long ago, short enough for a column: `now`, `14 min`, `2 h`, `Mon`, `11 Nov`. */
export function ago(atMs: number, nowMs: number): string {
	const age = nowMs - atMs;
	if (age < MINUTE_MS) return 'now';
	if (age < HOUR_MS) return `${String(Math.floor(age / MINUTE_MS))} min`;
	if (age < DAY_MS) return `${String(Math.floor(age / HOUR_MS))} h`;
	const at = new Date(atMs);
	if (age < 5 * DAY_MS) return at.toLocaleDateString('en-GB', { weekday: 'short' });
	return day(atMs, nowMs);
}

/** A day: `11 Nov`, with the year when it is another one. */
export function day(atMs: number, nowMs: number): string {
	const at = new Date(atMs);
	const isThisYear = at.getFullYear() === new Date(nowMs).getFullYear();
	return at.toLocaleDateString('en-GB', {
		day: 'numeric',
		month: 'short',
		...(isThisYear ? {} : { year: 'numeric' })
	});
}

/** A moment: `today 11:52`, `18 Nov 09:12`. */
export function moment(atMs: number, nowMs: number): string {
	const at = new Date(atMs);
	const clock = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
	const isToday = at.toDateString() === new Date(nowMs).toDateString();
	return `${isToday ? 'today' : day(atMs, nowMs)} ${clock}`;
}

/** A moment of today to the second: `14:05:31`. */
export const clock = (atMs: number): string => new Date(atMs).toLocaleTimeString('en-GB');

/** `1 line`, `6 lines`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
	`${String(n)} ${n === 1 ? one : many}`;

/** A fingerprint in groups of four, so that a difference is seen. */
export function grouped(fingerprint: string): string {
	const colon = fingerprint.indexOf(':');
	const body = fingerprint.slice(colon + 1);
	return fingerprint.slice(0, colon + 1) + (body.match(/.{1,4}/g) ?? []).join(' ');
}
