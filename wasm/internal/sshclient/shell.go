package sshclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// Payloads of RFC 4254, section 6.
type ptyRequest struct {
	Term          string
	Cols, Rows    uint32
	Width, Height uint32
	Modes         string
}
type windowChange struct {
	Cols, Rows    uint32
	Width, Height uint32
}
type execRequest struct{ Command string }
type exitStatus struct{ Status uint32 }
type exitSignal struct {
	Signal     string
	CoreDumped bool
	Message    string
	Language   string
}

// terminalModes: OP_ISPEED and OP_OSPEED as OpenSSH sends them, IUTF8 so that erase works
// on characters, then TTY_OP_END.
var terminalModes = string([]byte{128, 0, 0, 0x96, 0, 129, 0, 0, 0x96, 0, 42, 0, 0, 0, 1, 0})

func (s *Session) openChannel(client *ssh.Client) (ssh.Channel, <-chan *ssh.Request, error) {
	channel, requests, err := client.OpenChannel("session", nil)
	var refused *ssh.OpenChannelError
	switch {
	case errors.As(err, &refused):
		return nil, nil, wire.New(wire.CodeSSHPTYRefused, err,
			"node", s.peer.Name, "reason", oneLine(refused.Message, 200))
	case err != nil:
		return nil, nil, s.endedEarly(err)
	default:
		return channel, requests, nil
	}
}

func ptyPayload(size Size) []byte {
	return ssh.Marshal(ptyRequest{
		Term: "xterm-256color", Cols: uint32(size.Cols), Rows: uint32(size.Rows),
		Modes: terminalModes,
	})
}

// shell opens the PTY, unless it is there, and pumps bytes until the shell ends.
func (s *Session) shell(made *link) (wire.Exit, error) {
	s.enter("shell", wire.SSHPTYTimeoutMS*time.Millisecond)
	channel := made.channel
	ended := &ending{}
	asked := make(chan struct{})
	s.spawn(func() {
		defer close(asked)
		ended.serve(made.requests)
	})
	s.mu.Lock()
	size := s.size
	s.mu.Unlock()
	type request struct {
		name    string
		payload []byte
	}
	begin := request{"shell", nil}
	if s.open.Command != "" {
		begin = request{"exec", ssh.Marshal(execRequest{s.open.Command})}
	}
	requests := []request{{"pty-req", ptyPayload(size)}, begin}
	if made.ptySize != nil {
		size, requests = *made.ptySize, requests[1:]
	}
	for _, request := range requests {
		ok, err := channel.SendRequest(request.name, true, request.payload)
		if err != nil {
			return wire.Exit{}, s.endedEarly(err)
		}
		if !ok {
			return wire.Exit{}, wire.New(wire.CodeSSHPTYRefused, nil,
				"node", s.peer.Name, "reason", "it refused "+request.name)
		}
	}
	return s.pump(made.client, channel, asked, ended, size)
}

// endedEarly is a connection that broke before the shell was there.
func (s *Session) endedEarly(err error) error {
	if refused := classifyBanner(s.attempt.banner.String(), s.peer.Name, s.open.Login); refused != nil {
		return refused
	}
	return wire.New(wire.CodeSSHClosedEarly, err, "node", s.peer.Name, "reason", "before the shell")
}

func (s *Session) pump(
	client *ssh.Client, channel ssh.Channel, asked <-chan struct{}, ended *ending, sent Size,
) (wire.Exit, error) {
	output, err := narrow(channel, inFlightOf(s.attempt.conn.Conn))
	if err != nil {
		return wire.Exit{}, err
	}
	s.mu.Lock()
	s.stop()
	s.channel, s.client = channel, client
	isStale := s.size != sent
	size := s.size
	s.mu.Unlock()
	if isStale {
		s.Resize(size)
	}
	opened := time.Now()
	s.emit(wire.SSHOpen{
		Kind: "ssh/open", HostKey: wireKey(s.attempt.found), VerifiedBy: s.attempt.verifiedBy,
	})
	if s.attempt.isSilent() {
		s.spares.opened(s.target())
		defer s.spares.ended(s.target())
	}
	// Lives as long as the channel: ends the input pump and the keepalives with it.
	ctx, end := context.WithCancel(s.ctx)
	s.spawn(func() { s.pumpInput(ctx, channel) })
	s.spawn(func() { s.keepAlive(ctx, client) })
	var tail tail
	var readers sync.WaitGroup
	for _, stream := range []io.Reader{output, channel.Stderr()} {
		readers.Add(1)
		s.spawn(func() {
			defer readers.Done()
			s.pumpOutput(ctx, stream, &tail)
		})
	}
	readers.Wait()
	<-asked
	end()
	s.mu.Lock()
	s.channel, s.client = nil, nil
	hasInput := s.hasInput
	s.mu.Unlock()
	return s.ended(ended.exit, tail.String(), hasInput, time.Since(opened))
}

// ended says how the shell ended: by itself, at once, by the policy, or by a broken connection.
func (s *Session) ended(exit wire.Exit, tail string, hasInput bool, after time.Duration) (wire.Exit, error) {
	isTold := exit.Status != nil || exit.Signal != nil
	isEarly := after < wire.SSHEarlyExitMS*time.Millisecond && !hasInput
	swapped := s.attempt.swapped.Load()
	switch {
	case s.ctx.Err() != nil:
		return exit, context.Cause(s.ctx)
	case swapped != nil:
		return exit, swapped
	case isRevoked(tail):
		return exit, wire.New(wire.CodeSSHAccessRevoked, nil, "node", s.peer.Name)
	case isTold && isEarly && !s.hasDone(exit):
		reason := "it ended"
		if exit.Signal != nil {
			reason = "signal " + *exit.Signal
		} else if exit.Status != nil {
			reason = fmt.Sprintf("exit status %d", *exit.Status)
		}
		if last := lastLine(tail); last != "" {
			reason += ": " + last
		}
		return exit, wire.New(wire.CodeSSHShellEnded, nil,
			"node", s.peer.Name, "login", s.open.Login, "reason", reason)
	case !isTold && isEarly:
		return exit, wire.New(wire.CodeSSHClosedEarly, nil,
			"node", s.peer.Name, "reason", "just after the shell had started")
	case !isTold:
		return exit, wire.New(wire.CodeSSHConnectionLost, nil,
			"node", s.peer.Name, "reason", "the connection closed")
	default:
		return exit, nil
	}
}

// hasDone reports whether a start-up's command ended well: it may take no time, and ends the session (decision 0018).
func (s *Session) hasDone(exit wire.Exit) bool {
	return s.open.Command != "" && exit.Status != nil && *exit.Status == 0
}

// pumpOutput hands output over as far as credit goes.
func (s *Session) pumpOutput(ctx context.Context, stream io.Reader, tail *tail) {
	buffer := make([]byte, wire.SSHChunkMaxBytes)
	for {
		free, err := s.credit.Wait(ctx)
		if err != nil {
			return
		}
		n, err := stream.Read(buffer[:min(free, len(buffer))])
		if n > 0 {
			s.credit.Take(n)
			tail.add(buffer[:n])
			s.emit(wire.SSHData{Kind: "ssh/data", Bytes: buffer[:n]})
		}
		if err != nil {
			return
		}
	}
}

// pumpInput writes what is queued and acknowledges it.
func (s *Session) pumpInput(ctx context.Context, channel io.Writer) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.inputReady:
		}
		for {
			s.mu.Lock()
			if len(s.input) == 0 {
				s.mu.Unlock()
				break
			}
			chunk := s.input[0]
			s.input = s.input[1:]
			s.mu.Unlock()
			if _, err := channel.Write(chunk); err != nil {
				// The readers see the same end and report it.
				return
			}
			s.emit(wire.SSHInputAck{Kind: "ssh/input-ack", SizeBytes: len(chunk)})
		}
	}
}

// keepAlive asks a silent far end whether it is there, tells the window of its silence, and ends
// a connection that stays silent. A refusal is an answer, too.
func (s *Session) keepAlive(ctx context.Context, client *ssh.Client) {
	conn := s.attempt.conn
	live := newLiveness(time.Now().Round(0))
	isOut := &atomic.Bool{}
	ticker := time.NewTicker(wire.SSHLookMS * time.Millisecond)
	defer ticker.Stop()
	// After a sleep the far end may have forgotten WireGuard's keys while ours look new.
	warm := func() { s.spawn(func() { s.net.Warm(ctx, s.address.Addr()) }) }
	for {
		isForced := false
		select {
		case <-ctx.Done():
			return
		case <-s.checks:
			isForced = true
			warm()
		case <-ticker.C:
		}
		now := time.Now()
		wall := now.Round(0)
		if s.credit.Exhausted() {
			live.rest(wall)
			continue
		}
		s.mu.Lock()
		typed := s.typed
		s.mu.Unlock()
		found := live.look(look{
			now: now, wall: wall, heard: conn.lastHeard(), typed: typed,
			hasWay: s.net.HasWay(), isForced: isForced,
		})
		if found.isBack {
			warm()
		}
		// One question at a time: the one that is out is sent again by TCP.
		if found.ask && isOut.CompareAndSwap(false, true) {
			s.spawn(func() {
				defer isOut.Store(false)
				// Fails only with the connection, which the readers report.
				_, _, _ = client.SendRequest("keepalive@openssh.com", true, nil)
			})
		}
		if found.isTurned {
			s.emit(wire.SSHSilence{Kind: "ssh/silence", IsSilent: live.isSilent})
		}
		if found.isLost {
			s.cancel(wire.New(wire.CodeSSHConnectionLost, nil, "node", s.peer.Name, "reason",
				fmt.Sprintf("no answer for %d s", int(live.patience/time.Second))))
			return
		}
	}
}

// ending collects how the far end says the shell ended.
type ending struct{ exit wire.Exit }

func (e *ending) serve(requests <-chan *ssh.Request) {
	for request := range requests {
		switch request.Type {
		case "exit-status":
			var payload exitStatus
			if ssh.Unmarshal(request.Payload, &payload) == nil {
				status := int(payload.Status)
				e.exit = wire.Exit{Status: &status}
			}
		case "exit-signal":
			var payload exitSignal
			if ssh.Unmarshal(request.Payload, &payload) == nil {
				signal := oneLine(payload.Signal, 32)
				e.exit = wire.Exit{Signal: &signal}
			}
		}
		if request.WantReply {
			// Fails only with the connection, which the readers report.
			_ = request.Reply(false, nil)
		}
	}
}

// tail keeps the last bytes of the output, for the reason of an end.
type tail struct {
	mu    sync.Mutex
	bytes []byte
}

const tailMax = 512

func (t *tail) add(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes = append(t.bytes, b...)
	if extra := len(t.bytes) - tailMax; extra > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[extra:]...)
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.bytes)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(plain(text, tailMax)), "\n")
	return oneLine(lines[len(lines)-1], 120)
}
