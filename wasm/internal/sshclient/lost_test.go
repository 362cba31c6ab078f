package sshclient

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"headtab/wasm/internal/wire"
)

// unreached is a machine to which nothing gets through.
type unreached struct {
	stranger
	lostRegion string
	isOffline  bool
}

func (u *unreached) Dial(context.Context, netip.AddrPort) (net.Conn, error) {
	return nil, os.ErrDeadlineExceeded
}

func (u *unreached) Peer(netip.Addr) (Peer, bool) {
	return Peer{Name: "web-1", LostRegion: u.lostRegion, IsOffline: u.isOffline}, true
}

func TestN4AMachineWhoseRegionIsLostIsToldAsThat(t *testing.T) {
	for lostRegion, want := range map[string]wire.Code{
		"": wire.CodeTCPTimeout, "7": wire.CodeDERPUnreachable,
	} {
		var told *wire.ErrorJSON
		New(&unreached{lostRegion: lostRegion}, Open{Address: "100.64.0.7", Login: "root"}, func(event wire.Event) {
			if failed, is := event.(wire.SSHFailed); is {
				told = &failed.Error
			}
		}, spawn, nil).Run()
		if told == nil || told.Code != want {
			t.Fatalf("region %q: told %v, want %s", lostRegion, told, want)
		}
		if lostRegion != "" && (told.Params["region"] != "7" || !strings.HasPrefix(told.Params["reason"], "web-1 ")) {
			t.Errorf("params = %v", told.Params)
		}
	}
}

func TestAMachineThatTheNetmapTakesForOfflineIsTried(t *testing.T) {
	m := newMachine(t)
	m.isOffline = true
	tab := openTab(t, m, nil)
	tab.echoes(t, "here all the same")
	tab.session.Close()
	await(t, tab.ended, "the tab's end")

	var told *wire.ErrorJSON
	New(&unreached{isOffline: true}, Open{Address: "100.64.0.7", Login: "root"}, func(event wire.Event) {
		if failed, is := event.(wire.SSHFailed); is {
			told = &failed.Error
		}
	}, spawn, nil).Run()
	if told == nil || told.Code != wire.CodeNodeOffline {
		t.Fatalf("told %v, want %s", told, wire.CodeNodeOffline)
	}
}

// N7: after a sleep the host has each session asked.
func TestN7AnAskedSessionGreetsItsMachine(t *testing.T) {
	m := newMachine(t)
	m.warmed = make(chan struct{}, 1)
	tab := openTab(t, m, nil)
	tab.session.Check()
	await(t, m.warmed, "a greeting")
	tab.echoes(t, "and goes on")
	tab.session.Close()
	await(t, tab.ended, "the tab's end")
}
