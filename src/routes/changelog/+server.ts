// GET /changelog: the file at the root of the project as this version has it. A window of another version asks
// what is new here, so no service worker keeps it.
import changelog from '../../../CHANGELOG.md?raw';

export const GET = (): Response =>
	new Response(changelog, {
		headers: { 'content-type': 'text/markdown; charset=utf-8', 'cache-control': 'no-cache' }
	});
