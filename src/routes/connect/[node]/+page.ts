// /connect/NODE?user=USER: what the URL asks for, as text; the page decides with the layout's facts.
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params, url }) => ({
	node: params.node,
	user: url.searchParams.get('user')
});
