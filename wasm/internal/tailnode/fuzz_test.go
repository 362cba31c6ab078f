package tailnode

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"tailscale.com/tailcfg"
	"tailscale.com/types/netmap"

	"headtab/wasm/internal/wire"
)

// What a control server may send. `npm run fuzz` goes on with other inputs; what broke it once lies in
// testdata/fuzz, and is tried by each `go test`.

func FuzzNetmap(f *testing.F) {
	for _, text := range []string{
		`{"Node":{"StableID":"1","Name":"own.x.","Addresses":["100.64.0.1/32"]},"Peers":[]}`,
		`{"Node":{"HomeDERP":1},"Peers":[{"StableID":"2","Name":"web-1.x.","Addresses":["fd7a::2/128","100.64.0.2/32"],
		"Online":true,"LastSeen":"2026-11-23T12:00:00Z","Tags":["tag:web"],
		"Hostinfo":{"OS":"linux","Hostname":"box","sshHostKeys":["` + hostKeyLine + `","x"]}}],
		"DERPMap":{"Regions":{"1":{"RegionID":1,"RegionCode":"a","Nodes":[{"HostName":"derp.example","DERPPort":443}]}}},
		"UserProfiles":[{"ID":1,"LoginName":"alice","DisplayName":"Alice"}]}`,
		`{"Node":{},"Peers":[{},null],"DERPMap":{"Regions":{"1":null,"2":{"Nodes":[null]},"-5":{"Nodes":[{"DERPPort":-1}]}}}}`,
		`{"Node":{},"Peers":[{"Name":"\u202e","Addresses":["100.64.0.0/10",""]}]}`,
		`{"Node":{},"DERPMap":null}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var sent tailcfg.MapResponse
		if json.Unmarshal(text, &sent) != nil || sent.Node == nil {
			return
		}
		nm := &netmap.NetworkMap{
			SelfNode: sent.Node.View(), DERPMap: sent.DERPMap,
			UserProfiles: map[tailcfg.UserID]tailcfg.UserProfileView{},
		}
		for _, peer := range sent.Peers {
			// Upstream keeps none that is not there.
			if peer != nil {
				nm.Peers = append(nm.Peers, peer.View())
			}
		}
		for i := range sent.UserProfiles {
			nm.UserProfiles[sent.UserProfiles[i].ID] = sent.UserProfiles[i].View()
		}
		seen := snapshot(nm, nm.SelfNode.HomeDERP())
		if _, err := json.Marshal(seen); err != nil {
			t.Error(err)
		}
		if len(seen.Peers) != len(nm.Peers) {
			t.Errorf("%d peers of %d", len(seen.Peers), len(nm.Peers))
		}
		for i, peer := range seen.Peers {
			if peer.Addresses == nil || peer.Tags == nil || peer.HostKeys == nil {
				t.Errorf("null where a list is promised: %+v", peer)
			}
			if len(peer.HostKeys) > wire.HostKeysMax || peer.LastSeenMS != nil && *peer.LastSeenMS > 8.64e15 {
				t.Errorf("peer = %+v", peer)
			}
			for _, address := range peer.Addresses {
				if _, err := netip.ParseAddr(address); err != nil {
					t.Error(err)
				}
			}
			if target := sshPeer(nm.Peers[i]); len(target.HostKeys) != len(peer.HostKeys) {
				t.Errorf("%d keys to hold against, %d shown", len(target.HostKeys), len(peer.HostKeys))
			}
		}
		if nm.DERPMap == nil {
			return
		}
		told := derpMap(nm)
		if _, err := json.Marshal(told); err != nil {
			t.Error(err)
		}
		for _, region := range told.Regions {
			if region.Nodes == nil || slices.ContainsFunc(region.Nodes, func(n wire.DERPNode) bool { return n.Port < 1 }) {
				t.Errorf("region = %+v", region)
			}
		}
	})
}

func FuzzRegister(f *testing.F) {
	for _, text := range []string{"authkey expired", "authkey already used", "\x1b[31mno\u202e\xff\n", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		refused := classifyRegister(text)
		if refused == nil || refused.Code == wire.CodeInternal {
			t.Fatalf("classifyRegister(%q) = %v", text, refused)
		}
		for _, param := range refused.Params {
			if !utf8.ValidString(param) || len([]rune(param)) > 201 {
				t.Errorf("a reason of %d bytes", len(param))
			}
			for _, r := range param {
				if unicode.IsControl(r) || r >= 0x202A && r <= 0x202E {
					t.Errorf("a reason with %q", r)
				}
			}
		}
	})
}
