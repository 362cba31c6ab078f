//go:build js && wasm

package jsx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall/js"
	"time"
)

// socket is a net.Conn over `globalThis.headtabSocket` (host/net-shim.ts): JavaScript
// keeps what has arrived in a queue and wakes Go once for all of it, and what Go writes
// is staged there and leaves as one message when Go yields. The stock wrapper costs a
// promise, a goroutine switch and a message for each packet, and TCP starves on it
// (measured: 1 MB/s against 2.6 to 6, see the project's DESIGN).
type socket struct {
	url    string
	handle js.Value

	mu       sync.Mutex
	buffered []byte
	wake     chan struct{} // buffered, 1
	closed   bool
	cause    error
	deadline time.Time
	onEvent  js.Func
}

// DialSocket opens a binary WebSocket with one subprotocol.
func DialSocket(ctx context.Context, url, protocol string) (net.Conn, error) {
	s := &socket{url: url, wake: make(chan struct{}, 1)}
	opened := make(chan error, 1)
	// Events: "open", "data" (something waits in take()), "close" with a reason.
	s.onEvent = js.FuncOf(func(_ js.Value, args []js.Value) any {
		switch args[0].String() {
		case "open":
			opened <- nil
		case "data":
			s.poke()
		case "close":
			reason := fmt.Errorf("websocket closed: %s", args[1].String())
			s.mu.Lock()
			s.closed = true
			if s.cause == nil {
				s.cause = reason
			}
			s.mu.Unlock()
			select {
			case opened <- reason:
			default:
			}
			s.poke()
			// The last event: nothing calls it again.
			s.onEvent.Release()
		}
		return nil
	})
	s.handle = js.Global().Call("headtabSocket", url, protocol, s.onEvent)
	select {
	case err := <-opened:
		if err != nil {
			return nil, err
		}
		return s, nil
	case <-ctx.Done():
		s.handle.Call("close")
		return nil, ctx.Err()
	}
}

func (s *socket) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *socket) Read(p []byte) (int, error) {
	for {
		s.mu.Lock()
		if len(s.buffered) == 0 {
			// One copy for all that has piled up.
			if chunk := s.handle.Call("take"); chunk.Truthy() {
				s.buffered = ToBytes(chunk)
			}
		}
		if len(s.buffered) > 0 {
			n := copy(p, s.buffered)
			s.buffered = s.buffered[n:]
			s.mu.Unlock()
			return n, nil
		}
		closed, cause, deadline := s.closed, s.cause, s.deadline
		s.mu.Unlock()
		if closed {
			if errors.Is(cause, net.ErrClosed) {
				return 0, cause
			}
			return 0, io.EOF
		}
		if deadline.IsZero() {
			<-s.wake
			continue
		}
		left := time.Until(deadline)
		if left <= 0 {
			return 0, os.ErrDeadlineExceeded
		}
		timer := time.NewTimer(left)
		select {
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (s *socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, s.cause
	}
	s.handle.Call("write", FromBytes(p))
	return len(p), nil
}

func (s *socket) Close() error {
	s.mu.Lock()
	if s.cause == nil {
		s.cause = net.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.handle.Call("close")
	s.poke()
	return nil
}

func (s *socket) SetDeadline(t time.Time) error { return s.SetReadDeadline(t) }

func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	s.deadline = t
	s.mu.Unlock()
	s.poke()
	return nil
}

// SetWriteDeadline does nothing: a write is staged and never waits.
func (s *socket) SetWriteDeadline(time.Time) error { return nil }

func (s *socket) LocalAddr() net.Addr  { return socketAddr("local") }
func (s *socket) RemoteAddr() net.Addr { return socketAddr(s.url) }

type socketAddr string

func (socketAddr) Network() string  { return "websocket" }
func (a socketAddr) String() string { return string(a) }
