// An archive whose bytes depend on its files alone: sorted, one time, no owner. ustar, as every tar reads it.
// Node; used by release.ts. Not GNU tar, so that a release made elsewhere has the same bytes.
import { constants, gzipSync } from 'node:zlib';

export interface TarEntry {
	/** Below the archive's root, with `/`; a folder's ends with one. */
	readonly path: string;
	readonly bytes: Uint8Array;
	readonly isExecutable: boolean;
}

const BLOCK_BYTES = 512;
const NAME_MAX_BYTES = 100;
const PREFIX_MAX_BYTES = 155;

/** `.tar` of the entries.
 *  @param timeS seconds since 1970 that every file is given */
export function tar(entries: readonly TarEntry[], timeS: number): Uint8Array {
	const blocks: Uint8Array[] = [];
	const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
	for (const entry of sorted) {
		blocks.push(header(entry, timeS), entry.bytes);
		const rest = entry.bytes.length % BLOCK_BYTES;
		if (rest > 0) blocks.push(new Uint8Array(BLOCK_BYTES - rest));
	}
	blocks.push(new Uint8Array(2 * BLOCK_BYTES));
	return Buffer.concat(blocks);
}

/** gzip with neither name nor time, so that the same bytes come out each time. */
export const gzip = (bytes: Uint8Array): Uint8Array => {
	const packed = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
	// The system that packed it: unknown, as zlib writes its own.
	packed[9] = 255;
	return packed;
};

function header({ path, bytes, isExecutable }: TarEntry, timeS: number): Uint8Array {
	const block = Buffer.alloc(BLOCK_BYTES);
	const isFolder = path.endsWith('/');
	const { prefix, name } = split(path);
	const octal = (value: number, offset: number, length: number) =>
		block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
	block.write(name, 0);
	octal(isFolder || isExecutable ? 0o755 : 0o644, 100, 8);
	octal(0, 108, 8);
	octal(0, 116, 8);
	octal(bytes.length, 124, 12);
	octal(timeS, 136, 12);
	block.write(isFolder ? '5' : '0', 156);
	block.write('ustar\x0000', 257, 'latin1');
	block.write(prefix, 345);
	// The sum counts its own field as spaces.
	block.fill(' ', 148, 156);
	const sum = block.reduce((total, byte) => total + byte, 0);
	block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
	return block;
}

/** @throws Error where ustar cannot hold the path */
function split(path: string): { readonly prefix: string; readonly name: string } {
	if (Buffer.byteLength(path) <= NAME_MAX_BYTES) return { prefix: '', name: path };
	for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
		const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
		const isFitting =
			Buffer.byteLength(prefix) <= PREFIX_MAX_BYTES && Buffer.byteLength(name) <= NAME_MAX_BYTES;
		if (isFitting && name !== '') return { prefix, name };
	}
	throw new Error(`${path} is too long for the archive`);
}
