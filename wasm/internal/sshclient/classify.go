package sshclient

import (
	"context"
	"errors"
	"net"
	"os"
	"regexp"
	"strings"

	"headtab/wasm/internal/wire"
)

// This file is the only place that decides by text: tailscaled and gVisor have no codes.
// The table test quotes the real texts with their versions.

// classifyBanner maps what tailscaled says before it refuses (v1.74 to v1.102,
// ssh/tailssh) to a code, or gives nil.
func classifyBanner(banner, node, login string) *wire.Error {
	cause := errors.New(strings.TrimSpace(banner))
	params := []string{"node", node, "login", login}
	switch {
	case strings.Contains(banner, `failed to look up local user "*"`):
		return wire.New(wire.CodeSSHLoginWildcard, cause, params...)
	case strings.Contains(banner, "failed to look up local user"):
		return wire.New(wire.CodeSSHLoginUnknown, cause, params...)
	case strings.Contains(banner, "tailnet policy does not permit you to SSH as user"):
		return wire.New(wire.CodeSSHPolicyDeniesLogin, cause, params...)
	case strings.Contains(banner, "tailnet policy does not permit you to SSH to this node"),
		strings.Contains(banner, "tailscale: access denied"),
		strings.Contains(banner, "failed to evaluate tailnet policy"):
		return wire.New(wire.CodeSSHPolicyDeniesNode, cause, params...)
	case strings.Contains(banner, "failed to fetch next SSH action"):
		return wire.New(wire.CodeSSHCheckExpired, cause, params...)
	default:
		return nil
	}
}

// isRevoked tells that tailscaled ended a running session because the policy changed.
func isRevoked(tail string) bool { return strings.Contains(tail, "Access revoked.") }

// checkURL is the link of an additional check (Headscale 0.29: `# To authenticate,
// visit: URL`). Only http(s); whether it leads to the own Headscale is the window's test.
func checkURL(banner string) *string {
	match := checkPattern.FindStringSubmatch(banner)
	if match == nil {
		return nil
	}
	return &match[1]
}

var checkPattern = regexp.MustCompile(`(?m)^# To authenticate, visit:?\s+(https?://[^\s"<>]{1,1000})`)

type dialFailure int

const (
	dialFailed dialFailure = iota
	dialRefused
	dialTimedOut
)

// classifyDial tells the ways a TCP dial fails. gVisor's texts: tcpip.ErrConnectionRefused,
// ErrTimeout, ErrHostUnreachable, ErrNetworkUnreachable.
func classifyDial(err error) dialFailure {
	var netErr net.Error
	switch {
	case strings.Contains(err.Error(), "connection was refused"):
		return dialRefused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &netErr) && netErr.Timeout(),
		strings.Contains(err.Error(), "operation timed out"):
		return dialTimedOut
	default:
		return dialFailed
	}
}

// IsRefused tells that a port refused a TCP dial.
func IsRefused(err error) bool { return classifyDial(err) == dialRefused }

// isAuthRefused tells that the server took none of the methods (x/crypto v0.54,
// client_auth.go); the other ends of a handshake are broken connections.
func isAuthRefused(err error) bool {
	return strings.Contains(err.Error(), "ssh: unable to authenticate")
}

// isCutOff tells that the server disconnected at the last of the failures that it allows: OpenSSH and x/crypto with
// reason 2 (protocol error) and that text, others with 14 (no more authentication methods, RFC 4253, 11.1).
func isCutOff(err error) bool { return cutOffPattern.MatchString(err.Error()) }

// x/crypto v0.54 keeps the type to itself (messages.go, disconnectMsg).
var cutOffPattern = regexp.MustCompile(`ssh: disconnect, reason (14: |2: "[Tt]oo many authentication failures)`)
