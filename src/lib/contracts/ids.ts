// Branded ids, so that a name can never be passed where an id belongs.
// Shared by all realms; no I/O.

type Brand<T, B extends string> = T & { readonly __brand: B };

/** A node's stable id as Headscale and the netmap give it (`StableNodeID`, decimal for Headscale). */
export type NodeId = Brand<string, 'NodeId'>;
/** A node's name in the tailnet without the domain, e.g. `web-1`. */
export type NodeName = Brand<string, 'NodeName'>;
/** One tab of a window; made by the window, unique in it. */
export type TabId = Brand<string, 'TabId'>;
/** One terminal of a tab, a tab has one or more; made by the window, unique in it. */
export type PaneId = Brand<string, 'PaneId'>;
/** One SSH session over the own node; made by the window, unique in it. */
export type SshSessionId = Brand<string, 'SshSessionId'>;
/** Linux account on the target (a login, never called user or username in code). */
export type Login = Brand<string, 'Login'>;

export const nodeId = (value: string): NodeId => value as NodeId;
export const nodeName = (value: string): NodeName => value as NodeName;
export const tabId = (value: string): TabId => value as TabId;
export const paneId = (value: string): PaneId => value as PaneId;
export const sshSessionId = (value: string): SshSessionId => value as SshSessionId;
