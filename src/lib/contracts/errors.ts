// The error table: the only texts about failures that reach a person.
// A code is also the README anchor and, through `npm run gen`, a constant in Go.

export type Retry = 'never' | 'user' | 'auto';

export interface ErrorRow {
	/** What is. `{name}` is filled from the error's params. */
	readonly message: string;
	/** What to do, and by whom. */
	readonly remedy: string;
	readonly retry: Retry;
	/** HTTP status when it leaves the server; 0 when it never does. */
	readonly http: number;
	/** REQUIREMENTS state (E1 … E13) where it belongs to one. */
	readonly state?: string;
}

/** Keeps the texts as literal types, so that a code's params are checked against its `{names}`. */
const row = <const M extends string, const R extends string>(
	message: M,
	remedy: R,
	retry: Retry,
	http: number,
	state?: string
) => ({ message, remedy, retry, http, ...(state === undefined ? {} : { state }) }) as const;

export const ERRORS = {
	// The app itself
	internal: row(
		'Headtab met a fault of its own. Its log has it under {id}.',
		'Try again. If it stays, give the admin this id.',
		'user',
		500
	),
	'not-found': row('There is nothing at this address.', 'Go to the machines.', 'never', 404),
	'bad-request': row(
		'The server could not read the request: {reason}.',
		'Reload the window.',
		'user',
		400
	),
	'method-not-allowed': row(
		'This address does not take {method}.',
		'Reload the window.',
		'never',
		405
	),
	'origin-refused': row(
		'The request came from {origin}; this server answers {expected} only.',
		'Open Headtab at {expected}, or correct HEADTAB_ORIGIN.',
		'never',
		403
	),
	'host-refused': row(
		'The page was opened at {host}; this server is configured for {expected}.',
		'Open Headtab at {expected}, or correct HEADTAB_ORIGIN.',
		'never',
		421
	),
	'rate-limited': row(
		'Too many attempts. The next one is possible in {seconds} s.',
		'Wait {seconds} s, then try again.',
		'auto',
		429
	),
	'session-missing': row('You are not signed in.', 'Sign in.', 'user', 401),
	'session-ended': row('Your sign-in has ended.', 'Sign in again.', 'user', 401),
	'server-stopping': row(
		'The app server is restarting.',
		'It is tried again by itself.',
		'auto',
		503
	),
	'admin-only': row(
		'This page is for the admins of this Headtab.',
		'An admin adds you to HEADTAB_ADMINS or to a group of HEADTAB_ADMIN_GROUPS; then sign in again.',
		'never',
		403
	),
	'server-unreachable': row(
		'The app server at {origin} does not answer.',
		'Check the network; it is tried again by itself.',
		'auto',
		503
	),

	// WASM
	'wasm-missing': row(
		'This build has no SSH module.',
		'An admin runs `npm run wasm` and restarts Headtab.',
		'user',
		500,
		'E1'
	),
	'wasm-corrupt': row(
		'The SSH module arrived damaged: {reason}.',
		'It is fetched once more; if it stays, an admin checks the deployment.',
		'user',
		502,
		'E1'
	),
	'wasm-crashed': row(
		'The engine of this window stopped.',
		'Restart it; the output so far stays.',
		'user',
		0
	),
	'window-put-away': row(
		'The browser put this window away, and its node left the tailnet.',
		'It joins anew when the window is shown again; the output so far stays.',
		'auto',
		0
	),

	// OIDC
	'oidc-not-configured': row(
		'Sign-in is not set up: {setting} is missing.',
		'An admin sets {setting}.',
		'user',
		503,
		'E3'
	),
	'oidc-provider-unreachable': row(
		'The sign-in provider {provider} does not answer.',
		'Try again; if it stays, an admin checks the provider and HEADTAB_OIDC_ISSUER.',
		'user',
		503,
		'E3'
	),
	'oidc-issuer-mismatch': row(
		'The provider calls itself {found}, but {expected} is configured.',
		'An admin sets HEADTAB_OIDC_ISSUER to the exact name.',
		'never',
		503,
		'E3'
	),
	'oidc-login-refused': row(
		'The provider refused the sign-in: {reason}.',
		'Try again, or ask the admin for access.',
		'user',
		403,
		'E3'
	),
	'oidc-state-invalid': row(
		'This sign-in was not started here, or it took too long.',
		'Start again.',
		'user',
		400,
		'E3'
	),
	'oidc-client-refused': row(
		'The provider refused this server: {reason}.',
		'An admin checks HEADTAB_OIDC_CLIENT_ID and HEADTAB_OIDC_CLIENT_SECRET.',
		'user',
		502,
		'E3'
	),
	'oidc-token-invalid': row(
		'The provider’s answer could not be verified.',
		'Start again; if it stays, the admin finds the reason in the log under {id}.',
		'user',
		403,
		'E3'
	),
	'oidc-clock-skew': row(
		'This server’s clock is {seconds} s {direction} the sign-in provider’s.',
		'An admin sets the clocks by NTP: this server’s, and that of the provider.',
		'user',
		503,
		'E3'
	),
	'oidc-claim-refused': row(
		'Your sign-in lacks what this server asks for: {claim}.',
		'Ask the admin; the provider has to send it.',
		'user',
		403,
		'E3'
	),

	// Identity
	'identity-no-headscale-user': row(
		'{person} matches no Headscale user by {claim}.',
		'An admin creates the user or links it; then try again.',
		'user',
		403,
		'E4'
	),
	'identity-ambiguous': row(
		'{person} could be more than one Headscale user: {reason}.',
		'An admin makes the match unique, or links the person by HEADTAB_IDENTITY_MAP.',
		'user',
		403,
		'E4'
	),

	// Headscale and keys
	'headscale-unreachable': row(
		'The server cannot reach Headscale.',
		'Try again; an admin checks HEADTAB_HEADSCALE_URL and Headscale.',
		'auto',
		503,
		'E7'
	),
	'headscale-key-refused': row(
		'Headscale refused the server’s API key.',
		'An admin makes a new one with `headscale apikeys create` and sets HEADTAB_HEADSCALE_API_KEY.',
		'user',
		503,
		'E13'
	),
	'headscale-refused': row(
		'Headscale answered {status}: {reason}.',
		'Try again; an admin finds the details in the log.',
		'user',
		502
	),
	'headscale-unsupported': row(
		'This Headscale answers 405 to browsers, as 0.29.0-beta to 0.29.1 do.',
		'An admin updates Headscale to 0.29.3, or lets the proxy pass GET /ts2021.',
		'user',
		502,
		'E7'
	),
	'headscale-too-old': row(
		'This is Headscale {version}; 0.28.0 is the oldest that works.',
		'An admin updates Headscale to 0.29.3, one minor version after the other.',
		'user',
		502,
		'E7'
	),
	'key-unsafe': row(
		'Headscale answered with another key than was asked for: {reason}.',
		'It was expired at once. An admin checks Headscale.',
		'user',
		502,
		'E13'
	),
	'key-expired': row(
		'The pre-auth key expired before the node joined.',
		'A new key is asked for.',
		'auto',
		410,
		'E13'
	),
	'key-used': row(
		'The pre-auth key was already used.',
		'A new key is asked for.',
		'auto',
		410,
		'E13'
	),
	'key-refused': row(
		'Headscale does not accept the pre-auth key: {reason}.',
		'Ask for a new key.',
		'user',
		410,
		'E13'
	),

	// The own node
	'node-removed': row(
		'This window’s node was removed from the tailnet or has expired.',
		'Join again with a new key.',
		'user',
		410,
		'E13'
	),
	'node-join-timeout': row(
		'Joining the tailnet took longer than {seconds} s; it stopped at: {step}.',
		'Try again; an admin checks that step.',
		'auto',
		0,
		'E7'
	),
	'control-unreachable': row(
		'Headscale’s control connection could not be opened: {reason}.',
		'Try again; an admin checks that the proxy passes WebSockets to Headscale.',
		'auto',
		502,
		'E7'
	),
	'control-cors': row(
		'{host} does not let a page of {origin} read its answers: it {reason}.',
		'An admin lets the proxy before Headscale set Access-Control-Allow-Origin to {origin}, in place of any other, or sets HEADTAB_MODE=relay; then try again.',
		'user',
		502,
		'E7'
	),
	'derp-unreachable': row(
		'DERP region {region} could not be reached: {reason}.',
		'Try again; an admin checks the DERP host and port.',
		'auto',
		502,
		'E7'
	),
	'derp-unknown-host': row(
		'The tailnet names the DERP host {host}, which this server does not relay.',
		'An admin adds it to HEADTAB_DERP, or corrects server_url in Headscale.',
		'user',
		404,
		'E7'
	),
	'relay-target-unknown': row(
		'There is no relay target {target}.',
		'Reload the window.',
		'never',
		404
	),
	'relay-no-websocket': row(
		'{origin} answers this window, but its WebSockets do not get through.',
		'It is tried again by itself; an admin lets the proxy before Headtab pass `Upgrade`, `Connection` and `Sec-WebSocket-Protocol`.',
		'auto',
		0,
		'E7'
	),
	'relay-limit': row(
		'{limit} relay connections are open already.',
		'Close a window: it is tried again by itself, and the oldest connections stay.',
		'auto',
		429
	),

	// The server's own node
	'agent-off': row(
		'The server’s own tailnet node (agent) is off: {reason}.',
		'Connections work without it. For checks from the server’s side an admin sets HEADTAB_AGENT=on.',
		'user',
		503,
		'E2'
	),
	'agent-not-connected': row(
		'The server’s own tailnet node (agent) is not connected: {reason}.',
		'Connections work without it. It tries again by itself; an admin finds more in the log.',
		'auto',
		503,
		'E2'
	),
	'agent-peer-hidden': row(
		'The server’s own tailnet node (agent) does not see {address}.',
		'An admin lets the agent’s user or tag reach it in the tailnet’s policy; your own way there does not depend on it.',
		'user',
		404
	),

	// Targets
	'node-not-found': row(
		'No machine called {node} is visible to you.',
		'It may have been renamed or removed, or the policy hides it: choose another, or ask the admin.',
		'user',
		404,
		'E5'
	),
	'node-gone': row(
		'{node} is no longer visible under the policy.',
		'It was removed or the policy changed: ask the admin.',
		'user',
		404,
		'E5'
	),
	'node-offline': row(
		'{node} is offline, last seen {lastSeen}.',
		'Start tailscaled there; this tab connects by itself.',
		'auto',
		503,
		'E6'
	),

	// WireGuard, TCP and SSH
	'wireguard-timeout': row(
		'{node} did not answer through WireGuard within {seconds} s.',
		'Check that tailscaled runs there and reaches its DERP region.',
		'user',
		504,
		'E7'
	),
	'tcp-refused': row(
		'{node} refuses connections on port 22.',
		'Start an SSH server there: `tailscale up --ssh`.',
		'user',
		502,
		'E11'
	),
	'tcp-timeout': row(
		'{node} did not answer on port 22 within {seconds} s.',
		'Check that it is awake, that no firewall drops port 22 and that the policy allows it.',
		'user',
		504,
		'E11'
	),
	'ssh-not-ssh': row(
		'{node} answers on port 22, but not as SSH: {banner}',
		'Stop the other service on port 22, or turn on Tailscale SSH: `tailscale up --ssh`.',
		'user',
		502,
		'E11'
	),
	'ssh-closed-early': row(
		'{node} closed the connection before a shell was there: {reason}.',
		'Check the SSH server there and what stands between.',
		'user',
		502,
		'E11'
	),
	'ssh-shell-ended': row(
		'{node} ended the session of {login} at once ({reason}).',
		'The account’s shell refuses sessions: try another user, or change its shell on {node}.',
		'user',
		502,
		'E11'
	),
	'ssh-no-common-algorithm': row(
		'{node} and Headtab share no {what}. Offered there: {theirs}. Offered here: {ours}.',
		'Update the SSH server on {node}.',
		'user',
		502,
		'E10'
	),
	'ssh-host-key-changed': row(
		'{node} showed another host key than {source} says. Expected {expected}, got {found}.',
		'Do not type a password. Ask who runs {node}.',
		'never',
		0
	),
	'ssh-host-key-refused': row(
		'You did not trust the host key of {node}.',
		'Compare it on {node} with `ssh-keygen -lf`, then connect again.',
		'user',
		0
	),
	'ssh-policy-denies-node': row(
		'The tailnet’s policy does not let you open a shell on {node}.',
		'An admin adds an `ssh` rule that accepts you as {login} on {node}.',
		'user',
		403,
		'E12'
	),
	'ssh-policy-denies-login': row(
		'The tailnet’s policy does not let you be {login} on {node}.',
		'Try another user, or ask the admin to add {login} to the `users` of the `ssh` rule.',
		'user',
		403,
		'E12'
	),
	'ssh-login-wildcard': row(
		'The policy of this tailnet has `users: ["*"]`, which {node} takes for a user called *.',
		'An admin writes `autogroup:nonroot` or names instead.',
		'user',
		403,
		'E8'
	),
	'ssh-login-unknown': row(
		'{node} has no Linux user {login}.',
		'Try another user.',
		'user',
		403,
		'E9'
	),
	'ssh-access-revoked': row(
		'The tailnet’s policy ended this session on {node}.',
		'Ask the admin why access was revoked.',
		'user',
		403,
		'E12'
	),
	'ssh-auth-failed': row(
		'{node} did not accept {login}: {methods}.',
		'Check the user and the password; Tailscale SSH may be off on {node}.',
		'user',
		403
	),
	'ssh-check-expired': row(
		'The additional check for {node} was not approved.',
		'Connect again and follow the link.',
		'user',
		403
	),
	'ssh-timeout': row(
		'{node} did not get as far as a shell within {seconds} s; it stopped at: {step}.',
		'Try again.',
		'user',
		504,
		'E7'
	),
	'ssh-connection-lost': row(
		'The connection to {node} was lost: {reason}.',
		'It reconnects by itself; Enter tries now.',
		'auto',
		502,
		'E7'
	),
	'ssh-pty-refused': row(
		'{node} opened a session without a terminal: {reason}.',
		'An admin checks the SSH server’s settings on {node}.',
		'user',
		502
	),
	'terminal-no-gpu': row(
		'This browser offers neither WebGPU nor WebGL2, so there is nothing to draw a terminal with.',
		'Turn on hardware acceleration, or open Headtab in another browser.',
		'user',
		0
	),
	'terminal-failed': row(
		'The terminal of this tab stopped: {reason}.',
		'Open the tab again; the others go on.',
		'user',
		0
	),
	'link-refused': row(
		'A link was not followed: {reason}.',
		'Choose the machine from the list. A link may name a machine and a user, nothing else.',
		'never',
		0
	),
	'login-invalid': row(
		'{login} cannot be a user name: {reason}.',
		'Type the name of a Linux account on the machine.',
		'user',
		400
	),

	// Settings
	'settings-file-invalid': row(
		'{file} cannot be read as settings.',
		'Nothing was changed. Correct the lines named here, or choose another file.',
		'user',
		0
	),
	'theme-file-invalid': row(
		'{file} cannot be read as a terminal theme.',
		'Nothing was changed. Correct the lines named here, or choose another file.',
		'user',
		0
	)
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];
export const isErrorCode = (value: unknown): value is ErrorCode =>
	typeof value === 'string' && Object.hasOwn(ERRORS, value);

type Names<T extends string> = T extends `${string}{${infer N}}${infer R}` ? N | Names<R> : never;
type Row<C extends ErrorCode> = (typeof ERRORS)[C];
/** The params that a code's message and remedy ask for. `id` is filled in by itself. */
export type ErrorParams<C extends ErrorCode> = Readonly<
	Record<Exclude<Names<Row<C>['message']> | Names<Row<C>['remedy']>, 'id'>, string>
>;
