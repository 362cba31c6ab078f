// Every timeout, watermark and size that two realms share or a person can feel; unit in the name.
// Limits of one realm alone stand here too, so that there is one place to look.

// SSH bytes between worker and window
/** Unacknowledged output of one session: enough for 8 MB/s of drawing. A window that draws slower holds
 *  credit back until output waits for SSH_OUTPUT_WAIT_MS at most: a Ctrl-C has to sit out what waits. */
export const SSH_IN_FLIGHT_MAX_BYTES = 256 * 1024;
export const SSH_HELD_MAX_BYTES = 128 * 1024;
export const SSH_OUTPUT_WAIT_MS = 50;
/** Ack step; at most half of the above, or output would stop and go. */
export const SSH_ACK_BYTES = 64 * 1024;
/** Largest chunk of output in one message. */
export const SSH_CHUNK_MAX_BYTES = 64 * 1024;
/** Unacknowledged input of one session, and the chunk a paste is cut into. */
export const SSH_INPUT_IN_FLIGHT_MAX_BYTES = 128 * 1024;
export const SSH_INPUT_CHUNK_BYTES = 16 * 1024;

// SSH steps
/** TCP to port 22, one retry included: the first WireGuard handshake can be lost and comes again after 5 s. */
export const DIAL_TIMEOUT_MS = 12_000;
/** Key exchange and host key. */
export const SSH_HANDSHAKE_TIMEOUT_MS = 10_000;
/** Authentication without a person: policy answers at once. */
export const SSH_AUTH_TIMEOUT_MS = 15_000;
/** A method that a person is part of, up to its first question and after each answer: a push to a telephone is
 *  waited for, mostly for 60 s. As OpenSSH's server for all of a sign-in (LoginGraceTime). */
export const SSH_METHOD_TIMEOUT_MS = 120_000;
/** A person answers a prompt, or approves a check (Headscale holds it for 30 min). */
export const SSH_PERSON_TIMEOUT_MS = 30 * 60_000;
export const SSH_PTY_TIMEOUT_MS = 10_000;
/** Silence after which the far end is asked whether it is there; and how often a session looks. */
export const SSH_KEEPALIVE_INTERVAL_MS = 20_000;
export const SSH_LOOK_MS = 5_000;
/** A question without an answer for so long means that the way is silent: shown, and DERP dialled anew. */
export const SSH_SILENCE_MS = 5_000;
/** Unanswered for so long over a way that stands, a connection is lost. */
export const SSH_LOST_MS = 60_000;
/** What an outage of our own way adds to that, at most: the far end sends again after as long as it has
 *  waited, and gVisor's longest wait is 120 s. */
export const SSH_OUTAGE_GRACE_MAX_MS = 130_000;
/** Longest wait of our own TCP before it sends again what was not acknowledged, and how often it does:
 *  what was typed during an outage of a quarter of an hour still arrives, seconds after its end. */
export const SSH_RESEND_MAX_MS = 4_000;
export const SSH_RESENDS_MAX = 250;
/** A shell that ends within this time and without input ended "at once" (E11). */
export const SSH_EARLY_EXIT_MS = 2_000;

// SSH texts from the far end
export const BANNER_MAX_BYTES = 8 * 1024;
export const PROMPTS_MAX = 32;
export const PROMPT_MAX_BYTES = 4 * 1024;
export const HOST_KEYS_MAX = 16;
export const HOST_KEY_MAX_BYTES = 16 * 1024;

// The own node
/** From node/start to running: Headscale takes 2 s, a lost start is retried once. */
export const JOIN_TIMEOUT_MS = 30_000;
export const LOGOUT_TIMEOUT_MS = 2_000;
/** How often a window asks whether its node is still there: Headscale tells a deleted one nothing. */
export const ALIVE_CHECK_MS = 20_000;
export const ALIVE_TIMEOUT_MS = 10_000;
/** A window that knew nothing of its node for so long was away: Headscale's shortest time before it removes
 *  an ephemeral node is a little longer. */
export const AWAY_MS = 60_000;
/** Age at which a listing of nodes still answers that; all windows share one listing. */
export const ALIVE_LISTING_MAX_AGE_MS = 5_000;

// Terminal
export const TERMINAL_COLS_MIN = 2;
export const TERMINAL_ROWS_MIN = 1;
export const TERMINAL_COLS_MAX = 1_000;
export const TERMINAL_ROWS_MAX = 500;
export const RESIZE_DEBOUNCE_MS = 50;
export const OSC_MAX_BYTES = 8 * 1024;
export const OSC52_MAX_BYTES = 100 * 1024;
export const TITLE_MAX_CHARS = 80;
export const PASTE_CONFIRM_BYTES = 5 * 1024;

// Keys
/** Shortest lifetime that survives a slow first download of the WASM (headplane#565: 60 s did not). */
export const KEY_TTL_S = 300;
export const KEY_TTL_MIN_S = 60;
export const KEY_TTL_MAX_S = 600;
export const CLOCK_SKEW_MAX_S = 60;

/** Changes of the recents that come this close together are one change of the OS menu, which Chromium takes
 *  away for some 400 ms while it writes it. */
export const OS_MENU_DEBOUNCE_MS = 1_000;

/** How long a launch by a link waits for the server to tell who sent the person: several round trips of a slow network.
 *  After that the kept page opens, which asks the person. */
export const LAUNCH_ANSWER_MS = 4_000;

/** How often an open window asks whether its sign-in still lives. */
export const SESSION_CHECK_MS = 600_000;

// Server
export const HEADSCALE_TIMEOUT_MS = 8_000;
export const OIDC_TIMEOUT_MS = 5_000;
export const LOGIN_ATTEMPT_TTL_S = 600;
export const SESSION_IDLE_S = 12 * 3600;
export const SESSION_ABSOLUTE_S = 7 * 24 * 3600;
export const SESSION_RESEAL_S = 300;
export const REQUEST_BODY_MAX_BYTES = 64 * 1024;

/** How often the sign-ins with open connections are held against the lists and Headscale's users: who was
 *  removed is out within 5 min (C7) also where a question or two fail. */
export const ACCESS_CHECK_MS = 60_000;

/** Cut for any answer of the provider or of Headscale's small endpoints. */
export const OIDC_BODY_MAX_BYTES = 256 * 1024;
export const HEADSCALE_BODY_MAX_BYTES = 16 * 1024 * 1024;
/** Sign-ins under way at once in one browser; the oldest gives way. */
export const LOGIN_ATTEMPTS_MAX = 5;
/** Per address; settings change both. */
export const LOGINS_PER_MIN = 30;
/** Per person: one window asks for one key. */
export const KEYS_PER_MIN = 12;
/** Keys that Headscale is asked for at once: a key is two bcrypts there, and four fill two cores. */
export const KEYS_AT_ONCE_MAX = 4;
/** Windows that may wait for their turn; Headscale makes about eight keys a second for each of its cores. */
export const KEYS_WAITING_MAX = 50;
/** When one more may ask again: those who waited have their keys by then, on one core, too. */
export const KEYS_FULL_RETRY_S = 10;
/** A turn that comes later is none: with the request itself it stays well within a window's 60 s for an answer. */
export const KEYS_WAIT_MAX_MS = 20_000;
/** Per address: a provider that ends many sign-ins at once tells of each. */
export const BACKCHANNEL_LOGOUTS_PER_MIN = 300;
/** Per person: fresh listings for nodes that a shared one lacks, so that nobody keeps Headscale busy. */
export const MISSING_CHECKS_PER_MIN = 30;

// Relay
/** Go's WebSocket reader refuses larger messages (coder/websocket's default), so the relay cuts and merges to this. */
export const RELAY_MERGE_MAX_BYTES = 32 * 1024;
export const RELAY_FRAME_MAX_BYTES = 128 * 1024;
export const RELAY_FRAGMENTS_MAX = 64;
export const RELAY_BUFFER_PAUSE_BYTES = 256 * 1024;
export const RELAY_BUFFER_MAX_BYTES = 4 * 1024 * 1024;
export const RELAY_IDLE_MS = 150_000;
export const RELAY_PING_MS = 30_000;
export const RELAY_DIAL_TIMEOUT_MS = 10_000;
export const RELAY_CONTROL_PER_SESSION_MAX = 16;
export const RELAY_DERP_PER_SESSION_MAX = 48;
export const RELAY_TOTAL_MAX = 2_000;
export const RELAY_HANDSHAKE_MAX_BYTES = 8 * 1024;
/** Close codes of our own, 4000–4999. */
export const CLOSE_SESSION_ENDED = 4401;
export const CLOSE_UPSTREAM_FAILED = 4502;
/** An admin ended the window; its node is removed. */
export const CLOSE_WINDOW_ENDED = 4403;
/** Query parameter of the worker's script that names the policy it comes with (PublicConfig). */
export const WORKER_POLICY_PARAM = 'policy';
/** What the relay's addresses begin with: everything else at an origin's root can be Headscale's own. */
export const RELAY_PATH = '/relay';
/** Query parameter of a relayed WebSocket that names the window's node, for the list of live windows. */
export const RELAY_NODE_PARAM = 'node';

// Agent
/** Ends a join that hangs, the module's compilation included; Go itself gives up after JOIN_TIMEOUT_MS. */
export const AGENT_START_TIMEOUT_MS = 60_000;
/** Pauses between starts: doubled from the first to the second. The first is below 5 s (SECURITY J2). */
export const AGENT_BACKOFF_MIN_MS = 1_000;
export const AGENT_BACKOFF_MAX_MS = 60_000;
/** An agent that ran this long starts anew without a long pause. */
export const AGENT_STEADY_MS = 120_000;
/** How often its thread tells how it is; silence of four times that is a hang. */
export const AGENT_HEALTH_MS = 5_000;
/** How often the server asks Headscale whether the agent's node is still there. */
export const AGENT_NODE_CHECK_MS = 60_000;
/** What Go has from the realm at which it is restarted; 8 MB are usual in a small tailnet. The thread
 *  itself, most of it compiled code, takes 130 to 150 MB of the server's. */
export const AGENT_MEMORY_MAX_MB = 512;
/** One question to the agent; a probe takes at most 18 s. */
export const AGENT_REQUEST_TIMEOUT_MS = 25_000;
/** DERP map entries that are believed. */
export const DERP_REGIONS_MAX = 100;
export const DERP_NODES_MAX = 100;
/** A region that is not connected in that time counts as the farthest. */
export const DERP_DISTANCE_TIMEOUT_MS = 3_000;

// Diagnosis
/** How often the round trip of the session in view is measured. */
export const SSH_PING_MS = 10_000;
/** Per person: a probe dials a machine. */
export const DIAGNOSES_PER_MIN = 20;
/** Per admin: an examination asks Headscale, the provider and the server's own origin. */
export const DOCTOR_PER_MIN = 6;

// Janitor
export const JANITOR_PERIOD_S = 60;
/** Nodes younger than that are left alone, whatever they look like (SECURITY J3, J8). */
export const JANITOR_GRACE_S = 600;
/** A node that was online belongs to Headscale's own timer first, and a sleeping laptop may come back. */
export const JANITOR_OFFLINE_S = 1_800;
/** A round stops at a fifth of the nodes that it sees, and at this. */
export const JANITOR_REMOVALS_MAX = 50;
/** A node must have looked gone in every round for this long: after an outage of Headscale all do. */
export const JANITOR_SETTLE_S = 180;
