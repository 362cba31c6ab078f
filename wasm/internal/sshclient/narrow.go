package sshclient

import (
	"errors"
	"io"
	"net"
	"reflect"
	"sync"
	"unsafe"

	"golang.org/x/crypto/ssh"
)

// Between these is how much output the far end may send ahead of what was read. x/crypto gives
// each channel a fixed 2 MiB, which waits in the buffers on the way: a second or two that a
// Ctrl-C has to sit out. Two TCP windows keep a path full, as far as it is: at 30 ms 8 MB/s.
const (
	inFlightMin = 128 << 10
	inFlightMax = 256 << 10
)

// windowed is a connection that knows its TCP receive window.
type windowed interface{ WindowBytes() int }

func inFlightOf(conn net.Conn) int {
	known, ok := conn.(windowed)
	if !ok {
		return inFlightMax
	}
	return min(max(2*known.WindowBytes(), inFlightMin), inFlightMax)
}

// channelWindow is x/crypto's own (v0.54, channelWindowSize).
const channelWindow = 2 << 20

// narrowed reads a channel and, over the first bytes, keeps back the window that x/crypto
// would give again, until only inFlight is left.
type narrowed struct {
	io.Reader
	mu       *sync.Mutex
	window   *uint32
	consumed *uint32
	left     uint32
}

// narrow finds the counters of a channel's window, which x/crypto offers no way to set
// (v0.54); it ends when x/crypto does.
func narrow(channel ssh.Channel, inFlight int) (io.Reader, error) {
	value := reflect.ValueOf(channel)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Struct {
		return nil, errors.New("sshclient: an SSH channel of unknown kind")
	}
	mu := field[sync.Mutex](value, "windowMu")
	window := field[uint32](value, "myWindow")
	consumed := field[uint32](value, "myConsumed")
	if mu == nil || window == nil || consumed == nil {
		return nil, errors.New("sshclient: an SSH channel without its known window")
	}
	return &narrowed{
		Reader: channel, mu: mu, window: window, consumed: consumed,
		left: uint32(channelWindow - inFlight),
	}, nil
}

func field[T any](value reflect.Value, name string) *T {
	found := value.Elem().FieldByName(name)
	if !found.IsValid() || found.Type() != reflect.TypeFor[T]() {
		return nil
	}
	return (*T)(unsafe.Pointer(found.UnsafeAddr()))
}

func (n *narrowed) Read(p []byte) (int, error) {
	if n.left == 0 {
		return n.Reader.Read(p)
	}
	// With a full window on its books x/crypto gives nothing again for what this reads.
	n.mu.Lock()
	lift := channelWindow - *n.window
	*n.window += lift
	n.mu.Unlock()
	size, err := n.Reader.Read(p)
	n.mu.Lock()
	defer n.mu.Unlock()
	kept := min(*n.consumed, n.left)
	*n.consumed -= kept
	n.left -= kept
	// A far end that sent more than it may finds no window at all, and is cut off.
	*n.window = max(*n.window, lift) - lift + kept
	return size, err
}
