package sshclient

import (
	"crypto/ed25519"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/ssh"
)

// roomyConn is one end of a connection that holds whatever is written to it, as the buffers
// on a long way do.
type roomyConn struct {
	net.Conn
	in     <-chan []byte
	out    chan<- []byte
	closed <-chan struct{}
	rest   []byte
}

func (c *roomyConn) Write(p []byte) (int, error) {
	c.out <- append([]byte(nil), p...)
	return len(p), nil
}

func (c *roomyConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		select {
		case c.rest = <-c.in:
		case <-c.closed:
			return 0, io.EOF
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// x/crypto's own server writes as long as it may while nobody reads.
func TestNarrowBoundsWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := ssh.NewSignerFromKey(private)
		if err != nil {
			t.Fatal(err)
		}
		hostKey, err := ssh.NewPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{})
		there, back := make(chan []byte, 1<<16), make(chan []byte, 1<<16)
		near, far := net.Pipe()
		server := &roomyConn{Conn: far, in: there, out: back, closed: closed}
		client := &roomyConn{Conn: near, in: back, out: there, closed: closed}
		var written atomic.Int64
		go serveFlood(server, signer, &written)

		conn, _, _, err := ssh.NewClientConn(client, "", &ssh.ClientConfig{
			HostKeyCallback: ssh.FixedHostKey(hostKey),
		})
		if err != nil {
			t.Fatal(err)
		}
		channel, asked, err := conn.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		go ssh.DiscardRequests(asked)
		output, err := narrow(channel, inFlightMin)
		if err != nil {
			t.Fatal(err)
		}
		// x/crypto gives a window again by three packets (v0.54, adjustWindow), the flood writes by chunks.
		const owed = 3*channelMaxPacket + floodChunk
		read := int64(0)
		buffer := make([]byte, 32<<10)
		for _, step := range []struct{ until, most int64 }{
			{0, channelWindow}, {4 << 20, inFlightMin}, {5 << 20, inFlightMin}, {9 << 20, inFlightMin},
		} {
			for read < step.until {
				n, err := output.Read(buffer)
				if err != nil {
					t.Fatal(err)
				}
				read += int64(n)
			}
			synctest.Wait()
			if ahead := written.Load() - read; ahead > step.most || ahead < step.most-owed {
				t.Errorf("after %d bytes the far end is %d ahead, want %d to %d", read, ahead, step.most-owed, step.most)
			}
		}
		close(closed)
		if err := conn.Wait(); err != nil && err != io.EOF {
			t.Error(err)
		}
	})
}

const (
	floodChunk = 4 << 10
	// x/crypto's own (v0.54, channelMaxPacket).
	channelMaxPacket = 32 << 10
)

// serveFlood writes for ever into the first channel that is opened.
func serveFlood(conn net.Conn, signer ssh.Signer, written *atomic.Int64) {
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	channel, asked, err := (<-channels).Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(asked)
	chunk := make([]byte, floodChunk)
	for {
		n, err := channel.Write(chunk)
		written.Add(int64(n))
		if err != nil {
			return
		}
	}
}
