// What a program hears of the pointer, as restty (0.3.0) writes it: told from keys, and as bytes. Pure; terminal.ts
// asks for each text that restty sends.

/** In any of the formats: nobody has typed it. */
export const isMouseReport = (text: string): boolean =>
	/^\u001b\[(?:<[\d;]+[Mm]$|\d+;\d+;\d+M$|M)/.test(text); // eslint-disable-line no-control-regex -- ESC begins a report

const encoder = new TextEncoder();

/** @param format restty's word for the one that the program has asked for; in the oldest, `x10`, a place is one byte */
export function reportBytes(report: string, format: string): Uint8Array {
	return format === 'x10'
		? Uint8Array.from(report, (char) => char.charCodeAt(0))
		: encoder.encode(report);
}
