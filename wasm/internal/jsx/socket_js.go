//go:build js && wasm

package jsx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"syscall/js"
	"time"
)

// socket is a net.Conn over `globalThis.headtabSocket` (host/socket.ts): JavaScript keeps
// what has arrived in a queue and wakes Go once for all of it, and what Go writes is staged
// there and leaves as one message when Go yields. The stock wrapper costs a promise, a
// goroutine switch and a message for each packet, and TCP starves on it.
// Bytes go straight between Go's memory and that queue (bytes_js.go).
type socket struct {
	url    string
	handle uint32

	mu       sync.Mutex
	wake     chan struct{} // buffered, 1
	closed   bool
	cause    error
	deadline time.Time
	onEvent  js.Func
}

// heardSockets counts, for each host, the open ones that have brought bytes: a DERP server speaks first, and the
// relay accepts before it dials. The program has one node.
var heardSockets = struct {
	sync.Mutex
	hosts map[string]int
}{hosts: map[string]int{}}

// HasSocket reports whether there is any of them.
func HasSocket() bool {
	heardSockets.Lock()
	defer heardSockets.Unlock()
	return len(heardSockets.hosts) > 0
}

// HasSocketTo reports whether there is one to a `host:port`.
func HasSocketTo(host string) bool {
	heardSockets.Lock()
	defer heardSockets.Unlock()
	return heardSockets.hosts[host] > 0
}

func count(host string, change int) {
	heardSockets.Lock()
	defer heardSockets.Unlock()
	heardSockets.hosts[host] += change
	if heardSockets.hosts[host] == 0 {
		delete(heardSockets.hosts, host)
	}
}

// hostOf is the `host:port` of a WebSocket's URL.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	port := parsed.Port()
	switch {
	case port != "":
	case parsed.Scheme == "wss":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(parsed.Hostname(), port)
}

// DialSocket opens a binary WebSocket with one subprotocol.
func DialSocket(ctx context.Context, address, protocol string) (net.Conn, error) {
	host := hostOf(address)
	s := &socket{url: address, wake: make(chan struct{}, 1)}
	opened := make(chan error, 1)
	isHeard := false
	// Events: "open", "data" (something waits to be taken), "idle" (Go has done all it could with
	// that), "close" with a reason.
	s.onEvent = js.FuncOf(func(_ js.Value, args []js.Value) any {
		switch args[0].String() {
		case "open":
			opened <- nil
		case "data":
			if !isHeard {
				isHeard = true
				count(host, 1)
			}
			turnBegins()
			s.poke()
		case "idle":
			turnEnds()
		case "close":
			if isHeard {
				count(host, -1)
			}
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
	s.handle = uint32(js.Global().Call("headtabSocket", address, protocol, s.onEvent).Int())
	select {
	case err := <-opened:
		if err != nil {
			return nil, err
		}
		return s, nil
	case <-ctx.Done():
		s.hangUp()
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
		if n := take(s.handle, p); n > 0 {
			s.mu.Unlock()
			turnReceived(n)
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
	write(s.handle, p)
	return len(p), nil
}

func (s *socket) hangUp() { js.Global().Call("headtabHangUp", s.handle) }

func (s *socket) Close() error {
	s.mu.Lock()
	if s.cause == nil {
		s.cause = net.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.hangUp()
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
