package tailnode

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

var peerAddress = netip.MustParseAddr("100.64.0.2")

// farPeer answers as WireGuard does: it drops what comes before it knows us, and a handshake that was dropped is
// sent again after 5 s, whoever pings meanwhile.
type farPeer struct {
	knowsUs     time.Time
	roundTrip   time.Duration
	isSilent    bool // takes handshakes, answers no ping
	retryAt     time.Time
	sessionFrom time.Time
	pings       int
	forgotten   int
}

func (p *farPeer) ping(ctx context.Context, _ netip.Addr) (time.Duration, error) {
	p.pings++
	began := time.Now()
	for {
		if now := time.Now(); p.sessionFrom.IsZero() && !now.Before(p.retryAt) {
			p.retryAt = now.Add(5 * time.Second)
			if !now.Before(p.knowsUs) {
				p.sessionFrom = now.Add(p.roundTrip)
			}
		}
		next := p.retryAt
		if !p.sessionFrom.IsZero() {
			next = p.sessionFrom
			if began.After(next) {
				next = began
			}
			next = next.Add(p.roundTrip)
			if p.isSilent {
				next = began.Add(time.Hour)
			}
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Until(next)):
			if !p.sessionFrom.IsZero() {
				return time.Since(began), nil
			}
		}
	}
}

func (p *farPeer) hasSession(netip.Addr) bool {
	return !p.sessionFrom.IsZero() && !time.Now().Before(p.sessionFrom)
}

func (p *farPeer) forget(netip.Addr) {
	p.forgotten++
	p.retryAt, p.sessionFrom = time.Time{}, time.Time{}
}

func TestAPeerIsGreetedUntilItKnowsUs(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name      string
		hears     time.Duration
		roundTrip time.Duration
		isSilent  bool
		pings     int
		forgotten int
		within    time.Duration
		err       error
	}{
		{"knows us", 0, 20 * ms, false, 1, 0, 40 * ms, nil},
		{"hears of us a little later", 100 * ms, 20 * ms, false, 2, 1, 290 * ms, nil},
		{"hears of us by Headscale's slowest batch", 1000 * ms, 20 * ms, false, 4, 3, 1790 * ms, nil},
		{"is far away", 0, 200 * ms, false, 1, 0, 250 * ms, errSilent}, // its session stands: that is enough to dial
		{"is farther than the first greeting waits", 0, 600 * ms, false, 3, 2, 1750 * ms, errSilent},
		{"answers no ping", 0, 20 * ms, true, 1, 0, 250 * ms, errSilent},
		{"never hears of us", time.Hour, 20 * ms, false, 4, 4, 3750 * ms, errNoAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				peer := &farPeer{knowsUs: began.Add(c.hears), roundTrip: c.roundTrip, isSilent: c.isSilent}
				_, err := greet(t.Context(), peer, peerAddress)
				if !errors.Is(err, c.err) {
					t.Errorf("err = %v, want %v", err, c.err)
				}
				if took := time.Since(began); took != c.within {
					t.Errorf("took %v, want %v", took, c.within)
				}
				if peer.pings != c.pings || peer.forgotten != c.forgotten {
					t.Errorf("%d pings, %d forgotten, want %d and %d", peer.pings, peer.forgotten, c.pings, c.forgotten)
				}
			})
		})
	}
}

func TestAGreetingEndsWithWhoWantedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &farPeer{knowsUs: time.Now().Add(time.Hour)}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := greet(ctx, peer, peerAddress); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want the deadline", err)
		}
		if peer.forgotten != 0 {
			t.Error("the handshake was forgotten, though nobody waits for another")
		}
	})
}

func TestAClockThatWasSetBackMakesNothingRecent(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Time
		want bool
	}{
		"a moment ago":   {time.Now().Add(-time.Second), true},
		"long ago":       {time.Now().Add(-time.Hour), false},
		"never":          {time.Time{}, false},
		"an hour ahead":  {time.Now().Add(time.Hour), false},
		"just too early": {time.Now().Add(-sessionFor), false},
	} {
		if got := isWithin(c.at, sessionFor); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
