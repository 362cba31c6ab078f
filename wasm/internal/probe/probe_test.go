package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"headtab/wasm/internal/sshclient"
	"headtab/wasm/internal/wire"
)

var address = netip.MustParseAddr("100.64.0.7")

// fakeNet is a node that sees one peer.
type fakeNet struct {
	peer    sshclient.Peer
	pingErr error
	dialErr error
	// greeting is what the peer says before it hangs up.
	greeting string
	dials    int
}

func (f *fakeNet) Peer(a netip.Addr) (sshclient.Peer, bool) { return f.peer, a == address }

func (f *fakeNet) Ping(context.Context, netip.Addr) (time.Duration, error) {
	return 3 * time.Millisecond, f.pingErr
}

func (f *fakeNet) Dial(context.Context, netip.AddrPort) (net.Conn, error) {
	f.dials++
	if f.dialErr != nil {
		return nil, f.dialErr
	}
	here, there := net.Pipe()
	go func() {
		_, _ = there.Write([]byte(f.greeting))
		_ = there.Close()
	}()
	return here, nil
}

func TestRun(t *testing.T) {
	lost := errors.New("context deadline exceeded")
	for name, test := range map[string]struct {
		net  fakeNet
		want string
	}{
		"all well": {fakeNet{greeting: "SSH-2.0-x\r\n"}, "wireguard ok, tcp ok, ssh ok"},
		"lines before the version": {
			fakeNet{greeting: "hello\r\nSSH-2.0-x\r\n"}, "wireguard ok, tcp ok, ssh ok",
		},
		"offline": {
			fakeNet{peer: sshclient.Peer{IsOffline: true}}, "wireguard " + string(wire.CodeNodeOffline),
		},
		"its region is lost": {
			fakeNet{peer: sshclient.Peer{LostRegion: "2"}, pingErr: lost, dialErr: lost},
			"wireguard " + string(wire.CodeDERPUnreachable),
		},
		"silent": {
			fakeNet{pingErr: lost, dialErr: lost}, "wireguard " + string(wire.CodeWireguardTimeout),
		},
		"no ping, but a port": {
			fakeNet{pingErr: lost, greeting: "SSH-2.0-x\r\n"}, "wireguard ok, tcp ok, ssh ok",
		},
		"port dropped": {fakeNet{dialErr: lost}, "wireguard ok, tcp " + string(wire.CodeTCPTimeout)},
		"port refused": {
			fakeNet{pingErr: lost, dialErr: errors.New("connect tcp 100.64.0.7:22: connection was refused")},
			"wireguard ok, tcp " + string(wire.CodeTCPRefused),
		},
		"another service": {
			fakeNet{greeting: "220 mail\r\n"}, "wireguard ok, tcp ok, ssh " + string(wire.CodeSSHNotSSH),
		},
		"says nothing": {fakeNet{}, "wireguard ok, tcp ok, ssh " + string(wire.CodeSSHClosedEarly)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text(Run(context.Background(), &test.net, address, 22)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestAStrangerIsNotDialled(t *testing.T) {
	n := &fakeNet{greeting: "SSH-2.0-x\r\n"}
	got := text(Run(context.Background(), n, netip.MustParseAddr("127.0.0.1"), 22))
	if got != "wireguard "+string(wire.CodeAgentPeerHidden) || n.dials != 0 {
		t.Errorf("got %s after %d dials", got, n.dials)
	}
}

func TestAGreetingIsCutToPlainText(t *testing.T) {
	n := &fakeNet{greeting: "\x1b]0;evil\x07" + strings.Repeat("ü x", 500) + "\n"}
	all := Run(context.Background(), n, address, 22)
	banner := all[2].Error.Params["banner"]
	if strings.ContainsAny(banner, "\x1b\x07ü") || len(banner) > versionMax {
		t.Errorf("banner of %d bytes: %q", len(banner), banner)
	}
}

func text(all []wire.ProbeLeg) string {
	out := make([]string, len(all))
	for i, leg := range all {
		result := "ok"
		if leg.Error != nil {
			result = string(leg.Error.Code)
		}
		out[i] = leg.Leg + " " + result
	}
	return strings.Join(out, ", ")
}
