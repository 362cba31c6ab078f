// Package credit bounds the bytes that were handed over and not yet acknowledged,
// so that output nobody has drawn cannot pile up between a shell and its screen.
package credit

import (
	"context"
	"sync"
)

// Account counts bytes in flight against a limit. The zero value is not usable.
type Account struct {
	mu       sync.Mutex
	limit    int
	inFlight int
	changed  chan struct{} // closed and replaced when credit returns
}

// New makes an account that holds at most limit bytes in flight.
func New(limit int) *Account {
	return &Account{limit: limit, changed: make(chan struct{})}
}

// Wait returns how many bytes may be taken now; it waits until that is at least one.
func (a *Account) Wait(ctx context.Context) (int, error) {
	for {
		a.mu.Lock()
		free, changed := a.limit-a.inFlight, a.changed
		a.mu.Unlock()
		if free > 0 {
			return free, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// Take books n bytes as in flight.
func (a *Account) Take(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight += n
}

// Return gives back credit for n bytes; more than is in flight counts as all of it,
// so a wrong acknowledgement can never raise the limit.
func (a *Account) Return(n int) {
	if n <= 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight = max(0, a.inFlight-n)
	close(a.changed)
	a.changed = make(chan struct{})
}

// Exhausted reports whether nothing may be taken now.
func (a *Account) Exhausted() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inFlight >= a.limit
}
