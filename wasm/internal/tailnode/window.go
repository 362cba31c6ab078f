package tailnode

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"tailscale.com/wgengine/netstack"

	"headtab/wasm/internal/wire"
)

// The TCP receive window of connections to peers. The sender's tailscaled drops packets
// out of its 32-packet DERP queue when more is in flight than the path holds: at 64 KB
// none were lost on a loopback, with 30 ms of latency 256 KB was best. So the window
// follows the round trip that the ping before the dial has measured. Below windowFree a
// round trip tells how busy the machines are, not how long the path is.
const (
	windowMin  = 64 << 10
	windowMax  = 256 << 10
	windowFree = 10 * time.Millisecond
	// windowRate is added for each second beyond: at 30 ms the window is at its most.
	windowRate = 10 << 20
)

type receiveWindow struct{ stack *stack.Stack }

// newReceiveWindow takes the gVisor stack out of netstack, which offers no way to tune it
// (tailscale.com v1.102.5); it ends when netstack offers one.
func newReceiveWindow(ns *netstack.Impl) (*receiveWindow, error) {
	field := reflect.ValueOf(ns).Elem().FieldByName("ipstack")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*stack.Stack]() {
		return nil, errors.New("tailnode: netstack has no gVisor stack under its known name")
	}
	w := &receiveWindow{stack: (*stack.Stack)(field.UnsafePointer())}
	moderate := tcpip.TCPModerateReceiveBufferOption(false)
	if err := w.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &moderate); err != nil {
		return nil, fmt.Errorf("tailnode: receive buffer moderation: %s", err)
	}
	// gVisor waits up to 120 s before it sends again, and gives up after 15 times. What was typed
	// during an outage is to arrive when it ends.
	longest := tcpip.TCPMaxRTOOption(wire.SSHResendMaxMS * time.Millisecond)
	most := tcpip.TCPMaxRetriesOption(wire.SSHResendsMax)
	for _, option := range []tcpip.SettableTransportProtocolOption{&longest, &most} {
		if err := w.stack.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return nil, fmt.Errorf("tailnode: TCP's tries: %s", err)
		}
	}
	w.follow(0)
	return w, nil
}

// windowFor is the window for a round trip.
func windowFor(roundTrip time.Duration) int {
	bytes := windowMin + int(windowRate*(roundTrip-windowFree).Seconds())
	return min(max(bytes, windowMin), windowMax)
}

// follow sets the window of the connections dialled from now on, and tells it.
func (w *receiveWindow) follow(roundTrip time.Duration) int {
	size := windowFor(roundTrip)
	// Cannot fail for a sane range: min ≤ default ≤ max.
	_ = w.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &tcpip.TCPReceiveBufferSizeRangeOption{
		Min: tcp.MinBufferSize, Default: size, Max: size,
	})
	return size
}
