package sshclient

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

func newKey(t testing.TB) ssh.PublicKey {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func line(key ssh.PublicKey) string { return string(ssh.MarshalAuthorizedKey(key)) }

// The texts are tailscaled's (v1.74 to v1.102, ssh/tailssh/tailssh.go) and Headscale's.
func TestClassifyBanner(t *testing.T) {
	for text, want := range map[string]wire.Code{
		"tailscale: tailnet policy does not permit you to SSH to this node\n":      wire.CodeSSHPolicyDeniesNode,
		"tailscale: tailnet policy does not permit you to SSH as user \"root\"\n":  wire.CodeSSHPolicyDeniesLogin,
		"tailscale: failed to look up local user \"*\" \n":                         wire.CodeSSHLoginWildcard,
		"tailscale: failed to look up local user \"nobody-here\" \n":               wire.CodeSSHLoginUnknown,
		"tailscale: access denied":                                                 wire.CodeSSHPolicyDeniesNode,
		"tailscale: failed to evaluate tailnet policy\n":                           wire.CodeSSHPolicyDeniesNode,
		"tailscale: failed to fetch next SSH action\n":                             wire.CodeSSHCheckExpired,
		"Welcome. Unauthorised use is prohibited, access denied to strangers.\n\n": "",
		"": "",
	} {
		got := classifyBanner(text, "web-1", "root")
		switch {
		case want == "" && got != nil:
			t.Errorf("classifyBanner(%q) = %s, want nothing", text, got.Code)
		case want != "" && (got == nil || got.Code != want):
			t.Errorf("classifyBanner(%q) = %v, want %s", text, got, want)
		case want != "" && (got.Params["node"] != "web-1" || got.Params["login"] != "root"):
			t.Errorf("classifyBanner(%q) has params %v", text, got.Params)
		}
	}
	if !isRevoked("\r\n\r\nAccess revoked.\r\n\r\n\r\n") || isRevoked("revoked") {
		t.Error("isRevoked does not know tailscaled's text")
	}
}

func TestCheckURL(t *testing.T) {
	banner := "# Headscale SSH requires an additional check.\n# To authenticate, visit: https://hs.example/auth/abc123\n"
	if got := checkURL(banner); got == nil || *got != "https://hs.example/auth/abc123" {
		t.Errorf("checkURL = %v", got)
	}
	for _, text := range []string{"visit https://evil.example", "# To authenticate, visit: javascript:alert(1)\n"} {
		if got := checkURL(text); got != nil {
			t.Errorf("checkURL(%q) = %q", text, *got)
		}
	}
}

// gVisor's texts as gonet wraps them (gvisor 20260224, pkg/tcpip/errors.go).
func TestClassifyDial(t *testing.T) {
	for text, want := range map[string]dialFailure{
		"connect tcp 100.64.0.1:22: connection was refused": dialRefused,
		"connect tcp 100.64.0.1:22: operation timed out":    dialTimedOut,
		"connect tcp 100.64.0.1:22: host is unreachable":    dialFailed,
	} {
		if got := classifyDial(errors.New(text)); got != want {
			t.Errorf("classifyDial(%q) = %d, want %d", text, got, want)
		}
	}
	if classifyDial(fmt.Errorf("dial: %w", context.DeadlineExceeded)) != dialTimedOut {
		t.Error("a deadline is not a timeout")
	}
}

func TestParseHostKeysTakesOnlyWhatIsWhole(t *testing.T) {
	good := newKey(t)
	lines := []string{
		"", "ssh-ed25519", "ssh-ed25519 !!!", strings.Repeat("x", wire.HostKeyMaxBytes+1),
		"ssh-dss AAAAB3NzaC1kc3MAAACBAP", `command="x" ` + line(good), line(good) + line(newKey(t)),
		line(good),
	}
	keys := ParseHostKeys(lines)
	if len(keys) != 1 || !isAnnounced(keys, good) {
		t.Errorf("%d keys, want the one good one", len(keys))
	}
	many := make([]string, 100)
	for i := range many {
		many[i] = line(newKey(t))
	}
	if got := ParseHostKeys(many); len(got) != wire.HostKeysMax {
		t.Errorf("%d keys of 100, want %d", len(got), wire.HostKeysMax)
	}
}

func TestAnnouncedKeysAreComparedWhole(t *testing.T) {
	announced := []ssh.PublicKey{newKey(t), newKey(t)}
	if !isAnnounced(announced, announced[1]) || isAnnounced(announced, newKey(t)) {
		t.Error("isAnnounced is wrong")
	}
	if isAnnounced(nil, announced[0]) {
		t.Error("no announced key accepts a key")
	}
	if got := algorithmsFor(announced, ""); !slices.Equal(got, []string{ssh.KeyAlgoED25519}) {
		t.Errorf("algorithms for an announced ed25519 key = %v", got)
	}
	if got := algorithmsFor(nil, ""); slices.Contains(got, ssh.KeyAlgoRSA) || len(got) < 5 {
		t.Errorf("algorithms without announced keys = %v", got)
	}
}

func FuzzParseHostKeys(f *testing.F) {
	f.Add(line(newKey(f)))
	f.Add("ssh-rsa AAAA\nssh-ed25519 AAAA")
	f.Add("cert-authority ssh-ed25519 AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		for _, key := range ParseHostKeys([]string{text}) {
			if len(algorithmsOf(key.Type())) == 0 {
				t.Errorf("took a key of type %q", key.Type())
			}
		}
	})
}

func FuzzPlain(f *testing.F) {
	f.Add("\x1b[31mred\u202E\x07\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := plain(text, 64)
		if len(got) > 64 {
			t.Errorf("%d bytes", len(got))
		}
		for _, r := range got {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || isDirection(r)) {
				t.Errorf("kept %q", r)
			}
		}
	})
}

func TestLoginFault(t *testing.T) {
	for _, login := range []string{"root", "alice.b", `DOMAIN\me`, "me@domain", "machine$", "müller"} {
		if fault := loginFault(login); fault != "" {
			t.Errorf("loginFault(%q) = %q", login, fault)
		}
	}
	for _, login := range []string{"", "-oProxy", "root;id", "a b", "$(id)", "root;id$", "a\x00", strings.Repeat("a", 300), "a\nb"} {
		if loginFault(login) == "" {
			t.Errorf("loginFault(%q) takes it", login)
		}
	}
}

func TestSizesAreClamped(t *testing.T) {
	if got := (Size{Cols: 0, Rows: -1}).clamp(); got != (Size{Cols: 2, Rows: 1}) {
		t.Errorf("clamp = %v", got)
	}
	if got := (Size{Cols: 1 << 20, Rows: 1 << 20}).clamp(); got != (Size{Cols: 1000, Rows: 500}) {
		t.Errorf("clamp = %v", got)
	}
}
