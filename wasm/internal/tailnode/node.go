// Package tailnode is this window's own Tailscale node: an ephemeral one on upstream's
// userspace engine, its state in memory only. It joins, tells phases and netmaps as
// events, dials peers, and logs out.
package tailnode

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tailscale.com/control/controlclient"
	"tailscale.com/envknob"
	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnauth"
	"tailscale.com/ipn/ipnlocal"
	"tailscale.com/net/netns"
	"tailscale.com/net/tsdial"
	"tailscale.com/tailcfg"
	"tailscale.com/tsd"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
	"tailscale.com/types/logid"
	"tailscale.com/types/netmap"
	"tailscale.com/util/eventbus"
	"tailscale.com/util/singleflight"
	"tailscale.com/wgengine"
	"tailscale.com/wgengine/magicsock"
	"tailscale.com/wgengine/netstack"

	"headtab/wasm/internal/sshclient"
	"headtab/wasm/internal/wire"
)

// netmapInterval is the least time between two netmap events: a change of many peers
// comes as many notifications, and the list is drawn anew for each event.
const netmapInterval = 250 * time.Millisecond

// Config is what a node needs.
type Config struct {
	ControlURL string
	AuthKey    string
	Hostname   string
	// Agent is set for the server's own node, nil for a window's.
	Agent *AgentConfig
	// IsStock leaves upstream's TCP receive window and acknowledgements as they are; for the bench.
	IsStock bool
	// HasWay reports whether a DERP connection stands, the only way to a peer that there is.
	HasWay func() bool
	// HasWayTo is the same for a DERP server, `host:port`.
	HasWayTo func(host string) bool
	Emit     wire.Emit
	// Go runs a goroutine whose panic is reported.
	Go func(func())
	// Logf gets upstream's log; it carries no keys.
	Logf logger.Logf
}

// AgentConfig is what sets the server's own node apart: it tells the DERP map, and it may last.
type AgentConfig struct {
	// State is what a former agent/state event carried; empty for a node that is new.
	State string
	// IsLasting keeps the node in the tailnet when it goes, and tells its state as it changes.
	IsLasting bool
}

// Node is the running node.
type Node struct {
	cfg    Config
	lb     *ipnlocal.LocalBackend
	engine wgengine.Engine
	ns     *netstack.Impl
	window *receiveWindow
	acks   *Acks
	ctx    context.Context
	end    context.CancelFunc

	// pokes holds at most one wish to send a netmap.
	pokes chan struct{}

	mu         sync.Mutex
	step       string
	hasRun     bool
	hasEnded   bool
	changed    chan struct{} // closed and replaced on each netmap
	knownPeers map[netip.Addr]warmth
	// lastOnline is when a peer went offline, zero while it is online: Headscale 0.29 tells
	// that a peer went offline without telling when.
	lastOnline map[string]time.Time

	// homeDERP is the region where peers send to; control tells a node of its own only with the next whole netmap.
	homeDERP atomic.Int64

	greetings singleflight.Group[key.NodePublic, time.Duration]

	// toldDERPMap belongs to sendNetmaps.
	toldDERPMap string
}

// Start begins to join; phases and netmaps come as events until a `failed` or `stopped`.
func Start(ctx context.Context, cfg Config) (*Node, error) {
	// Without a raw socket there is nothing to bind to an interface.
	netns.SetEnabled(false)
	// A control server on plain http is a loopback tailnet, and so is its DERP.
	if strings.HasPrefix(cfg.ControlURL, "http://") {
		envknob.Setenv("TS_DEBUG_USE_DERP_HTTP", "1")
	}
	ctx, end := context.WithCancel(ctx)
	n := &Node{
		cfg: cfg, ctx: ctx, end: end, step: "control",
		pokes:      make(chan struct{}, 1),
		changed:    make(chan struct{}),
		knownPeers: map[netip.Addr]warmth{},
		lastOnline: map[string]time.Time{},
	}
	if err := n.build(); err != nil {
		end()
		return nil, err
	}
	cfg.Emit(wire.Joining(n.step))
	watching := make(chan struct{})
	cfg.Go(func() {
		// Not NotifyInitialNetMap: there is none yet.
		mask := ipn.NotifyInitialState | ipn.NotifyPeerChanges
		n.lb.WatchNotifications(ctx, mask, func() { close(watching) }, n.onNotify)
	})
	cfg.Go(n.sendNetmaps)
	cfg.Go(n.watchJoin)
	cfg.Go(func() {
		<-watching
		if err := n.login(); err != nil {
			n.fail(wire.New(wire.CodeInternal, err))
		}
	})
	return n, nil
}

func (n *Node) build() error {
	sys := tsd.NewSystem()
	events := sys.Bus.Get().Client("headtab")
	context.AfterFunc(n.ctx, events.Close)
	eventbus.SubscribeFunc(events, func(home magicsock.HomeDERPChanged) {
		n.homeDERP.Store(int64(home.New))
		n.poke()
	})
	store, err := n.newStore()
	if err != nil {
		return err
	}
	sys.Set(store)
	dialer := &tsdial.Dialer{Logf: n.cfg.Logf}
	dialer.SetBus(sys.Bus.Get())
	n.engine, err = wgengine.NewUserspaceEngine(n.cfg.Logf, wgengine.Config{
		Dialer:        dialer,
		SetSubsystem:  sys.Set,
		ControlKnobs:  sys.ControlKnobs(),
		HealthTracker: sys.HealthTracker.Get(),
		ExtraRootCAs:  sys.ExtraRootCAs,
		Metrics:       sys.UserMetricsRegistry(),
		EventBus:      sys.Bus.Get(),
	})
	if err != nil {
		return err
	}
	sys.Set(n.engine)
	n.ns, err = netstack.Create(n.cfg.Logf, sys.Tun.Get(), n.engine, sys.MagicSock.Get(), dialer,
		sys.DNSManager.Get(), sys.ProxyMapper())
	if err != nil {
		return err
	}
	sys.Set(n.ns)
	if !n.cfg.IsStock {
		if n.window, err = newReceiveWindow(n.ns); err != nil {
			return err
		}
		n.acks = newAcks()
	}
	n.ns.ProcessLocalIPs = true
	dialer.UseNetstackForIP = func(netip.Addr) bool { return true }
	dialer.NetstackDialTCP = n.dial
	sys.NetstackRouter.Set(true)
	sys.Tun.Get().Start()
	flags := controlclient.LoginEphemeral
	if n.isLasting() {
		flags = controlclient.LoginDefault
	}
	n.lb, err = ipnlocal.NewLocalBackend(n.cfg.Logf, logid.PublicID{}, sys, flags)
	if err != nil {
		return err
	}
	return n.ns.Start(n.lb)
}

func (n *Node) login() error {
	prefs := ipn.NewPrefs()
	prefs.ControlURL = n.cfg.ControlURL
	prefs.Hostname = n.cfg.Hostname
	prefs.WantRunning = true
	prefs.RouteAll = false
	prefs.CorpDNS = false
	// Nobody may connect to a browser window.
	prefs.ShieldsUp = true
	authKey := n.cfg.AuthKey
	n.cfg.AuthKey = ""
	if err := n.lb.Start(ipn.Options{UpdatePrefs: prefs, AuthKey: authKey}); err != nil {
		return err
	}
	if authKey == "" {
		// Its state holds a node key, which Start logs in with; asking again would make a new one.
		return nil
	}
	// Without it a node that has only an auth key stays in NeedsLogin.
	return n.lb.StartLoginInteractive(n.ctx)
}

// onNotify must not call the backend: it may hold its lock.
func (n *Node) onNotify(notify *ipn.Notify) (keepGoing bool) {
	if notify.ErrMessage != nil {
		n.refused(*notify.ErrMessage)
	}
	if notify.BrowseToURL != nil && *notify.BrowseToURL != "" {
		// Control asks for an interactive login: it did not take the key, or no longer knows us.
		n.refused("an interactive login is asked for")
	}
	if notify.State != nil {
		switch *notify.State {
		case ipn.Starting:
			n.enter("netmap")
		case ipn.Running:
			n.running()
		case ipn.NeedsLogin:
			n.mu.Lock()
			hasRun := n.hasRun
			n.mu.Unlock()
			// With a state of its own it had a key that control no longer takes.
			if hasRun || n.hasState() {
				n.fail(wire.New(wire.CodeNodeRemoved, nil))
			}
		case ipn.NeedsMachineAuth:
			n.refused("the node waits for an admin's approval")
		}
	}
	if notify.LoginFinished != nil {
		n.enter("netmap")
	}
	if notify.SelfChange != nil || len(notify.PeersChanged) > 0 || len(notify.PeersRemoved) > 0 ||
		notify.State != nil {
		n.poke()
	}
	return n.ctx.Err() == nil
}

func (n *Node) poke() {
	select {
	case n.pokes <- struct{}{}:
	default:
	}
}

// Registering tells that the control connection stands, so that the next step can be named.
func (n *Node) Registering() { n.enter("register") }

func (n *Node) enter(step string) {
	n.mu.Lock()
	later := !n.hasRun && !n.hasEnded && stepOrder(step) > stepOrder(n.step)
	if later {
		n.step = step
	}
	n.mu.Unlock()
	if later {
		n.cfg.Emit(wire.Joining(step))
	}
}

func stepOrder(step string) int {
	for i, s := range []string{"control", "register", "netmap"} {
		if s == step {
			return i
		}
	}
	return -1
}

func (n *Node) running() {
	n.mu.Lock()
	first := !n.hasRun && !n.hasEnded
	n.hasRun = true
	n.mu.Unlock()
	if first {
		n.cfg.Emit(wire.At("running"))
	}
}

// refused is control's own text about a registration.
func (n *Node) refused(text string) {
	n.mu.Lock()
	hasRun := n.hasRun
	n.mu.Unlock()
	if hasRun {
		n.fail(wire.New(wire.CodeNodeRemoved, errors.New(text)))
		return
	}
	n.fail(classifyRegister(text))
}

func (n *Node) fail(err error) {
	n.mu.Lock()
	first := !n.hasEnded
	n.hasEnded = true
	n.mu.Unlock()
	if first {
		n.cfg.Emit(wire.Failed(err))
		n.end()
		// From a goroutine: Shutdown waits for the callback that may have called us.
		n.cfg.Go(n.lb.Shutdown)
	}
}

// watchJoin ends a join that hangs: a lost start gives neither prompt nor error.
func (n *Node) watchJoin() {
	timer := time.NewTimer(wire.JoinTimeoutMS * time.Millisecond)
	defer timer.Stop()
	select {
	case <-n.ctx.Done():
	case <-timer.C:
		n.mu.Lock()
		hasRun, step := n.hasRun, n.step
		n.mu.Unlock()
		if !hasRun {
			n.fail(wire.New(wire.CodeNodeJoinTimeout, nil,
				"seconds", strconv.Itoa(wire.JoinTimeoutMS/1000), "step", step))
		}
	}
}

// sendNetmaps turns pokes into events, at most one per netmapInterval.
func (n *Node) sendNetmaps() {
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-n.pokes:
		}
		if nm := n.lb.NetMapWithPeers(); nm != nil && nm.SelfNode.Valid() {
			now := snapshot(nm, n.home(nm))
			n.rememberSeen(now.Peers)
			n.sendDERPMap(nm)
			n.cfg.Emit(wire.NodeNetmap{Kind: "node/netmap", Netmap: now})
			n.mu.Lock()
			close(n.changed)
			n.changed = make(chan struct{})
			n.mu.Unlock()
		}
		select {
		case <-n.ctx.Done():
			return
		case <-time.After(netmapInterval):
		}
	}
}

// home is the region where peers send to, 0 when there is none yet.
func (n *Node) home(nm *netmap.NetworkMap) int {
	if id := int(n.homeDERP.Load()); id != 0 {
		return id
	}
	return nm.SelfNode.HomeDERP()
}

// rememberSeen notes who is online, and fills in when those who are not were.
func (n *Node) rememberSeen(peers []wire.Peer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, p := range peers {
		if p.IsOnline {
			n.lastOnline[p.ID] = time.Time{}
			continue
		}
		seen, known := n.lastOnline[p.ID]
		if !known {
			continue
		}
		if seen.IsZero() {
			// It was online up to this netmap.
			seen = time.Now()
			n.lastOnline[p.ID] = seen
		}
		if p.LastSeenMS == nil {
			ms := seen.UnixMilli()
			peers[i].LastSeenMS = &ms
		}
	}
}

// Peer is the peer with this address in the netmap of now.
func (n *Node) Peer(address netip.Addr) (sshclient.Peer, bool) {
	nm, p, isVisible := n.find(address)
	if !isVisible {
		return sshclient.Peer{}, false
	}
	found := sshPeer(p)
	if !n.hasWayToHome(nm, p) {
		found.LostRegion = strconv.Itoa(p.HomeDERP())
	}
	n.mu.Lock()
	seen, known := n.lastOnline[string(p.StableID())]
	n.mu.Unlock()
	if found.LastSeen == "" && known && !seen.IsZero() {
		found.LastSeen = seen.UTC().Format(time.RFC3339)
	}
	return found, true
}

// find is the netmap of now, and the peer with this address in it.
func (n *Node) find(address netip.Addr) (*netmap.NetworkMap, tailcfg.NodeView, bool) {
	nm := n.lb.NetMapWithPeers()
	if nm == nil {
		return nil, tailcfg.NodeView{}, false
	}
	for _, p := range nm.Peers {
		for _, prefix := range p.Addresses().All() {
			if prefix.Addr() == address {
				return nm, p, true
			}
		}
	}
	return nm, tailcfg.NodeView{}, false
}

// hasWayToHome reports whether the region that a peer hears at is connected; true where the map does not name it.
func (n *Node) hasWayToHome(nm *netmap.NetworkMap, p tailcfg.NodeView) bool {
	host := derpHost(nm.DERPMap, p.HomeDERP())
	return host == "" || n.cfg.HasWayTo(host)
}

// HasWay reports whether what is sent to a peer leaves at all, now.
func (n *Node) HasWay() bool { return n.cfg.HasWay() }

// Changed is closed at the next netmap.
func (n *Node) Changed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.changed
}

// Dial connects to a peer. A ping goes first, as the cheap packet that starts WireGuard's
// handshake, and tells the round trip that the window follows.
func (n *Node) Dial(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	n.Warm(ctx, address.Addr())
	windowBytes := 0
	if n.window != nil {
		n.mu.Lock()
		known := n.knownPeers[address.Addr()]
		n.mu.Unlock()
		windowBytes = n.window.follow(known.roundTrip)
	}
	conn, err := n.dial(ctx, address)
	if gathered, ok := conn.(*gatheredConn); ok {
		gathered.windowBytes = windowBytes
	}
	return conn, err
}

func (n *Node) dial(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	conn, err := n.ns.DialContextTCP(ctx, address)
	if err != nil {
		// Not `return conn, err`: a nil *TCPConn in a net.Conn is not nil.
		return nil, err
	}
	if n.acks == nil {
		return conn, nil
	}
	gathered, err := n.acks.join(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return gathered, nil
}

// Acks wants to be told of the turns of Go's work; nil with IsStock.
func (n *Node) Acks() *Acks { return n.acks }

// Logout tells control that the node is gone, which deletes an ephemeral one.
func (n *Node) Logout(ctx context.Context) {
	n.mu.Lock()
	ended := n.hasEnded
	n.hasEnded = true
	n.mu.Unlock()
	if ended {
		return
	}
	if err := n.lb.Logout(ctx, ipnauth.Self); err != nil {
		n.cfg.Logf("logout: %v", err)
	}
	n.cfg.Emit(wire.At("stopped"))
	n.end()
}
