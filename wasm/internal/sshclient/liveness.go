package sshclient

import (
	"time"

	"headtab/wasm/internal/wire"
)

// liveness tells a silent connection from a dead one. It is told the time and what was heard,
// and does nothing by itself.
//
// A TCP connection survives an outage of our own way for as long as both ends go on sending
// again, so only time with a way counts against the far end; and after an outage it is given
// as long again, since its own next try may be that far off.
type liveness struct {
	// lookedAt is by the wall: the other clock stands still while most machines sleep.
	lookedAt time.Time
	// askedAt is zero while no question is out.
	askedAt time.Time
	// countsFrom is the question, or the end of the outage that came over it.
	countsFrom time.Time
	// outageFrom is zero while there is a way.
	outageFrom time.Time
	patience   time.Duration
	isSilent   bool
}

// frozenAfter is a gap between two looks that only a sleeping machine or a frozen page makes.
const frozenAfter = 3 * wire.SSHLookMS * time.Millisecond

// look is what was found at one look.
type look struct {
	now time.Time
	// wall is now without Go's monotonic reading.
	wall time.Time
	// heard and typed are when bytes came from the far end and from the keyboard last.
	heard, typed time.Time
	hasWay       bool
	// isForced asks, whatever was heard.
	isForced bool
}

// verdict is what to do about it.
type verdict struct {
	// ask wants a question sent, unless one is out.
	ask bool
	// isBack is set by the first look after an outage.
	isBack bool
	// isTurned is set when the connection has become silent, or is so no longer.
	isTurned bool
	isLost   bool
}

func newLiveness(wall time.Time) *liveness {
	return &liveness{lookedAt: wall, patience: wire.SSHLostMS * time.Millisecond}
}

func (l *liveness) look(at look) verdict {
	var v verdict
	if gap := at.wall.Sub(l.lookedAt); gap > frozenAfter && l.outageFrom.IsZero() {
		l.outageFrom = at.now.Add(-gap)
	}
	l.lookedAt = at.wall
	if !at.hasWay {
		if l.outageFrom.IsZero() {
			l.outageFrom = at.now
		}
		return v
	}
	if !l.askedAt.IsZero() && at.heard.After(l.askedAt) {
		l.askedAt = time.Time{}
		l.patience = wire.SSHLostMS * time.Millisecond
	}
	v.isBack = !l.outageFrom.IsZero()
	if v.isBack {
		grace := min(at.now.Sub(l.outageFrom), wire.SSHOutageGraceMaxMS*time.Millisecond)
		l.patience = wire.SSHLostMS*time.Millisecond + grace
		l.outageFrom = time.Time{}
		l.countsFrom = at.now
	}
	isQuiet := at.now.Sub(at.heard) >= wire.SSHKeepaliveIntervalMS*time.Millisecond
	// A key has its echo, so silence after one says as much as a long one.
	isUnechoed := at.typed.After(at.heard) && at.now.Sub(at.typed) >= time.Second
	if l.askedAt.IsZero() && (v.isBack || isQuiet || isUnechoed || at.isForced) {
		l.askedAt, l.countsFrom = at.now, at.now
		v.ask = true
	}
	unanswered := time.Duration(0)
	if !l.askedAt.IsZero() {
		unanswered = at.now.Sub(l.countsFrom)
	}
	isSilent := !l.askedAt.IsZero() && (l.isSilent || unanswered >= wire.SSHSilenceMS*time.Millisecond)
	v.isTurned = isSilent != l.isSilent
	l.isSilent = isSilent
	v.isLost = unanswered >= l.patience
	return v
}

// rest is for when nothing is read, as the window has not drawn what came before: no answer
// can be heard, so its absence says nothing.
func (l *liveness) rest(wall time.Time) {
	l.lookedAt, l.askedAt, l.outageFrom = wall, time.Time{}, time.Time{}
}
