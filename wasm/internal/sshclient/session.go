package sshclient

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/credit"
	"headtab/wasm/internal/wire"
)

// errClosed ends a session that the window has closed.
var errClosed = errors.New("closed by the window")

// Session is one shell on one peer. Its methods never block; Run does the work.
type Session struct {
	net    Tailnet
	open   Open
	emit   wire.Emit
	spawn  func(func())
	spares *Spares
	ctx    context.Context
	cancel context.CancelCauseFunc

	address netip.AddrPort
	// peer and attempt change only between connections, all in Run.
	peer    Peer
	attempt *attempt

	mu sync.Mutex
	// credit is the spare connection's where one was taken.
	credit     *credit.Account
	size       Size
	channel    ssh.Channel
	client     *ssh.Client
	isPinging  bool
	input      [][]byte
	inputReady chan struct{}
	hasInput   bool
	typed      time.Time
	checks     chan struct{}
	prompts    map[int]chan []string
	lastPrompt int
	trust      chan bool
	stage      stage
}

// stage is the step whose deadline runs.
type stage struct {
	name    string
	seconds int
	timer   *time.Timer
}

// New makes a session; Run opens it. spawn runs a goroutine whose panic is reported; spares may be nil.
func New(
	tailnet Tailnet, open Open, emit wire.Emit, spawn func(func()), spares *Spares,
) *Session {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Session{
		net: tailnet, open: open, emit: emit, spawn: spawn, spares: spares, ctx: ctx, cancel: cancel,
		credit:     credit.New(wire.SSHInFlightMaxBytes),
		size:       open.Size.clamp(),
		inputReady: make(chan struct{}, 1),
		prompts:    map[int]chan []string{},
		trust:      make(chan bool, 1),
		checks:     make(chan struct{}, 1),
	}
}

// Run opens the shell and stays until it ends. The last event is an exit or a failure.
func (s *Session) Run() {
	exit, err := s.run()
	s.cancel(errClosed)
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	if err != nil && !errors.Is(err, errClosed) {
		s.emit(wire.SSHFailed{Kind: "ssh/failed", Error: wire.ToWire(err)})
		return
	}
	s.emit(wire.SSHExit{Kind: "ssh/exit", Exit: exit})
}

func (s *Session) run() (wire.Exit, error) {
	if err := s.resolve(); err != nil {
		return wire.Exit{}, err
	}
	made := s.fromSpare()
	var err error
	if made == nil {
		made, err = s.dialed()
	}
	var wireErr *wire.Error
	if errors.As(err, &wireErr) && wireErr.Code == wire.CodeSSHHostKeyChanged &&
		len(s.peer.HostKeys) > 0 && s.refreshedKeys(s.attempt.found) {
		// A reinstalled machine announces its new keys within seconds: one more try, with those.
		made, err = s.dialed()
	}
	if err != nil {
		return wire.Exit{}, s.because(err)
	}
	defer made.close()
	// A closed window ends every read and write of the connection.
	unhook := context.AfterFunc(s.ctx, made.close)
	defer unhook()
	exit, err := s.shell(made)
	if err != nil {
		return exit, s.because(err)
	}
	return exit, nil
}

// because prefers the reason for which the session was ended over what broke by that.
func (s *Session) because(err error) error {
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return err
}

func (s *Session) resolve() error {
	port := s.open.Port
	if port == 0 {
		port = 22
	}
	address, err := netip.ParseAddr(s.open.Address)
	if err != nil {
		return wire.New(wire.CodeNodeNotFound, err, "node", oneLine(s.open.Address, 80))
	}
	s.address = netip.AddrPortFrom(address, port)
	if fault := loginFault(s.open.Login); fault != "" {
		return wire.New(wire.CodeLoginInvalid, nil,
			"login", oneLine(s.open.Login, 80), "reason", fault)
	}
	peer, ok := s.net.Peer(address)
	if !ok {
		return wire.New(wire.CodeNodeNotFound, nil, "node", s.open.Address)
	}
	// Also where the netmap says offline: who asked knows that, and Headscale may be wrong.
	s.peer = peer
	return nil
}

// loginPattern is parseLogin of contracts/parse.ts: DOMAIN\me, me@domain and machine$ are account names, too.
var loginPattern = regexp.MustCompile(`^[\p{L}\p{N}_.][\p{L}\p{N}_.\\@-]*\$?$`)

// loginFault refuses what no account is called and ssh could misread (H17); the form has
// told the person before, this is for whatever comes past it.
func loginFault(login string) string {
	switch {
	case login == "":
		return "it is empty"
	case len(login) > 256:
		return "it is too long"
	case strings.HasPrefix(login, "-"):
		return "it begins with a dash"
	case !loginPattern.MatchString(login):
		return "it has characters that no account name has"
	default:
		return ""
	}
}

func (s *Session) offline(cause error) error {
	seen := s.peer.LastSeen
	if seen == "" {
		seen = "at an unknown time"
	}
	return wire.New(wire.CodeNodeOffline, cause, "node", s.peer.Name, "lastSeen", seen)
}

// refreshedKeys waits a moment for a netmap in which the peer announces the found key.
func (s *Session) refreshedKeys(found ssh.PublicKey) bool {
	timer := time.NewTimer(2 * time.Second)
	defer timer.Stop()
	for {
		changed := s.net.Changed()
		if peer, ok := s.net.Peer(s.address.Addr()); ok && isAnnounced(peer.HostKeys, found) {
			s.peer = peer
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		case <-s.ctx.Done():
			return false
		}
	}
}

// enter starts a step and its deadline, which ends the session by ssh-timeout.
func (s *Session) enter(name string, limit time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	s.stage = stage{name: name, seconds: int(limit / time.Second)}
	s.stage.timer = time.AfterFunc(limit, func() {
		s.cancel(wire.New(wire.CodeSSHTimeout, context.DeadlineExceeded,
			"node", s.peer.Name, "seconds", strconv.Itoa(int(limit/time.Second)), "step", name))
	})
}

// stop ends the running deadline. With mu held.
func (s *Session) stop() {
	if s.stage.timer != nil {
		s.stage.timer.Stop()
		s.stage.timer = nil
	}
}

func (s *Session) step(name string) {
	s.emit(wire.SSHStep{Kind: "ssh/step", Step: name})
}

// connect dials, shakes hands, verifies the host key and authenticates.
func (s *Session) connect() (*ssh.Client, error) {
	s.step("dialing")
	tcp, err := s.dial()
	if err != nil {
		return nil, err
	}
	conn := &gatedConn{Conn: tcp, ctx: s.ctx, credit: s.credit}
	unhook := context.AfterFunc(s.ctx, func() { tcp.Close() })
	defer unhook()
	s.attempt = &attempt{session: s, conn: conn}
	s.enter("handshake", wire.SSHHandshakeTimeoutMS*time.Millisecond)
	sshConn, channels, requests, err := ssh.NewClientConn(conn, s.peer.Name, s.attempt.config())
	if err != nil {
		tcp.Close()
		return nil, s.attempt.classify(err)
	}
	return ssh.NewClient(sshConn, channels, requests), nil
}

// dial tries twice within DialTimeoutMS: to the second, a peer has heard of this node that had not at the first.
func (s *Session) dial() (net.Conn, error) {
	whole, cancel := context.WithTimeout(s.ctx, wire.DialTimeoutMS*time.Millisecond)
	defer cancel()
	first, cancelFirst := context.WithTimeout(whole, wire.DialTimeoutMS*time.Millisecond*7/12)
	conn, err := s.net.Dial(first, s.address)
	cancelFirst()
	if err != nil && classifyDial(err) != dialRefused && whole.Err() == nil {
		conn, err = s.net.Dial(whole, s.address)
	}
	if err == nil {
		return conn, nil
	}
	if s.ctx.Err() != nil {
		return nil, context.Cause(s.ctx)
	}
	var wireErr *wire.Error
	if errors.As(err, &wireErr) {
		return nil, err
	}
	peer, isVisible := s.net.Peer(s.address.Addr())
	switch {
	case !isVisible:
		return nil, wire.New(wire.CodeNodeGone, err, "node", s.peer.Name)
	case peer.IsOffline:
		s.peer = peer
		return nil, s.offline(err)
	}
	switch {
	case classifyDial(err) == dialRefused:
		return nil, wire.New(wire.CodeTCPRefused, err, "node", s.peer.Name)
	case peer.LostRegion != "":
		return nil, peer.RegionLost(err)
	default:
		return nil, wire.New(wire.CodeTCPTimeout, err,
			"node", s.peer.Name, "seconds", strconv.Itoa(wire.DialTimeoutMS/1000))
	}
}

// Write queues input; `ssh/input-ack` tells when SSH has taken it.
func (s *Session) Write(bytes []byte) {
	s.mu.Lock()
	s.input = append(s.input, bytes)
	s.hasInput = true
	s.typed = time.Now()
	s.mu.Unlock()
	select {
	case s.inputReady <- struct{}{}:
	default:
	}
}

// Ack returns credit for output that was drawn.
func (s *Session) Ack(sizeBytes int) {
	s.mu.Lock()
	account := s.credit
	s.mu.Unlock()
	account.Return(sizeBytes)
}

// Resize tells the PTY its size, or keeps it for the PTY to come.
func (s *Session) Resize(size Size) {
	s.mu.Lock()
	s.size = size.clamp()
	channel, now := s.channel, s.size
	s.mu.Unlock()
	if channel != nil {
		s.spawn(func() {
			// Fails only with the channel, which its reader reports.
			_, _ = channel.SendRequest("window-change", false, ssh.Marshal(windowChange{
				Cols: uint32(now.Cols), Rows: uint32(now.Rows),
			}))
		})
	}
}

// Ping measures the round trip to the SSH server and back, once at a time. While output waits to be
// drawn nothing is read, an answer neither: then it measures nothing.
func (s *Session) Ping() {
	s.mu.Lock()
	client := s.client
	isFree := client != nil && !s.isPinging && !s.credit.Exhausted()
	if isFree {
		s.isPinging = true
	}
	s.mu.Unlock()
	if !isFree {
		return
	}
	s.spawn(func() {
		began := time.Now()
		// A refusal is an answer, too; what fails here is the connection, which its readers report.
		_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
		took := time.Since(began)
		s.mu.Lock()
		s.isPinging = false
		s.mu.Unlock()
		if err == nil {
			s.emit(wire.SSHLatency{Kind: "ssh/latency", TookMS: float64(took.Microseconds()) / 1000})
		}
	})
}

// Answer answers a prompt; nil cancels the session.
func (s *Session) Answer(promptID int, answers []string) {
	s.mu.Lock()
	waiting := s.prompts[promptID]
	delete(s.prompts, promptID)
	s.mu.Unlock()
	if waiting != nil {
		waiting <- slices.Clone(answers)
	}
}

// Trust decides on the key of `ssh/host-key`.
func (s *Session) Trust(isTrusted bool) {
	select {
	case s.trust <- isTrusted:
	default:
	}
}

// Check asks the far end at once whether it is there.
func (s *Session) Check() {
	select {
	case s.checks <- struct{}{}:
	default:
	}
}

// Close ends the session.
func (s *Session) Close() { s.cancel(errClosed) }
