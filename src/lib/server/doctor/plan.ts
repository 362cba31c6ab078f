// All checks in the order in which they build on each other.
// Server only; used by examine.ts, which puts the configuration in front.
import type { Check } from './check';
import { lookAtAgent } from './agent';
import { lookAtClocks } from './clock';
import {
	lookAtApiKey,
	lookAtControl,
	lookAtCors,
	lookAtDerp,
	lookAtHeadscale,
	lookAtServerUrl,
	lookAtVersion
} from './headscale';
import { lookAtModule, lookAtRedis, lookAtSessionKeys, lookAtState } from './machine';
import { lookAtClient, lookAtProvider, lookAtRedirect } from './oidc';
import { lookAtClientAddress, lookAtControlProxy, lookAtDerpProxy, lookAtOrigin } from './origin';
import { lookAtAgentRule, lookAtSshRules, lookAtSshUsers } from './policy';
import type { Sources } from './sources';

const check = (
	id: string,
	title: string,
	look: Check<Sources>['look'],
	needs: readonly string[] = []
): Check<Sources> => ({ id, title, needs, look });

export const PLAN: readonly Check<Sources>[] = [
	check('module', 'SSH module', lookAtModule),
	check('session-keys', 'Session keys', lookAtSessionKeys),
	check('state', 'State folder', lookAtState),
	check('redis', 'Valkey or Redis', lookAtRedis),
	check('headscale', 'Headscale', lookAtHeadscale),
	check('headscale-version', 'Headscale’s version', lookAtVersion, ['headscale']),
	check('server-url', 'Headscale’s server_url', lookAtServerUrl, ['headscale']),
	check('control', 'Control WebSocket', lookAtControl, ['headscale', 'headscale-version']),
	check('derp', 'DERP', lookAtDerp, ['headscale']),
	check('cors', 'CORS of Headscale', lookAtCors, ['headscale']),
	check('api-key', 'API key', lookAtApiKey, ['headscale']),
	check('policy-ssh', 'Policy: SSH rules', lookAtSshRules, ['api-key']),
	check('policy-users', 'Policy: users', lookAtSshUsers, ['policy-ssh']),
	check('policy-agent', 'Policy: agent', lookAtAgentRule, ['api-key']),
	check('oidc', 'Sign-in provider', lookAtProvider),
	check('oidc-client', 'Client at the provider', lookAtClient, ['oidc']),
	check('oidc-redirect', 'Redirect URI', lookAtRedirect, ['oidc']),
	check('clock', 'Clocks', lookAtClocks),
	check('origin', 'Origin', lookAtOrigin),
	check('client-address', 'Client address', lookAtClientAddress, ['origin']),
	check('proxy-control', 'Proxy: control', lookAtControlProxy, ['origin']),
	check('proxy-derp', 'Proxy: DERP', lookAtDerpProxy, ['origin']),
	check('agent', 'Agent', lookAtAgent, ['origin'])
];
