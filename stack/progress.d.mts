// Types of progress.mjs, which is plain Node because it runs before anything is installed.
export function bold(text: string): string;
export function dim(text: string): string;
export function duration(ms: number): string;
export class Progress {
	step<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
	say(text: string): void;
}
