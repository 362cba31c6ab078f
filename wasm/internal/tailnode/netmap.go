package tailnode

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"tailscale.com/tailcfg"
	"tailscale.com/types/netmap"

	"headtab/wasm/internal/sshclient"
	"headtab/wasm/internal/wire"
)

// snapshot is the netmap as the window sees it. Names are text of strangers: they cross
// as they are, the window shows them as text.
func snapshot(nm *netmap.NetworkMap, home int) wire.Netmap {
	out := wire.Netmap{
		Own: wire.OwnNode{
			Name:      nodeName(nm.SelfNode),
			Addresses: addresses(nm.SelfNode),
			Domain:    nm.MagicDNSSuffix(),
		},
		Peers: make([]wire.Peer, 0, len(nm.Peers)),
	}
	if home != 0 {
		region := &wire.Region{ID: home}
		if nm.DERPMap != nil && nm.DERPMap.Regions[home] != nil {
			region.Code = nm.DERPMap.Regions[home].RegionCode
		}
		out.Own.DERPRegion = region
	}
	for _, p := range nm.Peers {
		out.Peers = append(out.Peers, peer(nm, p))
	}
	return out
}

func peer(nm *netmap.NetworkMap, p tailcfg.NodeView) wire.Peer {
	out := wire.Peer{
		ID:        string(p.StableID()),
		Name:      nodeName(p),
		DNSName:   strings.TrimSuffix(p.Name(), "."),
		Addresses: addresses(p),
		HostKeys:  []wire.HostKey{},
		Tags:      p.Tags().AsSlice(),
	}
	if out.Tags == nil {
		out.Tags = []string{}
	}
	if online, ok := p.Online().GetOk(); ok {
		out.IsOnline = online
	}
	if seen, ok := p.LastSeen().GetOk(); ok && !seen.IsZero() {
		ms := seen.UnixMilli()
		out.LastSeenMS = &ms
	}
	if info := p.Hostinfo(); info.Valid() {
		out.OS = info.OS()
		out.HasTailscaleSSH = info.TailscaleSSHEnabled()
		for _, key := range sshclient.ParseHostKeys(info.SSH_HostKeys().AsSlice()) {
			out.HostKeys = append(out.HostKeys, wire.HostKey{
				Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key),
			})
		}
	}
	if len(out.Tags) == 0 {
		if profile, ok := nm.UserProfiles[p.User()]; ok && profile.Valid() {
			out.Owner = profile.DisplayName()
			if out.Owner == "" {
				out.Owner = profile.LoginName()
			}
		}
	}
	return out
}

func sshPeer(p tailcfg.NodeView) sshclient.Peer {
	out := sshclient.Peer{Name: nodeName(p)}
	if online, ok := p.Online().GetOk(); ok && !online {
		out.IsOffline = true
	}
	if seen, ok := p.LastSeen().GetOk(); ok && !seen.IsZero() {
		out.LastSeen = seen.UTC().Format(time.RFC3339)
	}
	if info := p.Hostinfo(); info.Valid() {
		out.HostKeys = sshclient.ParseHostKeys(info.SSH_HostKeys().AsSlice())
		out.HasTailscaleSSH = info.TailscaleSSHEnabled()
	}
	return out
}

// derpHost is the server of a region that this node dials, the first (tailscale.com v1.102.5), as `host:port`; empty
// without one.
func derpHost(regions *tailcfg.DERPMap, id int) string {
	if regions == nil || regions.Regions[id] == nil || len(regions.Regions[id].Nodes) == 0 {
		return ""
	}
	server := regions.Regions[id].Nodes[0]
	if server == nil {
		return ""
	}
	return net.JoinHostPort(server.HostName, strconv.Itoa(cmp.Or(server.DERPPort, 443)))
}

// nodeName is the first label of the MagicDNS name, or the machine's own name without MagicDNS.
func nodeName(p tailcfg.NodeView) string {
	label, _, _ := strings.Cut(p.Name(), ".")
	if label == "" && p.Hostinfo().Valid() {
		label = p.Hostinfo().Hostname()
	}
	if label == "" {
		label = string(p.StableID())
	}
	return label
}

// addresses are the node's own, IPv4 first.
func addresses(p tailcfg.NodeView) []string {
	all := make([]netip.Addr, 0, p.Addresses().Len())
	for _, prefix := range p.Addresses().All() {
		if prefix.IsSingleIP() {
			all = append(all, prefix.Addr())
		}
	}
	slices.SortStableFunc(all, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = a.String()
	}
	return out
}
