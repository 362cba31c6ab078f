package sshclient

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// machine is an SSH server that takes `none`, as Tailscale SSH does, and echoes in its shells.
type machine struct {
	config *ssh.ServerConfig
	key    ssh.PublicKey
	banner string
	// isMute makes it answer no PTY request, up to the third connection.
	isMute bool
	// isOffline is what the netmap has of it.
	isOffline bool
	// warmed has a place for each greeting that a test waits for.
	warmed chan struct{}

	mu      sync.Mutex
	conns   []net.Conn
	payload []byte
	shells  int
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{key: signer.PublicKey()}
	m.config = &ssh.ServerConfig{
		NoClientAuth:   true,
		BannerCallback: func(ssh.ConnMetadata) string { return m.banner },
	}
	m.config.AddHostKey(signer)
	return m
}

func (m *machine) Dial(context.Context, netip.AddrPort) (net.Conn, error) {
	ours, theirs := net.Pipe()
	m.mu.Lock()
	m.conns = append(m.conns, theirs)
	if len(m.conns) == 3 {
		m.isMute = false
	}
	m.mu.Unlock()
	go m.serve(theirs)
	return &buffered{Conn: ours}, nil
}

// buffered writes in a goroutine: both ends of a pipe greet first.
type buffered struct {
	net.Conn
	once  sync.Once
	queue chan []byte
}

func (b *buffered) Write(p []byte) (int, error) {
	b.once.Do(func() {
		b.queue = make(chan []byte, 1024)
		go func() {
			for p := range b.queue {
				if _, err := b.Conn.Write(p); err != nil {
					return
				}
			}
		}()
	})
	b.queue <- append([]byte(nil), p...)
	return len(p), nil
}

func (m *machine) serve(conn net.Conn) {
	_, channels, requests, err := ssh.NewServerConn(&buffered{Conn: conn}, m.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for asked := range channels {
		channel, requests, err := asked.Accept()
		if err != nil {
			return
		}
		go func() {
			for request := range requests {
				if request.Type == "pty-req" && m.muted() {
					continue
				}
				_ = request.Reply(true, nil)
				if request.Type == "shell" || request.Type == "exec" {
					m.mu.Lock()
					m.shells++
					m.payload = request.Payload
					m.mu.Unlock()
					go func() { _, _ = io.Copy(channel, channel) }()
				}
			}
		}()
	}
}

func (m *machine) muted() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.isMute
}

func (m *machine) counts() (conns, shells int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.conns), m.shells
}

func (m *machine) Peer(netip.Addr) (Peer, bool) {
	return Peer{Name: "web-1", HostKeys: []ssh.PublicKey{m.key}, IsOffline: m.isOffline}, true
}

func (m *machine) Changed() <-chan struct{} { return nil }

func (m *machine) HasWay() bool { return true }

func (m *machine) Warm(context.Context, netip.Addr) {
	select {
	case m.warmed <- struct{}{}:
	default:
	}
}

// tab is a session and its events.
type tab struct {
	session *Session
	opened  chan struct{}
	output  chan string
	ended   chan struct{}
}

func openTab(t *testing.T, m *machine, spares *Spares) *tab {
	t.Helper()
	return openCommand(t, m, spares, "")
}

// openCommand opens a tab whose login shell runs a command.
func openCommand(t *testing.T, m *machine, spares *Spares, command string) *tab {
	t.Helper()
	made := &tab{opened: make(chan struct{}), output: make(chan string, 64), ended: make(chan struct{})}
	made.session = New(m, Open{
		Address: "100.64.0.7", Login: "root", Size: Size{Cols: 80, Rows: 24}, Command: command,
	},
		func(event wire.Event) {
			switch event := event.(type) {
			case wire.SSHOpen:
				close(made.opened)
			case wire.SSHData:
				made.output <- string(event.Bytes)
			}
		}, func(run func()) { go run() }, spares)
	go func() {
		made.session.Run()
		close(made.ended)
	}()
	await(t, made.opened, "the shell")
	return made
}

func (a *tab) echoes(t *testing.T, text string) {
	t.Helper()
	a.session.Write([]byte(text))
	select {
	case got := <-a.output:
		if got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no echo")
	}
}

func await(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("no end of waiting for %s", what)
	}
}

// until asks again and again.
func until(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !isTrue(); {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (k *Spares) isReady() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ready != nil
}

func newSpares(m *machine) *Spares { return NewSpares(m, func(run func()) { go run() }) }

func TestSecondTabTakesTheConnectionMadeAhead(t *testing.T) {
	m := newMachine(t)
	spares := newSpares(m)
	first := openTab(t, m, spares)
	until(t, "a spare connection", spares.isReady)
	if conns, shells := m.counts(); conns != 2 || shells != 1 {
		t.Fatalf("%d connections and %d shells: the spare must open no shell", conns, shells)
	}
	second := openTab(t, m, spares)
	if conns, shells := m.counts(); conns != 2 || shells != 2 {
		t.Fatalf("%d connections, %d shells, want 2 and 2", conns, shells)
	}
	second.echoes(t, "two")
	// Each has its own: closing one leaves the other alone.
	first.session.Close()
	await(t, first.ended, "the first tab's end")
	second.echoes(t, "still")
	second.session.Close()
	await(t, second.ended, "the second tab's end")
}

func TestCommandRunsInPlaceOfAShell(t *testing.T) {
	m := newMachine(t)
	spares := newSpares(m)
	const command = "cd '/srv'; tmux new -A -s headtab"
	for _, way := range []string{"a connection of its own", "the connection made ahead"} {
		tab := openCommand(t, m, spares, command)
		tab.echoes(t, way)
		var got execRequest
		m.mu.Lock()
		err := ssh.Unmarshal(m.payload, &got)
		m.mu.Unlock()
		if err != nil || got.Command != command {
			t.Errorf("by %s the machine was asked to run %q (%v)", way, got.Command, err)
		}
		until(t, "a spare connection", spares.isReady)
	}
	openTab(t, m, spares)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.payload) != 0 {
		t.Errorf("a plain shell was asked for with %q", m.payload)
	}
}

func TestSpareGoesWithTheLastShell(t *testing.T) {
	m := newMachine(t)
	spares := newSpares(m)
	only := openTab(t, m, spares)
	until(t, "a spare connection", spares.isReady)
	only.session.Close()
	await(t, only.ended, "its end")
	if spares.isReady() {
		t.Error("a connection outlives the shells that it was made for")
	}
}

func TestSpareThatNoLongerAnswersIsLeft(t *testing.T) {
	m := newMachine(t)
	spares := newSpares(m)
	openTab(t, m, spares)
	until(t, "a spare connection", spares.isReady)
	m.mu.Lock()
	conn := m.conns[1]
	m.mu.Unlock()
	conn.Close()
	until(t, "the dead spare is forgotten", func() bool { return !spares.isReady() })
	openTab(t, m, spares).echoes(t, "anew")
}

func TestSpareThatIsSilentIsLeft(t *testing.T) {
	m := newMachine(t)
	spares := newSpares(m)
	openTab(t, m, spares)
	until(t, "a spare connection", spares.isReady)
	m.mu.Lock()
	m.isMute = true
	m.mu.Unlock()
	openTab(t, m, spares).echoes(t, "anew")
	if conns, _ := m.counts(); conns < 3 {
		t.Errorf("%d connections: the silent one was used", conns)
	}
}

func TestNoSpareWhereTheKeyIsNoLongerAnnounced(t *testing.T) {
	m := newMachine(t)
	spares := newSpares(m)
	first := openTab(t, m, spares)
	until(t, "a spare connection", spares.isReady)
	if spares.take(first.session.target(), Peer{HostKeys: []ssh.PublicKey{newKey(t)}}) != nil {
		t.Error("took a connection to a key that the tailnet does not announce any more")
	}
	if spares.take(target{address: first.session.address, login: "alice"}, Peer{HostKeys: []ssh.PublicKey{m.key}}) != nil {
		t.Error("took a connection of another login")
	}
}

func TestNoSpareWhereAPersonIsToldSomething(t *testing.T) {
	m := newMachine(t)
	m.banner = "# To authenticate, visit: https://hs.example/auth/abc123\n"
	spares := newSpares(m)
	first := openTab(t, m, spares)
	spares.prepare(first.session.target())
	if spares.isReady() || len(spares.live) != 0 {
		t.Error("a spare was made where a check was asked for")
	}
}
