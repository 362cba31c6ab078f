// JSON lines on stdout by pino, with secrets taken out of every line by value and by shape.
// Server only; AppContext makes the one logger, everything else gets it by constructor.
import { pino, type Logger } from 'pino';
import type { Secret } from './secret';

export type { Logger };

/** What a Headscale key, a JWT or a JWE looks like; the values themselves may be unknown to us. */
const SECRET_SHAPES = [
	/hskey-(?:api|auth)-[A-Za-z0-9_-]+/g,
	/eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}/g
];
/** Shorter values would blank out ordinary words. */
const VALUE_MIN_CHARS = 6;

/** Takes secrets out of one text.
 *  @param values the exact secrets of this process */
export function makeRedactor(values: readonly string[]): (text: string) => string {
	const known = values
		.filter((value) => value.length >= VALUE_MIN_CHARS)
		// In a JSON line a value stands escaped.
		.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
	const unique = [...new Set(known)].sort((a, b) => b.length - a.length);
	return (text) => {
		let clean = text;
		for (const value of unique) clean = clean.replaceAll(value, '[secret]');
		for (const shape of SECRET_SHAPES) clean = clean.replaceAll(shape, '[secret]');
		return clean;
	};
}

/** The logger of the process.
 *  @param options.write where lines go; stdout unless a test listens */
export function makeLogger(options: {
	readonly level: string;
	readonly secrets: readonly Secret[];
	readonly write?: (line: string) => void;
}): Logger {
	const redact = makeRedactor(options.secrets.map((secret) => secret.reveal()));
	const write = options.write ?? ((line: string) => void process.stdout.write(line));
	return pino(
		{ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
		{ write: (line: string) => write(redact(line)) }
	);
}
