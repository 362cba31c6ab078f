package tailnode

import (
	"encoding/json"

	"tailscale.com/ipn"
	"tailscale.com/ipn/store/mem"
	"tailscale.com/types/netmap"

	"headtab/wasm/internal/wire"
)

// What only the server's own node does: keep its state, tell the DERP map.

// keptStore is a store in memory that tells its whole content after each change.
type keptStore struct {
	mem.Store
	tell func(state string)
}

func (s *keptStore) WriteState(id ipn.StateKey, value []byte) error {
	if before, err := s.ReadState(id); err == nil && string(before) == string(value) {
		return nil
	}
	if err := s.Store.WriteState(id, value); err != nil {
		return err
	}
	all, err := s.ExportToJSON()
	if err != nil {
		return err
	}
	s.tell(string(all))
	return nil
}

func (n *Node) isLasting() bool { return n.cfg.Agent != nil && n.cfg.Agent.IsLasting }
func (n *Node) hasState() bool  { return n.cfg.Agent != nil && n.cfg.Agent.State != "" }

func (n *Node) newStore() (ipn.StateStore, error) {
	if !n.isLasting() {
		return new(mem.Store), nil
	}
	store := &keptStore{tell: func(state string) {
		n.cfg.Emit(wire.AgentState{Kind: "agent/state", State: state})
	}}
	if n.hasState() {
		if err := store.LoadFromJSON([]byte(n.cfg.Agent.State)); err != nil {
			return nil, err
		}
	}
	return store, nil
}

// sendDERPMap tells the map when it has changed. Only sendNetmaps calls it.
func (n *Node) sendDERPMap(nm *netmap.NetworkMap) {
	if n.cfg.Agent == nil || nm.DERPMap == nil {
		return
	}
	now := derpMap(nm)
	text, err := json.Marshal(now)
	if err != nil || string(text) == n.toldDERPMap {
		return
	}
	n.toldDERPMap = string(text)
	n.cfg.Emit(now)
}

// derpMap is every region that a browser's node may use: those with a DERP server, not STUN alone.
func derpMap(nm *netmap.NetworkMap) wire.AgentDERPMap {
	out := wire.AgentDERPMap{Kind: "agent/derp-map", Regions: []wire.DERPRegion{}}
	for _, id := range nm.DERPMap.RegionIDs() {
		r := nm.DERPMap.Regions[id]
		// JSON's null is a region, or a node, too.
		if r == nil {
			continue
		}
		region := wire.DERPRegion{ID: id, Code: r.RegionCode, Nodes: []wire.DERPNode{}}
		for _, node := range r.Nodes {
			if node == nil || node.STUNOnly || node.DERPPort < 0 {
				continue
			}
			port := node.DERPPort
			if port == 0 {
				port = 443
			}
			region.Nodes = append(region.Nodes, wire.DERPNode{
				Host: node.HostName, Port: port, IsInsecure: node.InsecureForTests,
			})
		}
		out.Regions = append(out.Regions, region)
	}
	return out
}
