// Every fuzz target of TypeScript but the byte filter, which makes its inputs itself (filter-checks.ts).
import type { FuzzTarget } from './target';
import { DEVICE_TARGETS } from './targets/device';
import { LOGIN_TARGETS } from './targets/login';
import { NETWORK_TARGETS } from './targets/network';
import { SERVER_TARGETS } from './targets/server';
import { WINDOW_TARGETS } from './targets/window';

export const TARGETS: readonly FuzzTarget[] = [
	...LOGIN_TARGETS,
	...NETWORK_TARGETS,
	...SERVER_TARGETS,
	...WINDOW_TARGETS,
	...DEVICE_TARGETS
];
