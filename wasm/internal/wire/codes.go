// Code generated from src/lib/contracts by `npm run gen`. DO NOT EDIT.

package wire

// Code is an error of the one table, contracts/errors.ts.
type Code string

// The codes of the table.
const (
	CodeInternal                Code = "internal"
	CodeNotFound                Code = "not-found"
	CodeBadRequest              Code = "bad-request"
	CodeMethodNotAllowed        Code = "method-not-allowed"
	CodeOriginRefused           Code = "origin-refused"
	CodeHostRefused             Code = "host-refused"
	CodeRateLimited             Code = "rate-limited"
	CodeSessionMissing          Code = "session-missing"
	CodeSessionEnded            Code = "session-ended"
	CodeServerStopping          Code = "server-stopping"
	CodeAdminOnly               Code = "admin-only"
	CodeServerUnreachable       Code = "server-unreachable"
	CodeWasmMissing             Code = "wasm-missing"
	CodeWasmCorrupt             Code = "wasm-corrupt"
	CodeWasmCrashed             Code = "wasm-crashed"
	CodeWindowPutAway           Code = "window-put-away"
	CodeOIDCNotConfigured       Code = "oidc-not-configured"
	CodeOIDCProviderUnreachable Code = "oidc-provider-unreachable"
	CodeOIDCIssuerMismatch      Code = "oidc-issuer-mismatch"
	CodeOIDCLoginRefused        Code = "oidc-login-refused"
	CodeOIDCStateInvalid        Code = "oidc-state-invalid"
	CodeOIDCClientRefused       Code = "oidc-client-refused"
	CodeOIDCTokenInvalid        Code = "oidc-token-invalid"
	CodeOIDCClockSkew           Code = "oidc-clock-skew"
	CodeOIDCClaimRefused        Code = "oidc-claim-refused"
	CodeIdentityNoHeadscaleUser Code = "identity-no-headscale-user"
	CodeIdentityAmbiguous       Code = "identity-ambiguous"
	CodeHeadscaleUnreachable    Code = "headscale-unreachable"
	CodeHeadscaleKeyRefused     Code = "headscale-key-refused"
	CodeHeadscaleRefused        Code = "headscale-refused"
	CodeHeadscaleUnsupported    Code = "headscale-unsupported"
	CodeHeadscaleTooOld         Code = "headscale-too-old"
	CodeKeyUnsafe               Code = "key-unsafe"
	CodeKeyExpired              Code = "key-expired"
	CodeKeyUsed                 Code = "key-used"
	CodeKeyRefused              Code = "key-refused"
	CodeNodeRemoved             Code = "node-removed"
	CodeNodeJoinTimeout         Code = "node-join-timeout"
	CodeControlUnreachable      Code = "control-unreachable"
	CodeControlCors             Code = "control-cors"
	CodeDERPUnreachable         Code = "derp-unreachable"
	CodeDERPUnknownHost         Code = "derp-unknown-host"
	CodeRelayTargetUnknown      Code = "relay-target-unknown"
	CodeRelayNoWebsocket        Code = "relay-no-websocket"
	CodeRelayLimit              Code = "relay-limit"
	CodeAgentOff                Code = "agent-off"
	CodeAgentNotConnected       Code = "agent-not-connected"
	CodeAgentPeerHidden         Code = "agent-peer-hidden"
	CodeNodeNotFound            Code = "node-not-found"
	CodeNodeGone                Code = "node-gone"
	CodeNodeOffline             Code = "node-offline"
	CodeWireguardTimeout        Code = "wireguard-timeout"
	CodeTCPRefused              Code = "tcp-refused"
	CodeTCPTimeout              Code = "tcp-timeout"
	CodeSSHNotSSH               Code = "ssh-not-ssh"
	CodeSSHClosedEarly          Code = "ssh-closed-early"
	CodeSSHShellEnded           Code = "ssh-shell-ended"
	CodeSSHNoCommonAlgorithm    Code = "ssh-no-common-algorithm"
	CodeSSHHostKeyChanged       Code = "ssh-host-key-changed"
	CodeSSHHostKeyRefused       Code = "ssh-host-key-refused"
	CodeSSHPolicyDeniesNode     Code = "ssh-policy-denies-node"
	CodeSSHPolicyDeniesLogin    Code = "ssh-policy-denies-login"
	CodeSSHLoginWildcard        Code = "ssh-login-wildcard"
	CodeSSHLoginUnknown         Code = "ssh-login-unknown"
	CodeSSHAccessRevoked        Code = "ssh-access-revoked"
	CodeSSHAuthFailed           Code = "ssh-auth-failed"
	CodeSSHCheckExpired         Code = "ssh-check-expired"
	CodeSSHTimeout              Code = "ssh-timeout"
	CodeSSHConnectionLost       Code = "ssh-connection-lost"
	CodeSSHPTYRefused           Code = "ssh-pty-refused"
	CodeTerminalNoGpu           Code = "terminal-no-gpu"
	CodeTerminalFailed          Code = "terminal-failed"
	CodeLinkRefused             Code = "link-refused"
	CodeLoginInvalid            Code = "login-invalid"
	CodeSettingsFileInvalid     Code = "settings-file-invalid"
	CodeThemeFileInvalid        Code = "theme-file-invalid"
)

// Limits of contracts/limits.ts; the unit ends the name.
const (
	SSHInFlightMaxBytes      = 262144
	SSHChunkMaxBytes         = 65536
	SSHInputInFlightMaxBytes = 131072
	SSHInputChunkBytes       = 16384
	DialTimeoutMS            = 12000
	SSHHandshakeTimeoutMS    = 10000
	SSHAuthTimeoutMS         = 15000
	SSHMethodTimeoutMS       = 120000
	SSHPersonTimeoutMS       = 1800000
	SSHPTYTimeoutMS          = 10000
	SSHKeepaliveIntervalMS   = 20000
	SSHLookMS                = 5000
	SSHSilenceMS             = 5000
	SSHLostMS                = 60000
	SSHOutageGraceMaxMS      = 130000
	SSHResendMaxMS           = 4000
	SSHResendsMax            = 250
	SSHEarlyExitMS           = 2000
	BannerMaxBytes           = 8192
	PromptsMax               = 32
	PromptMaxBytes           = 4096
	HostKeysMax              = 16
	HostKeyMaxBytes          = 16384
	JoinTimeoutMS            = 30000
	LogoutTimeoutMS          = 2000
	TerminalColsMin          = 2
	TerminalRowsMin          = 1
	TerminalColsMax          = 1000
	TerminalRowsMax          = 500
	SSHPingMS                = 10000
)
