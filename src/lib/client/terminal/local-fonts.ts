// Fonts of this computer by the Local Font Access API, which asks the person first. Window only.
import type { ResttyFontBufferInput } from 'restty/internal/runtime';

/** As browsers that have the API give it (Chromium on a computer). */
interface FontData {
	readonly family: string;
	readonly style: string;
	blob(): Promise<Blob>;
}
type QueryLocalFonts = () => Promise<readonly FontData[]>;

export type LocalFonts =
	| { readonly is: 'granted'; readonly families: readonly string[] }
	/** The person, or a policy of the browser, said no. */
	| { readonly is: 'refused' }
	| { readonly is: 'unsupported' };

/** Names that say that all characters are equally wide come first; others would be squeezed into cells. */
const MONOSPACED =
	/mono|code|console|consolas|courier|terminal|typewriter|fixed|hack|iosevka|menlo/i;

function query(): QueryLocalFonts | null {
	if (!('queryLocalFonts' in window)) return null;
	const { queryLocalFonts } = window;
	return typeof queryLocalFonts === 'function'
		? (queryLocalFonts.bind(window) as QueryLocalFonts)
		: null;
}

/** Asks for the families of this computer; the browser asks the person. Called from a click. */
export async function askLocalFonts(): Promise<LocalFonts> {
	const fonts = query();
	if (fonts === null) return { is: 'unsupported' };
	try {
		const families = new Set((await fonts()).map(({ family }) => family));
		// A refusal is an empty list in some versions.
		if (families.size === 0) return { is: 'refused' };
		const order = (family: string) => (MONOSPACED.test(family) ? 0 : 1);
		return {
			is: 'granted',
			families: [...families].sort((a, b) => order(a) - order(b) || a.localeCompare(b))
		};
	} catch (cause) {
		if (cause instanceof DOMException) return { is: 'refused' };
		throw cause;
	}
}

/** The faces of a family that restty can read; none when it is gone or may not be read any more.
 *  @throws DOMException | TypeError */
export async function localFaces(
	family: string
): Promise<(ResttyFontBufferInput & { readonly data: ArrayBuffer })[]> {
	const found = ((await query()?.()) ?? []).filter((font) => font.family === family);
	const faces = await Promise.all(
		found.slice(0, FACES_MAX).map(async (font) => {
			const weight = /bold|black|heavy/i.test(font.style) ? 700 : 400;
			const style = /italic|oblique/i.test(font.style) ? ('italic' as const) : ('normal' as const);
			const words = `${weight >= 600 ? 'Bold' : 'Regular'}${style === 'italic' ? ' Italic' : ''}`;
			return {
				data: await (await font.blob()).arrayBuffer(),
				name: `Local ${words}`,
				weight,
				style,
				isPlain: /^(regular|book|normal|roman)$/i.test(font.style)
			};
		})
	);
	// The first one says how large a cell is.
	return faces
		.filter(({ data }) => isSingleFace(data))
		.sort((a, b) => Number(b.isPlain) - Number(a.isPlain));
}

/** More than a family of a text face has. */
const FACES_MAX = 24;

/** TrueType or OpenType; a collection holds several, which restty does not read. */
function isSingleFace(data: ArrayBuffer): boolean {
	if (data.byteLength < 12) return false;
	const tag = new DataView(data).getUint32(0);
	return tag === 0x00010000 || tag === 0x4f54544f || tag === 0x74727565;
}
