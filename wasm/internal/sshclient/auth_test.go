package sshclient

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// half is one direction of a connection: writes never wait, and what was written is read after its end, too.
type half struct {
	mu      sync.Mutex
	changed *sync.Cond
	bytes   []byte
	isOver  bool
}

func newHalf() *half {
	h := &half{}
	h.changed = sync.NewCond(&h.mu)
	return h
}

func (h *half) Read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.bytes) == 0 {
		if h.isOver {
			return 0, io.EOF
		}
		h.changed.Wait()
	}
	n := copy(p, h.bytes)
	h.bytes = h.bytes[n:]
	return n, nil
}

func (h *half) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isOver {
		return 0, net.ErrClosed
	}
	h.bytes = append(h.bytes, p...)
	h.changed.Broadcast()
	return len(p), nil
}

func (h *half) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isOver = true
	h.changed.Broadcast()
}

// end is one end of a connection in memory; of the pipe it has the addresses alone.
type end struct {
	net.Conn
	in, out *half
}

func (e *end) Read(p []byte) (int, error)  { return e.in.Read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.Write(p) }
func (e *end) Close() error {
	e.in.end()
	e.out.end()
	return nil
}

// door is a machine that announces no host key, and asks what its config says. Its shells end at once.
type door struct {
	stranger
	config ssh.ServerConfig
	status uint32
	served sync.WaitGroup
}

func (d *door) Dial(context.Context, netip.AddrPort) (net.Conn, error) {
	ours, theirs := net.Pipe()
	there, back := newHalf(), newHalf()
	d.served.Go(func() { d.serve(&end{Conn: theirs, in: there, out: back}) })
	return &end{Conn: ours, in: back, out: there}, nil
}

func (d *door) serve(conn net.Conn) {
	server, channels, requests, err := ssh.NewServerConn(conn, &d.config)
	if err != nil {
		return
	}
	defer server.Close()
	go ssh.DiscardRequests(requests)
	for asked := range channels {
		channel, inside, err := asked.Accept()
		if err != nil {
			return
		}
		for request := range inside {
			_ = request.Reply(true, nil)
			if request.Type != "pty-req" {
				_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(exitStatus{d.status}))
				_ = channel.Close()
			}
		}
	}
}

// has gives it a host key.
func (d *door) has(t *testing.T, keyType string) ssh.PublicKey {
	t.Helper()
	var private any
	var err error
	switch keyType {
	case ssh.KeyAlgoED25519:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case ssh.KeyAlgoECDSA256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ssh.KeyAlgoRSA:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	d.config.AddHostKey(signer)
	return signer.PublicKey()
}

// visit is what a session met.
type visit struct {
	mu     sync.Mutex
	asked  []string
	opened bool
	exit   *wire.Exit
	failed *wire.ErrorJSON
}

// visit opens a shell and stays until its end; every question gets these answers.
func (d *door) visit(trusted ssh.PublicKey, command string, answers []string) *visit {
	fingerprint := ssh.FingerprintSHA256(trusted)
	v := &visit{}
	var session *Session
	session = New(d, Open{
		Address: "100.64.0.7", Login: "root", Command: command,
		TrustedFingerprint: &fingerprint, TrustedType: trusted.Type(),
	}, func(event wire.Event) {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch event := event.(type) {
		case wire.SSHPrompt:
			v.asked = append(v.asked, event.Method)
			session.Answer(event.PromptID, answers)
		case wire.SSHOpen:
			v.opened = true
		case wire.SSHExit:
			v.exit = &event.Exit
		case wire.SSHFailed:
			v.failed = &event.Error
		}
	}, spawn, nil)
	session.Run()
	d.served.Wait()
	return v
}

func (v *visit) wantFailure(t *testing.T, code wire.Code, params map[string]string) {
	t.Helper()
	if v.failed == nil || v.failed.Code != code {
		t.Fatalf("failed with %v, want %s", v.failed, code)
	}
	for name, want := range params {
		if got := v.failed.Params[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

var errNotIn = errors.New("refused")

func refusePassword(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errNotIn }

func askOnce(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
	if _, err := ask("", "", []string{"Code: "}, []bool{true}); err != nil {
		return nil, err
	}
	return nil, errNotIn
}

func TestAServerThatDisconnectsAfterItsTriesRefuses(t *testing.T) {
	d := &door{config: ssh.ServerConfig{MaxAuthTries: 2, PasswordCallback: refusePassword}}
	v := d.visit(d.has(t, ssh.KeyAlgoED25519), "", []string{"wrong"})
	v.wantFailure(t, wire.CodeSSHAuthFailed, map[string]string{"methods": "password did not succeed"})
	if len(v.asked) != 2 {
		t.Errorf("asked %v, want twice", v.asked)
	}
}

// The texts are x/crypto's of the message (v0.54); what they quote is OpenSSH's (packet.c, auth.c) and x/crypto's own.
func TestIsCutOff(t *testing.T) {
	for text, want := range map[string]bool{
		`ssh: handshake failed: ssh: disconnect, reason 2: "Too many authentication failures"`:          true,
		`ssh: handshake failed: ssh: disconnect, reason 2: "Too many authentication failures for root"`: true,
		`ssh: handshake failed: ssh: disconnect, reason 2: "too many authentication failures"`:          true,
		`ssh: handshake failed: ssh: disconnect, reason 14: "No more auth methods"`:                     true,
		`ssh: handshake failed: ssh: disconnect, reason 2: "Packet corrupt"`:                            false,
		`ssh: handshake failed: ssh: disconnect, reason 11: "Too many authentication failures"`:         false,
		`ssh: handshake failed: EOF`: false,
	} {
		if got := isCutOff(errors.New(text)); got != want {
			t.Errorf("isCutOff(%q) = %v", text, got)
		}
	}
}

func TestATrustedKeyIsAskedForByItsType(t *testing.T) {
	for _, keyType := range []string{ssh.KeyAlgoRSA, ssh.KeyAlgoECDSA256, ssh.KeyAlgoED25519} {
		t.Run(keyType, func(t *testing.T) {
			d := &door{config: ssh.ServerConfig{NoClientAuth: true}}
			trusted := d.has(t, keyType)
			for _, other := range []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256} {
				if other != keyType {
					d.has(t, other)
				}
			}
			if v := d.visit(trusted, "", nil); !v.opened {
				t.Errorf("failed with %v", v.failed)
			}
			// Of another type alone: not the machine that was met.
			d = &door{config: ssh.ServerConfig{NoClientAuth: true}}
			d.has(t, map[bool]string{true: ssh.KeyAlgoED25519, false: ssh.KeyAlgoRSA}[keyType == ssh.KeyAlgoRSA])
			d.visit(trusted, "", nil).wantFailure(t, wire.CodeSSHHostKeyChanged, map[string]string{
				"source": "this device", "expected": ssh.FingerprintSHA256(trusted),
			})
		})
	}
	got := algorithmsFor(nil, ssh.KeyAlgoRSA)
	if !slices.Equal(got[:3], []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoED25519}) || len(got) != 6 {
		t.Errorf("algorithms of a device that trusts an RSA key: %v", got)
	}
	if got := algorithmsFor([]ssh.PublicKey{newKey(t)}, ssh.KeyAlgoRSA); !slices.Equal(got, []string{ssh.KeyAlgoED25519}) {
		t.Errorf("algorithms of an announced ed25519 key: %v", got)
	}
}

func TestASecondFactorIsWaitedFor(t *testing.T) {
	const push = time.Minute
	slowly := func(wait time.Duration) func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
		return func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
			time.Sleep(wait)
			return nil, nil
		}
	}
	for name, row := range map[string]struct {
		config  ssh.ServerConfig
		seconds string
	}{
		"after an answer": {config: ssh.ServerConfig{PasswordCallback: slowly(push)}},
		"before the first question": {config: ssh.ServerConfig{
			KeyboardInteractiveCallback: func(ssh.ConnMetadata, ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
				time.Sleep(push)
				return nil, nil
			},
		}},
		"not for ever": {ssh.ServerConfig{PasswordCallback: slowly(time.Hour)}, "120"},
		"not where nobody is asked": {ssh.ServerConfig{
			NoClientAuth: true,
			NoClientAuthCallback: func(ssh.ConnMetadata) (*ssh.Permissions, error) {
				time.Sleep(push)
				return nil, nil
			},
		}, "15"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &door{config: row.config}
				v := d.visit(d.has(t, ssh.KeyAlgoED25519), "", []string{"right"})
				if row.seconds != "" {
					v.wantFailure(t, wire.CodeSSHTimeout,
						map[string]string{"seconds": row.seconds, "step": "authentication"})
				} else if !v.opened {
					t.Errorf("failed with %v", v.failed)
				}
			})
		})
	}
}

func TestACancelledQuestionEndsTheSession(t *testing.T) {
	d := &door{config: ssh.ServerConfig{
		PasswordCallback: refusePassword, KeyboardInteractiveCallback: askOnce,
	}}
	v := d.visit(d.has(t, ssh.KeyAlgoED25519), "", nil)
	if !slices.Equal(v.asked, []string{"keyboard-interactive"}) {
		t.Errorf("asked %v, want one question", v.asked)
	}
	if v.failed != nil || v.exit == nil {
		t.Errorf("failed with %v, want the end that was asked for", v.failed)
	}
}

func TestACommandThatIsDoneEndsItsSession(t *testing.T) {
	for _, row := range []struct {
		command string
		status  uint32
		reason  string
	}{
		{"true", 0, ""}, {"false", 1, "exit status 1"}, {"", 0, "exit status 0"},
	} {
		d := &door{config: ssh.ServerConfig{NoClientAuth: true}, status: row.status}
		v := d.visit(d.has(t, ssh.KeyAlgoED25519), row.command, nil)
		switch {
		case row.reason != "":
			v.wantFailure(t, wire.CodeSSHShellEnded, map[string]string{"reason": row.reason})
		case v.exit == nil || v.exit.Status == nil || *v.exit.Status != 0:
			t.Errorf("%q: exit %v, failed with %v", row.command, v.exit, v.failed)
		}
	}
}
