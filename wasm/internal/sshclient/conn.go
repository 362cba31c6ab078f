package sshclient

import (
	"bytes"
	"context"
	"net"
	"sync"
	"time"

	"headtab/wasm/internal/credit"
)

// gatedConn is the TCP connection under SSH. It remembers how the server greets, to tell a
// server that is not SSH, and it reads only while the window has credit: x/crypto's own
// window is a fixed 2 MiB, a second of output that a Ctrl-C would have to wait for.
type gatedConn struct {
	net.Conn
	ctx    context.Context
	credit *credit.Account

	mu       sync.Mutex
	greeting []byte
	heard    time.Time
}

// lastHeard is when bytes came last.
func (c *gatedConn) lastHeard() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// greetingMax is as far as x/crypto looks for the version line.
const greetingMax = 255

func (c *gatedConn) Read(p []byte) (int, error) {
	if _, err := c.credit.Wait(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	if n > 0 {
		c.heard = time.Now()
	}
	if room := greetingMax - len(c.greeting); room > 0 {
		c.greeting = append(c.greeting, p[:min(n, room)]...)
	}
	c.mu.Unlock()
	return n, err
}

// greeted tells whether an SSH version line came, and what came first.
func (c *gatedConn) greeted() (isSSH bool, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	isSSH = bytes.HasPrefix(c.greeting, []byte("SSH-")) || bytes.Contains(c.greeting, []byte("\nSSH-"))
	line, _, _ := bytes.Cut(c.greeting, []byte("\n"))
	return isSSH, string(line)
}
