package tailnode

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/netmap"

	"headtab/wasm/internal/wire"
)

const hostKeyLine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQ9WYmC1sTpCEkvL1QCLFBnAMBNuU0nR3bXKj9xVhkL"

func node(id int, name string, addresses ...string) *tailcfg.Node {
	n := &tailcfg.Node{
		ID: tailcfg.NodeID(id), StableID: tailcfg.StableNodeID(fmt.Sprint(id)), Name: name,
		Hostinfo: (&tailcfg.Hostinfo{OS: "linux"}).View(),
	}
	for _, a := range addresses {
		n.Addresses = append(n.Addresses, netip.MustParsePrefix(a))
	}
	return n
}

func netmapOf(peers ...*tailcfg.Node) *netmap.NetworkMap {
	nm := &netmap.NetworkMap{SelfNode: node(1, "own.tailnet.example.", "100.64.0.1/32").View()}
	for _, p := range peers {
		nm.Peers = append(nm.Peers, p.View())
	}
	return nm
}

func TestN12SnapshotShapes(t *testing.T) {
	t.Run("no peers", func(t *testing.T) {
		if got := snapshot(netmapOf(), 0); got.Peers == nil || len(got.Peers) != 0 {
			t.Errorf("peers = %v, want an empty list, not null", got.Peers)
		}
	})
	t.Run("5,000 peers", func(t *testing.T) {
		var peers []*tailcfg.Node
		for i := range 5000 {
			peers = append(peers, node(i+2, fmt.Sprintf("n%d.tailnet.example.", i), "100.64.1.1/32"))
		}
		if got := snapshot(netmapOf(peers...), 0); len(got.Peers) != 5000 {
			t.Errorf("%d peers, want 5000", len(got.Peers))
		}
	})
	t.Run("odd names cross as they are", func(t *testing.T) {
		for _, name := range []string{
			"🚀", "<img src=x onerror=alert(1)>", "\u202Egnp", strings.Repeat("x", 500),
		} {
			if got := snapshot(netmapOf(node(2, name+".tailnet.example.", "100.64.0.2/32")), 0); got.Peers[0].Name != name {
				t.Errorf("name = %q, want %q", got.Peers[0].Name, name)
			}
		}
	})
	t.Run("equal names keep their ids", func(t *testing.T) {
		got := snapshot(netmapOf(node(2, "a.x.", "100.64.0.2/32"), node(3, "a.x.", "100.64.0.3/32")), 0)
		if got.Peers[0].ID == got.Peers[1].ID {
			t.Error("two peers share an id")
		}
	})
	t.Run("IPv6 only, and IPv4 first where there are both", func(t *testing.T) {
		got := snapshot(netmapOf(
			node(2, "six.x.", "fd7a::2/128"), node(3, "both.x.", "fd7a::3/128", "100.64.0.3/32"),
		), 0)
		if fmt.Sprint(got.Peers[0].Addresses) != "[fd7a::2]" ||
			fmt.Sprint(got.Peers[1].Addresses) != "[100.64.0.3 fd7a::3]" {
			t.Errorf("addresses = %v, %v", got.Peers[0].Addresses, got.Peers[1].Addresses)
		}
	})
	t.Run("without MagicDNS the machine's own name", func(t *testing.T) {
		n := node(2, "", "100.64.0.2/32")
		n.Hostinfo = (&tailcfg.Hostinfo{Hostname: "box"}).View()
		if got := snapshot(netmapOf(n), 0); got.Peers[0].Name != "box" || got.Peers[0].DNSName != "" {
			t.Errorf("name = %q", got.Peers[0].Name)
		}
	})
}

func TestSnapshotOfAPeer(t *testing.T) {
	seen := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	online := true
	n := node(7, "web-1.tailnet.example.", "100.64.0.7/32")
	n.Online, n.LastSeen, n.User = &online, &seen, 5
	n.Hostinfo = (&tailcfg.Hostinfo{OS: "linux", SSH_HostKeys: []string{hostKeyLine, "broken"}}).View()
	nm := netmapOf(n)
	nm.UserProfiles = map[tailcfg.UserID]tailcfg.UserProfileView{
		5: (&tailcfg.UserProfile{ID: 5, LoginName: "alice", DisplayName: "Alice"}).View(),
	}
	p := snapshot(nm, 0).Peers[0]
	if p.Name != "web-1" || p.DNSName != "web-1.tailnet.example" || !p.IsOnline ||
		*p.LastSeenMS != seen.UnixMilli() || p.OS != "linux" || !p.HasTailscaleSSH ||
		len(p.HostKeys) != 1 || p.HostKeys[0].Type != "ssh-ed25519" || p.Owner != "Alice" {
		t.Errorf("peer = %+v", p)
	}
	n.Tags = []string{"tag:web"}
	nm.Peers = []tailcfg.NodeView{n.View()}
	if p := snapshot(nm, 0).Peers[0]; p.Owner != "" || p.Tags[0] != "tag:web" {
		t.Errorf("a tagged peer has owner %q and tags %v", p.Owner, p.Tags)
	}
}

// The texts are Headscale's, 0.28 to 0.29.3, as RegisterResponse.Error.
func TestClassifyRegister(t *testing.T) {
	for text, want := range map[string]wire.Code{
		"authkey already used":                     wire.CodeKeyUsed,
		"authkey expired":                          wire.CodeKeyExpired,
		"invalid pre auth key":                     wire.CodeKeyRefused,
		"AuthKey not found":                        wire.CodeKeyRefused,
		"requested tags [tag:x] are not permitted": wire.CodeKeyRefused,
	} {
		if got := classifyRegister(text); got.Code != want {
			t.Errorf("classifyRegister(%q) = %s, want %s", text, got.Code, want)
		}
	}
	if reason := classifyRegister(strings.Repeat("ü", 5000)).Params["reason"]; len([]rune(reason)) > 201 {
		t.Errorf("a reason of %d characters", len([]rune(reason)))
	}
}

func TestWindowFollowsTheRoundTrip(t *testing.T) {
	for roundTrip, want := range map[time.Duration]int{
		0: 64 << 10, 10 * time.Millisecond: 64 << 10, 20 * time.Millisecond: 170393,
		30 * time.Millisecond: 256 << 10, time.Hour: 256 << 10, -time.Second: 64 << 10,
	} {
		if got := windowFor(roundTrip); got != want {
			t.Errorf("windowFor(%v) = %d, want %d", roundTrip, got, want)
		}
	}
}

func TestN4TheHomeRegionIsTheOwnNodesChoice(t *testing.T) {
	nm := netmapOf()
	nm.SelfNode = (&tailcfg.Node{HomeDERP: 1}).View()
	nm.DERPMap = &tailcfg.DERPMap{Regions: map[int]*tailcfg.DERPRegion{2: {RegionID: 2, RegionCode: "b"}}}
	n := &Node{}
	if home := n.home(nm); home != 1 {
		t.Errorf("home = %d, want what control tells", home)
	}
	n.homeDERP.Store(2)
	if region := snapshot(nm, n.home(nm)).Own.DERPRegion; region == nil || region.ID != 2 || region.Code != "b" {
		t.Errorf("region = %+v, want the one that it has moved to", region)
	}
}
