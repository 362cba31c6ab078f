package tailnode

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"tailscale.com/tailcfg"
)

const (
	// warmFor is how long an answered ping makes another one needless.
	warmFor = 2 * time.Minute
	// sessionFor is WireGuard's Reject-After-Time (its white paper, 6.1): older keys open nothing.
	sessionFor = 3 * time.Minute
	// secondPingFor is for a round trip alone, over a session that stands.
	secondPingFor = time.Second
)

// greetWaits is how long each greeting may take. In the first a handshake over a round trip of 250 ms stands; all of
// them end before WireGuard itself would send a lost handshake again, after 5 s.
var greetWaits = [...]time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

var (
	// errSilent is a peer that shook hands and has not answered the ping yet.
	errSilent = errors.New("a session stands, no ping was answered")
	// errNoAnswer is a peer that a greeting did not move to an answer.
	errNoAnswer = errors.New("the peer answers nothing")
)

// warmth is when a peer answered last, and its round trip; zero when it was not learned.
type warmth struct {
	at        time.Time
	roundTrip time.Duration
}

// isWithin reports whether it is less long ago, by the wall: the other clock stands still while most machines sleep, and
// a peer's keys age meanwhile. What lies ahead of a clock that was set back is not.
func isWithin(at time.Time, last time.Duration) bool {
	age := time.Since(at.Round(0))
	return age >= 0 && age < last
}

// Warm greets a peer that has not answered lately, and learns its round trip.
func (n *Node) Warm(ctx context.Context, address netip.Addr) {
	n.mu.Lock()
	known := n.knownPeers[address]
	n.mu.Unlock()
	if isWithin(known.at, warmFor) && n.hasSession(address) {
		return
	}
	roundTrip, err := n.greet(ctx, address)
	if err != nil && !errors.Is(err, errSilent) {
		return
	}
	n.answered(address, roundTrip)
	// The first round trip holds the handshake, so the second is the one to go by.
	ctx, cancel := context.WithTimeout(ctx, secondPingFor)
	defer cancel()
	if roundTrip, err = n.ping(ctx, address); err == nil {
		n.answered(address, roundTrip)
	}
}

func (n *Node) answered(address netip.Addr, roundTrip time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.knownPeers[address] = warmth{at: time.Now(), roundTrip: roundTrip}
}

// Ping goes to a peer through WireGuard and back; the handshake that it may need is tried more than once.
func (n *Node) Ping(ctx context.Context, address netip.Addr) (time.Duration, error) {
	roundTrip, err := n.greet(ctx, address)
	if errors.Is(err, errSilent) || errors.Is(err, errNoAnswer) {
		return n.ping(ctx, address)
	}
	return roundTrip, err
}

// greet is one greeting for all who want a peer at the same time: two would forget each other's handshakes.
func (n *Node) greet(ctx context.Context, address netip.Addr) (time.Duration, error) {
	_, node, isKnown := n.find(address)
	if !isKnown {
		return 0, errNoAnswer
	}
	for {
		greeted := <-n.greetings.DoChanContext(ctx, node.Key(), func(ctx context.Context) (time.Duration, error) {
			return greet(ctx, n, address)
		})
		// One that everybody else has left ends for whoever joined it last, too.
		if !errors.Is(greeted.Err, context.Canceled) || ctx.Err() != nil {
			return greeted.Val, greeted.Err
		}
	}
}

// wireGuard is what a greeting needs of the engine.
type wireGuard interface {
	// ping goes to a peer and back once.
	ping(ctx context.Context, address netip.Addr) (time.Duration, error)
	// hasSession reports whether a handshake with the peer stands.
	hasSession(address netip.Addr) bool
	// forget lets the next packet to a peer begin a handshake of its own, where one could have arrived.
	forget(address netip.Addr)
}

// greet pings a peer until it answers, or a session with it stands. A peer hears of a new node about when that node
// hears of it (Headscale tells all at once, up to 800 ms late): what comes before is dropped, without a word, and
// WireGuard waits 5 s before it shakes hands anew. So a handshake that got no answer is forgotten and begun again.
func greet(ctx context.Context, peers wireGuard, address netip.Addr) (time.Duration, error) {
	for _, wait := range greetWaits {
		attempt, cancel := context.WithTimeout(ctx, wait)
		roundTrip, err := peers.ping(attempt, address)
		isLate := attempt.Err() != nil
		cancel()
		switch {
		case err == nil:
			return roundTrip, nil
		case ctx.Err() != nil || !isLate:
			return 0, err
		case peers.hasSession(address):
			return 0, errSilent
		}
		peers.forget(address)
	}
	return 0, errNoAnswer
}

// ping is TSMP, not disco: magicsock sends no disco pings under js (tailscale.com v1.102.5).
func (n *Node) ping(ctx context.Context, address netip.Addr) (time.Duration, error) {
	result, err := n.lb.Ping(ctx, address, tailcfg.PingTSMP, 0)
	if err != nil {
		return 0, err
	}
	if result.Err != "" {
		return 0, errors.New(result.Err)
	}
	return time.Duration(result.LatencySeconds * float64(time.Second)), nil
}

func (n *Node) hasSession(address netip.Addr) bool {
	_, node, isKnown := n.find(address)
	if !isKnown {
		return false
	}
	peer, isActive := n.engine.PeerByKey(node.Key())
	return isActive && isWithin(peer.LastHandshake(), sessionFor)
}

func (n *Node) forget(address netip.Addr) {
	// What was sent waits until its region is dialled: a second handshake would leave together with the first, and the
	// answer be to that.
	if nm, node, isKnown := n.find(address); isKnown && n.hasWayToHome(nm, node) {
		n.engine.ResetDevicePeer(node.Key())
	}
}
