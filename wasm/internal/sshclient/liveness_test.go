package sshclient

import (
	"testing"
	"time"

	"headtab/wasm/internal/wire"
)

// watched is a connection whose far end answers questions at once while it is up.
type watched struct {
	t     *testing.T
	live  *liveness
	now   time.Time
	wall  time.Time
	heard time.Time
	typed time.Time
	// isUp is the far end, hasWay our own way to it.
	isUp, hasWay bool
	asked        int
	silent, lost bool
	turns        int
}

func newWatched(t *testing.T) *watched {
	now := time.Now()
	return &watched{t: t, live: newLiveness(now), now: now, wall: now, heard: now, isUp: true, hasWay: true}
}

// pass lets time pass, with the looks that fall into it.
func (w *watched) pass(d time.Duration) {
	const step = wire.SSHLookMS * time.Millisecond
	for end := w.now.Add(d); w.now.Before(end) && !w.lost; {
		w.now, w.wall = w.now.Add(step), w.wall.Add(step)
		w.see(false)
	}
}

func (w *watched) see(isForced bool) {
	v := w.live.look(look{now: w.now, wall: w.wall, heard: w.heard, typed: w.typed, hasWay: w.hasWay, isForced: isForced})
	if v.ask {
		w.asked++
	}
	if v.isTurned {
		w.silent = !w.silent
		w.turns++
	}
	w.lost = w.lost || v.isLost
	if w.isUp && w.hasWay && !w.live.askedAt.IsZero() {
		w.heard = w.now.Add(time.Millisecond)
	}
}

func (w *watched) want(what string, isSilent, isLost bool) {
	w.t.Helper()
	if w.silent != isSilent || w.lost != isLost {
		w.t.Fatalf("%s: silent %v, lost %v; want %v, %v", what, w.silent, w.lost, isSilent, isLost)
	}
}

func TestAnIdleConnectionIsAskedNowAndThen(t *testing.T) {
	w := newWatched(t)
	w.pass(time.Hour)
	w.want("after an hour", false, false)
	if w.asked < 100 || w.asked > 180 || w.turns != 0 {
		t.Errorf("asked %d times in an hour, turned %d times", w.asked, w.turns)
	}
}

func TestADeadFarEndIsSilentThenLost(t *testing.T) {
	w := newWatched(t)
	w.isUp = false
	w.pass(20 * time.Second)
	w.want("while nothing was asked", false, false)
	w.pass(10 * time.Second)
	w.want("after a question", true, false)
	w.pass(time.Minute)
	w.want("after a minute", true, true)
}

func TestAKeyWithoutEchoAsks(t *testing.T) {
	w := newWatched(t)
	w.isUp = false
	w.typed = w.now.Add(time.Millisecond)
	w.pass(10 * time.Second)
	w.want("ten seconds after the key", true, false)
}

func TestACheckAsksAtOnce(t *testing.T) {
	w := newWatched(t)
	w.see(true)
	if w.asked != 1 {
		t.Errorf("asked %d times", w.asked)
	}
	w.isUp = false
	w.now = w.now.Add(time.Second)
	w.see(true)
	w.see(true)
	if w.asked != 2 {
		t.Errorf("asked %d times while the first was answered and the second was out", w.asked)
	}
}

// N1, N6: an outage of our own is none of the far end's, however long.
func TestAnOutageOfOurOwnLosesNothing(t *testing.T) {
	w := newWatched(t)
	w.pass(19 * time.Second)
	w.hasWay = false
	w.pass(15 * time.Minute)
	w.want("after a quarter of an hour", false, false)
	w.hasWay = true
	w.pass(5 * time.Second)
	w.want("back", false, false)
}

// The far end's TCP tries again only after as long as it has waited already.
func TestTheFarEndGetsTheOutageAgain(t *testing.T) {
	w := newWatched(t)
	w.hasWay = false
	w.pass(2 * time.Minute)
	w.hasWay, w.isUp = true, false
	w.pass(100 * time.Second)
	w.want("100 s after two minutes", true, false)
	w.isUp = true
	w.pass(10 * time.Second)
	w.want("heard again", false, false)

	w.hasWay = false
	w.pass(time.Minute)
	w.hasWay, w.isUp = true, false
	w.pass(110 * time.Second)
	w.want("110 s after one minute", true, false)
	w.pass(20 * time.Second)
	w.want("130 s after one minute", true, true)
}

// N7, N10: while a page is frozen nobody looks.
func TestAFrozenPageIsAnOutage(t *testing.T) {
	w := newWatched(t)
	w.pass(21 * time.Second)
	asked := w.asked
	w.now, w.wall = w.now.Add(10*time.Minute), w.wall.Add(10*time.Minute)
	w.pass(5 * time.Second)
	w.want("thawed", false, false)
	if w.asked != asked+1 {
		t.Errorf("asked %d times after the thaw", w.asked-asked)
	}
	w.pass(5 * time.Second)
	w.want("answered", false, false)
}

func TestN7ASleepThatOnlyTheWallClockSawIsAnOutage(t *testing.T) {
	w := newWatched(t)
	w.pass(21 * time.Second)
	asked := w.asked
	w.isUp = false
	w.wall = w.wall.Add(10 * time.Minute)
	w.pass(5 * time.Second)
	if w.asked != asked+1 {
		t.Errorf("asked %d times at once after the sleep", w.asked-asked)
	}
	w.pass(2 * time.Minute)
	w.want("within the grace of a long outage", true, false)
	w.pass(2 * time.Minute)
	w.want("after it", true, true)
}

func TestAReaderThatRestsIsNotJudged(t *testing.T) {
	w := newWatched(t)
	w.isUp = false
	w.pass(30 * time.Second)
	w.want("silent", true, false)
	for range 100 {
		w.now, w.wall = w.now.Add(wire.SSHLookMS*time.Millisecond), w.wall.Add(wire.SSHLookMS*time.Millisecond)
		w.live.rest(w.wall)
	}
	w.isUp = true
	w.pass(10 * time.Second)
	w.want("read again", false, false)
}
