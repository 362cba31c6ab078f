// Package probe looks at one peer from this node, leg by leg: does WireGuard answer, does
// port 22 take a connection, does it greet as SSH. It never signs in anywhere.
package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"headtab/wasm/internal/sshclient"
	"headtab/wasm/internal/wire"
)

// How long each leg may take. A ping holds up to four WireGuard handshakes, within 3.75 s.
const (
	pingTimeout    = 6 * time.Second
	dialTimeout    = 6 * time.Second
	versionTimeout = 5 * time.Second
	versionMax     = 255
)

// Net is the node that looks.
type Net interface {
	// Peer is the netmap's entry of an address, now.
	Peer(address netip.Addr) (sshclient.Peer, bool)
	// Ping goes through WireGuard and back.
	Ping(ctx context.Context, address netip.Addr) (time.Duration, error)
	// Dial opens TCP to a peer.
	Dial(ctx context.Context, address netip.AddrPort) (net.Conn, error)
}

// Run looks at a peer. The legs come in their order; after the first that failed they are not reached.
// An address that the netmap does not show is not dialled at all.
func Run(ctx context.Context, n Net, address netip.Addr, port uint16) []wire.ProbeLeg {
	peer, isVisible := n.Peer(address)
	if !isVisible {
		return legs(failed("wireguard", 0, wire.New(wire.CodeAgentPeerHidden, nil,
			"address", address.String())))
	}
	if peer.IsOffline {
		lastSeen := peer.LastSeen
		if lastSeen == "" {
			lastSeen = "at an unknown time"
		}
		return legs(failed("wireguard", 0, wire.New(wire.CodeNodeOffline, nil,
			"node", peer.Name, "lastSeen", lastSeen)))
	}
	path, pingErr := ping(ctx, n, address)
	tcp, conn := dial(ctx, n, address, port, peer.Name)
	if conn == nil {
		// A peer that answers neither says nothing about its port.
		if pingErr != nil && tcp.Error.Code != wire.CodeTCPRefused {
			// Its region is dialled by what was sent to it: only now is known whether that stands.
			if now, isVisible := n.Peer(address); isVisible && now.LostRegion != "" {
				return legs(failed("wireguard", path, now.RegionLost(pingErr)))
			}
			return legs(failed("wireguard", path, wire.New(wire.CodeWireguardTimeout, pingErr,
				"node", peer.Name, "seconds", strconv.Itoa(int(pingTimeout.Seconds())))))
		}
		return legs(ok("wireguard", path, ""), tcp)
	}
	defer conn.Close()
	return legs(ok("wireguard", path, ""), tcp, version(ctx, conn, peer.Name))
}

// ping is the round trip, or how long was waited in vain.
func ping(ctx context.Context, n Net, address netip.Addr) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	began := time.Now()
	roundTrip, err := n.Ping(ctx, address)
	if err != nil {
		return time.Since(began), err
	}
	return roundTrip, nil
}

func dial(ctx context.Context, n Net, address netip.Addr, port uint16, node string) (wire.ProbeLeg, net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	began := time.Now()
	conn, err := n.Dial(ctx, netip.AddrPortFrom(address, port))
	took := time.Since(began)
	switch {
	case err == nil:
		return ok("tcp", took, ""), conn
	case sshclient.IsRefused(err):
		return failed("tcp", took, wire.New(wire.CodeTCPRefused, err, "node", node)), nil
	default:
		return failed("tcp", took, wire.New(wire.CodeTCPTimeout, err,
			"node", node, "seconds", strconv.Itoa(int(dialTimeout.Seconds())))), nil
	}
}

// version reads up to the version line; other lines may stand before it (RFC 4253, 4.2).
func version(ctx context.Context, conn net.Conn, node string) wire.ProbeLeg {
	began := time.Now()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.SetReadDeadline(began.Add(versionTimeout)); err != nil {
		return failed("ssh", 0, err)
	}
	reader := bufio.NewReader(io.LimitReader(conn, 16*versionMax))
	first := ""
	for {
		line, err := reader.ReadString('\n')
		text := printable(line)
		if first == "" {
			first = text
		}
		if strings.HasPrefix(text, "SSH-") {
			return ok("ssh", time.Since(began), text)
		}
		if err == nil {
			continue
		}
		took := time.Since(began)
		if first == "" && !errors.Is(err, io.EOF) {
			return failed("ssh", took, wire.New(wire.CodeSSHTimeout, err, "node", node,
				"seconds", strconv.Itoa(int(versionTimeout.Seconds())), "step", "its greeting"))
		}
		if first == "" {
			return failed("ssh", took, wire.New(wire.CodeSSHClosedEarly, err, "node", node,
				"reason", "it said nothing"))
		}
		return failed("ssh", took, wire.New(wire.CodeSSHNotSSH, err, "node", node, "banner", first))
	}
}

// printable is a line of a stranger: ASCII, one line, cut.
func printable(line string) string {
	clean := bytes.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, []byte(line))
	return string(clean[:min(len(clean), versionMax)])
}

func ok(leg string, took time.Duration, detail string) wire.ProbeLeg {
	return wire.ProbeLeg{Leg: leg, IsOK: true, TookMS: ms(took), Detail: detail}
}

func failed(leg string, took time.Duration, err error) wire.ProbeLeg {
	e := wire.ToWire(err)
	return wire.ProbeLeg{Leg: leg, TookMS: ms(took), Error: &e}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func legs(all ...wire.ProbeLeg) []wire.ProbeLeg { return all }
