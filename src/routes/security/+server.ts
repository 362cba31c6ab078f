// GET /security: SECURITY.md as this version has it, for people who read it before they sign in.
import policy from '../../../SECURITY.md?raw';

export const GET = (): Response =>
	new Response(policy, {
		headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' }
	});
