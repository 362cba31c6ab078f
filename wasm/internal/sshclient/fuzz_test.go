package sshclient

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// What any server, or a window, may say to this package. `npm run fuzz` goes on with other inputs; what broke
// it once lies in testdata/fuzz, and is tried by each `go test`.

// stranger is a machine that says a text and hangs up.
type stranger struct {
	says []byte
	keys []ssh.PublicKey
}

func (s *stranger) Dial(context.Context, netip.AddrPort) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	go func() {
		_, _ = theirs.Write(s.says)
		_ = theirs.Close()
	}()
	return &buffered{Conn: ours}, nil
}

func (s *stranger) Peer(netip.Addr) (Peer, bool) {
	return Peer{Name: "web-1", HostKeys: s.keys}, true
}

func (s *stranger) Changed() <-chan struct{} { return nil }

func (s *stranger) HasWay() bool { return true }

func (s *stranger) Warm(context.Context, netip.Addr) {}

func spawn(run func()) { go run() }

// isShown checks text that a person reads.
func isShown(t *testing.T, text string, limit int) {
	t.Helper()
	if !utf8.ValidString(text) || len(text) > limit {
		t.Errorf("%d bytes, limit %d, or no UTF-8: %q", len(text), limit, text)
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || isDirection(r)) {
			t.Errorf("shows %q of %q", r, text)
		}
	}
}

// isCoded checks a failure as it crosses.
func isCoded(t *testing.T, failed wire.ErrorJSON) {
	t.Helper()
	if failed.Code == wire.CodeInternal {
		t.Errorf("an internal failure: %v", failed)
	}
	for _, param := range failed.Params {
		isShown(t, param, 2000)
	}
}

func FuzzServerBytes(f *testing.F) {
	key := newKey(f)
	for _, says := range []string{
		"", "SSH-2.0-x\r\n", "SSH-1.99-x\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x1b[31mhello\r\n",
		"SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x14", "banner\nSSH-2.0-x\r\n\x00\x00\x01", "SSH-2.0-x\r\n\xff\xff\xff\xff",
	} {
		f.Add([]byte(says), true)
		f.Add([]byte(says), false)
	}
	f.Fuzz(func(t *testing.T, says []byte, isAnnounced bool) {
		machine := &stranger{says: says}
		if isAnnounced {
			machine.keys = []ssh.PublicKey{key}
		}
		var events []wire.Event
		session := New(machine, Open{Address: "100.64.0.7", Login: "root"},
			func(event wire.Event) { events = append(events, event) }, spawn, nil)
		session.Run()
		for _, event := range events {
			switch event := event.(type) {
			case wire.SSHStep:
			case wire.SSHFailed:
				isCoded(t, event.Error)
			default:
				t.Errorf("%T before a key was exchanged", event)
			}
		}
		if _, isFailed := events[len(events)-1].(wire.SSHFailed); !isFailed {
			t.Errorf("ends with %T", events[len(events)-1])
		}
	})
}

func FuzzBanner(f *testing.F) {
	f.Add("tailscale: access denied", "# To authenticate, visit: https://hs.example/auth/a")
	f.Add("\x1b]52;c;QQ==\x07", "\u202egnp.exe")
	f.Add(strings.Repeat("ü", 5000), "\xff\xfe")
	f.Fuzz(func(t *testing.T, first, second string) {
		shown := 0
		session := New(&stranger{}, Open{Login: "root"}, func(event wire.Event) {
			banner := event.(wire.SSHBanner)
			shown += len(banner.Text)
			isShown(t, banner.Text, wire.BannerMaxBytes)
			if banner.CheckURL != nil && !strings.HasPrefix(*banner.CheckURL, "http") {
				t.Errorf("a link to %q", *banner.CheckURL)
			}
		}, spawn, nil)
		a := &attempt{session: session, conn: &gatedConn{}}
		for range 3 {
			if a.onBanner(first) != nil || a.onBanner(second) != nil {
				t.Error("a banner ends the handshake")
			}
		}
		if shown > wire.BannerMaxBytes {
			t.Errorf("%d bytes in all", shown)
		}
		isCoded(t, wire.ToWire(a.classify(errors.New("ssh: handshake failed"))))
		session.Close()
	})
}

func FuzzChallenge(f *testing.F) {
	f.Add("", "", "Password: ", 1, false)
	f.Add("name\x1b[2J", "\u2066instruction", "\r\nCode:\x00", 3, true)
	f.Add("", "", "", 0, true)
	f.Fuzz(func(t *testing.T, name, instruction, question string, count int, isEchoed bool) {
		count = min(max(count, 0), wire.PromptsMax+2)
		var session *Session
		session = New(&stranger{}, Open{Login: "root"}, func(event wire.Event) {
			asked := event.(wire.SSHPrompt)
			isShown(t, asked.Instruction, wire.PromptMaxBytes)
			for _, prompt := range asked.Prompts {
				isShown(t, prompt.Text, wire.PromptMaxBytes)
				if strings.ContainsAny(prompt.Text, "\r\n\t") {
					t.Errorf("a question of several lines: %q", prompt.Text)
				}
			}
			session.Answer(asked.PromptID, make([]string, len(asked.Prompts)))
		}, spawn, nil)
		a := &attempt{session: session, conn: &gatedConn{}}
		answers, err := a.onChallenge(name, instruction,
			slices.Repeat([]string{question}, count), slices.Repeat([]bool{isEchoed}, count))
		if err == nil && len(answers) != count {
			t.Errorf("%d answers to %d questions", len(answers), count)
		}
		if (err != nil) != (count > wire.PromptsMax) {
			t.Errorf("%d questions: %v", count, err)
		}
		session.enter("end", time.Hour)
		session.mu.Lock()
		session.stop()
		session.mu.Unlock()
	})
}

func FuzzShellEnd(f *testing.F) {
	f.Add("exit-status", []byte{0, 0, 0, 1}, []byte("no such file\r\n"), false)
	f.Add("exit-signal", ssh.Marshal(exitSignal{Signal: "KILL\x1b[31m"}), []byte("Access revoked."), true)
	f.Add("exit-signal", []byte{0xff, 0xff, 0xff, 0xff}, []byte("\u202e\xff"), false)
	f.Fuzz(func(t *testing.T, kind string, payload, output []byte, hasInput bool) {
		requests := make(chan *ssh.Request, 2)
		requests <- &ssh.Request{Type: kind, Payload: payload}
		requests <- &ssh.Request{Type: "keepalive@openssh.com"}
		close(requests)
		var end ending
		end.serve(requests)
		var last tail
		last.add(output)
		last.add(output)
		session := New(&stranger{}, Open{Login: "root"}, func(wire.Event) {}, spawn, nil)
		session.peer = Peer{Name: "web-1"}
		session.attempt = &attempt{session: session}
		exit, err := session.ended(end.exit, last.String(), hasInput, 0)
		if exit.Signal != nil {
			isShown(t, *exit.Signal, 32)
		}
		if err != nil {
			isCoded(t, wire.ToWire(err))
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"sshSessionId":"s","address":"100.64.0.7","login":"root","size":{"cols":80,"rows":24}}`))
	f.Add([]byte(`{"address":"100.64.0.7","login":"root;id$","size":{"cols":-1,"rows":999999999},"port":65535}`))
	f.Add([]byte(`{"address":"fe80::1%eth0\u001b","login":"a","trustedFingerprint":"x","trustedType":"ssh-rsa"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var open Open
		if json.Unmarshal(text, &open) != nil {
			return
		}
		size := open.Size.clamp()
		if size.Cols < 2 || size.Rows < 1 || size.Cols > 1000 || size.Rows > 500 {
			t.Errorf("a size of %v", size)
		}
		var failed *wire.ErrorJSON
		session := New(&stranger{}, open, func(event wire.Event) {
			if event, ok := event.(wire.SSHFailed); ok {
				failed = &event.Error
			}
		}, spawn, nil)
		session.Resize(open.Size)
		session.Ack(open.Size.Cols)
		session.Run()
		if failed == nil {
			t.Fatal("it opens a shell")
		}
		isCoded(t, *failed)
	})
}

func FuzzLogin(f *testing.F) {
	for _, login := range []string{"root", `DOMAIN\me`, "me@domain", "machine$", "root;id$", "-oProxy", "a\x00", "ü"} {
		f.Add(login)
	}
	f.Fuzz(func(t *testing.T, login string) {
		if loginFault(login) != "" {
			return
		}
		name := strings.TrimSuffix(login, "$")
		if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, " ;&|<>`$()'\"*?[]{}~#%!:/,=+^") {
			t.Errorf("takes %q", login)
		}
		isShown(t, strings.ReplaceAll(strings.ReplaceAll(login, "\n", "\x00"), "\t", "\x00"), 256)
	})
}
