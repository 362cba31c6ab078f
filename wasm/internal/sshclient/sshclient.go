// Package sshclient opens shells on peers: dial, host key, authentication, PTY and the
// bytes of both directions. It never decides who may do what (the target's tailscaled
// does), and it shows no prompt before the host key is verified.
package sshclient

import (
	"context"
	"net"
	"net/netip"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// Peer is what the netmap knows of a target.
type Peer struct {
	Name            string
	HostKeys        []ssh.PublicKey
	HasTailscaleSSH bool
	IsOffline       bool
	// LastSeen is RFC 3339 in UTC, or empty.
	LastSeen string
	// LostRegion is the DERP region that the peer hears at, when this node has no connection to it; else empty.
	LostRegion string
}

// RegionLost is the failure to reach a peer whose region is lost. A peer hears at its home region alone
// (tailscale.com v1.102.5), so that another region is no way to it.
func (p Peer) RegionLost(cause error) *wire.Error {
	return wire.New(wire.CodeDERPUnreachable, cause, "region", p.LostRegion,
		"reason", OneLine(p.Name, nameMax)+" hears there, and this window has no connection to it")
}

// nameMax bounds a peer's name within a sentence, in bytes.
const nameMax = 80

// Tailnet is the node that sessions run over.
type Tailnet interface {
	// Dial opens TCP to a peer.
	Dial(ctx context.Context, address netip.AddrPort) (net.Conn, error)
	// Warm has WireGuard shake hands with a peer that has not answered lately; it waits some seconds at most.
	Warm(ctx context.Context, address netip.Addr)
	// Peer is the netmap's entry of an address, now.
	Peer(address netip.Addr) (Peer, bool)
	// Changed is closed at the next netmap.
	Changed() <-chan struct{}
	// HasWay reports whether what is sent to peers leaves at all, now.
	HasWay() bool
}

// Open says where and as whom to open a shell; SshOpen of contracts/wasm.ts.
type Open struct {
	SSHSessionID       string  `json:"sshSessionId"`
	Address            string  `json:"address"`
	Login              string  `json:"login"`
	Size               Size    `json:"size"`
	TrustedFingerprint *string `json:"trustedFingerprint"`
	TrustedType        string  `json:"trustedType"`
	// Command is what the login shell runs in place of waiting for commands; empty for none.
	Command string `json:"command"`
	Port    uint16 `json:"port"`
}

// Size is a terminal in cells.
type Size struct {
	Cols int `json:"cols"`
	Rows int `json:"rows"`
}

func (s Size) clamp() Size {
	return Size{
		Cols: min(max(s.Cols, wire.TerminalColsMin), wire.TerminalColsMax),
		Rows: min(max(s.Rows, wire.TerminalRowsMin), wire.TerminalRowsMax),
	}
}

// Algorithms, explicit: x/crypto's defaults still hold SHA-1. ChaCha20-Poly1305 comes first
// because without AES instructions it is three times as fast (208 against 65 MB/s).
var (
	keyExchanges = []string{
		ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519, "curve25519-sha256@libssh.org",
		ssh.KeyExchangeECDHP256, ssh.KeyExchangeECDHP384, ssh.KeyExchangeECDHP521,
		ssh.KeyExchangeDH16SHA512, ssh.KeyExchangeDH14SHA256,
	}
	ciphers = []string{
		ssh.CipherChaCha20Poly1305, ssh.CipherAES128GCM, ssh.CipherAES256GCM,
		ssh.CipherAES256CTR, ssh.CipherAES192CTR, ssh.CipherAES128CTR,
	}
	macs = []string{
		ssh.HMACSHA256ETM, ssh.HMACSHA512ETM, ssh.HMACSHA256, ssh.HMACSHA512,
	}
)
