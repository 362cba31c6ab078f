package tailnode

import (
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/loopback"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// loopbackPair is a connection through a gVisor stack of its own.
func loopbackPair(t *testing.T) (near *gonet.TCPConn, far net.Conn) {
	t.Helper()
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	t.Cleanup(s.Close)
	if err := s.CreateNIC(1, loopback.New()); err != nil {
		t.Fatal(err)
	}
	address := tcpip.AddrFrom4([4]byte{100, 64, 0, 1})
	if err := s.AddProtocolAddress(1, tcpip.ProtocolAddress{
		Protocol: ipv4.ProtocolNumber, AddressWithPrefix: address.WithPrefix(),
	}, stack.AddressProperties{}); err != nil {
		t.Fatal(err)
	}
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}})
	at := tcpip.FullAddress{NIC: 1, Addr: address, Port: 22}
	listener, err := gonet.ListenTCP(s, at, ipv4.ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			close(accepted)
			return
		}
		accepted <- conn
	}()
	near, err = gonet.DialContextTCP(context.Background(), s, at, ipv4.ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	far, ok := <-accepted
	if !ok {
		t.Fatal("nothing was accepted")
	}
	t.Cleanup(func() { far.Close() })
	return near, far
}

// within waits for a fact.
func within(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !isSo(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// send writes segments that arrive one by one, and waits until the near end has them.
func send(t *testing.T, far net.Conn, stats *tcp.Stats, segments int) {
	t.Helper()
	for i := range segments {
		before := stats.SegmentsReceived.Value()
		if _, err := far.Write(bytes.Repeat([]byte{byte(i)}, 100)); err != nil {
			t.Fatal(err)
		}
		within(t, "a segment", func() bool { return stats.SegmentsReceived.Value() > before })
	}
}

func joined(t *testing.T) (a *Acks, conn, far net.Conn, stats *tcp.Stats) {
	t.Helper()
	near, far := loopbackPair(t)
	a = newAcks()
	conn, err := a.join(near)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for endpoint := range a.endpoints {
		stats = endpoint.Stats().(*tcp.Stats)
	}
	return a, conn, far, stats
}

func TestATurnIsAcknowledgedAtOnce(t *testing.T) {
	a, conn, far, stats := joined(t)
	before := stats.SegmentsSent.Value()
	a.Begin()
	send(t, far, stats, 8)
	if sent := stats.SegmentsSent.Value() - before; sent != 0 {
		t.Errorf("%d segments sent within the turn, want none", sent)
	}
	a.End()
	got := make([]byte, 800)
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatal(err)
	}
	if got[0] != 0 || got[799] != 7 {
		t.Errorf("bytes %d … %d, want 0 … 7", got[0], got[799])
	}
	within(t, "an acknowledgement", func() bool { return stats.SegmentsSent.Value() > before })
	if sent := stats.SegmentsSent.Value() - before; sent > 2 {
		t.Errorf("%d segments sent for 8, want one acknowledgement", sent)
	}
}

func TestALongTurnIsAcknowledgedInBetween(t *testing.T) {
	a, _, far, stats := joined(t)
	a.Begin()
	defer a.End()
	send(t, far, stats, 1)
	before := stats.SegmentsSent.Value()
	a.Received(ackBytes - 1)
	if sent := stats.SegmentsSent.Value() - before; sent != 0 {
		t.Errorf("%d segments sent below the mark", sent)
	}
	// With more threads than one gVisor may come too late for the first gap.
	within(t, "an acknowledgement", func() bool {
		a.Received(ackBytes)
		return stats.SegmentsSent.Value() > before
	})
}

func TestAConnectionClosesWithinATurn(t *testing.T) {
	a, conn, far, _ := joined(t)
	a.Begin()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if len(a.endpoints) != 0 {
		t.Error("a closed connection is still held")
	}
	a.End()
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the far end read %v, want the end", err)
	}
}

func TestAHeldLockIsNotWaitedFor(t *testing.T) {
	a, _, _, _ := joined(t)
	for endpoint := range a.endpoints {
		endpoint.LockUser()
		a.Begin()
		a.End()
		endpoint.UnlockUser()
	}
}
