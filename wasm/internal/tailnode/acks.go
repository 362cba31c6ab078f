package tailnode

import (
	"errors"
	"net"
	"reflect"
	"runtime"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// ackBytes of a burst are acknowledged at once: 26 packets, fewer than the 32 that the
// sender's tailscaled queues before it drops what an acknowledgement lets loose.
const ackBytes = 32 << 10

// Acks makes TCP acknowledge what one turn of Go's work has brought at once. gVisor wakes a
// connection for each packet, and with one thread it is through before the next packet has
// passed WireGuard: an acknowledgement for each, which cost both ends more than the data
// (360 ms of CPU a megabyte with them, 130 without).
//
// While a user of an endpoint holds its lock, gVisor queues what arrives and works it off,
// with one acknowledgement, when the lock is given back; so this holds the locks for a turn.
type Acks struct {
	mu sync.Mutex
	// endpoints of the open connections; true while held.
	endpoints map[*tcp.Endpoint]bool
	isTurn    bool
	// sinceBytes arrived since the locks were taken.
	sinceBytes int
}

func newAcks() *Acks { return &Acks{endpoints: map[*tcp.Endpoint]bool{}} }

// join adds a connection until it is closed. gonet offers no way to its endpoint
// (gvisor 20260224); this ends when it does.
func (a *Acks) join(conn *gonet.TCPConn) (net.Conn, error) {
	field := reflect.ValueOf(conn).Elem().FieldByName("ep")
	if !field.IsValid() || field.Type() != reflect.TypeFor[tcpip.Endpoint]() {
		return nil, errors.New("tailnode: a TCP connection without its known endpoint")
	}
	endpoint, ok := (*(*tcpip.Endpoint)(field.Addr().UnsafePointer())).(*tcp.Endpoint)
	if !ok {
		return nil, errors.New("tailnode: a TCP endpoint of unknown kind")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.endpoints[endpoint] = false
	return &gatheredConn{TCPConn: conn, leave: func() { a.leave(endpoint) }}, nil
}

func (a *Acks) leave(endpoint *tcp.Endpoint) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.endpoints[endpoint] {
		endpoint.UnlockUser()
	}
	delete(a.endpoints, endpoint)
}

// gatheredConn leaves before it is closed: closing waits for the lock.
type gatheredConn struct {
	*gonet.TCPConn
	once  sync.Once
	leave func()
	// windowBytes is its TCP receive window.
	windowBytes int
}

// WindowBytes is how much may be on its way here.
func (c *gatheredConn) WindowBytes() int { return c.windowBytes }

func (c *gatheredConn) Close() error {
	c.once.Do(c.leave)
	return c.TCPConn.Close()
}

// Begin starts a turn.
func (a *Acks) Begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.isTurn = true
	a.hold()
}

// Received counts what a turn has brought, and has it acknowledged when that is much.
func (a *Acks) Received(sizeBytes int) {
	a.mu.Lock()
	a.sinceBytes += sizeBytes
	if !a.isTurn || a.sinceBytes < ackBytes {
		a.mu.Unlock()
		return
	}
	a.release()
	a.mu.Unlock()
	// gVisor's own goroutine works off what is queued.
	runtime.Gosched()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.isTurn {
		a.hold()
	}
}

// End ends a turn.
func (a *Acks) End() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.isTurn = false
	a.release()
}

// hold takes the locks that are free. With mu held.
func (a *Acks) hold() {
	a.sinceBytes = 0
	for endpoint, isHeld := range a.endpoints {
		// LockUser would wait for whoever has it; this must not.
		if isHeld || !endpoint.TryLock() {
			continue
		}
		endpoint.ResumeWork()
		endpoint.LockUser()
		a.endpoints[endpoint] = true
	}
}

// release gives the locks back. With mu held.
func (a *Acks) release() {
	for endpoint, isHeld := range a.endpoints {
		if isHeld {
			a.endpoints[endpoint] = false
			endpoint.UnlockUser()
		}
	}
}
