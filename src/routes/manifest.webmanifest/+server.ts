// GET /manifest.webmanifest: the file at the root of the project, the only place of name and icons.
import manifest from '../../../manifest.webmanifest?raw';

export const GET = (): Response =>
	new Response(manifest, {
		headers: { 'content-type': 'application/manifest+json', 'cache-control': 'no-cache' }
	});
