package sshclient

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// attempt is one handshake: what the server showed and asked until a client stood.
type attempt struct {
	session *Session
	conn    *gatedConn

	found      ssh.PublicKey
	verifiedBy string
	hasKey     bool
	banner     strings.Builder
	methods    []string
	checkAsked bool
	// isCancelled is set when a person leaves a question unanswered.
	isCancelled bool
	// swapped is set by a rekey with another host key: x/crypto closes the connection and keeps why to itself.
	swapped atomic.Pointer[wire.Error]
}

var errCancelled = errors.New("the prompt was cancelled")

// passwordTries is how often a wrong password may be typed, as OpenSSH's client allows.
const passwordTries = 3

// isSilent reports whether the announced key was there and no person was asked or told anything.
func (a *attempt) isSilent() bool {
	return a.verifiedBy == "netmap" && len(a.methods) == 0 && a.banner.Len() == 0
}

func (a *attempt) config() *ssh.ClientConfig {
	s := a.session
	return &ssh.ClientConfig{
		Config:            ssh.Config{KeyExchanges: keyExchanges, Ciphers: ciphers, MACs: macs},
		User:              s.open.Login,
		HostKeyAlgorithms: algorithmsFor(s.peer.HostKeys, s.open.TrustedType),
		HostKeyCallback:   a.checkHostKey,
		BannerCallback:    a.onBanner,
		ClientVersion:     "SSH-2.0-Headtab",
		// `none` always goes first, by itself: Tailscale SSH takes it.
		Auth: []ssh.AuthMethod{
			ssh.RetryableAuthMethod(ssh.KeyboardInteractive(a.onChallenge), passwordTries),
			ssh.RetryableAuthMethod(ssh.PasswordCallback(a.onPassword), passwordTries),
		},
		AuthCallback: a.beforeMethod,
	}
}

// beforeMethod runs before each method but `none`, and leaves the choice to the list above.
func (a *attempt) beforeMethod(*ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	if a.isCancelled {
		// Else x/crypto would go on with the next method, which asks again.
		return nil, errCancelled
	}
	a.enterMethod()
	return nil, nil
}

// enterMethod waits for the server, which may wait for a person's telephone.
func (a *attempt) enterMethod() {
	a.session.enter("authentication", wire.SSHMethodTimeoutMS*time.Millisecond)
}

// checkHostKey runs before any authentication. It returns nil only for a key that the
// tailnet announces, that this device has met, or that the person has just accepted.
func (a *attempt) checkHostKey(_ string, _ net.Addr, key ssh.PublicKey) error {
	s := a.session
	if a.hasKey {
		// A rekey: the connection must keep the key it began with.
		if !isAnnounced([]ssh.PublicKey{a.found}, key) {
			err := hostKeyChanged(s.peer.Name, "this connection",
				[]string{ssh.FingerprintSHA256(a.found)}, ssh.FingerprintSHA256(key))
			a.swapped.Store(err)
			return err
		}
		return nil
	}
	a.found = key
	s.step("host-key")
	if err := a.verify(key); err != nil {
		return err
	}
	a.hasKey = true
	s.step("authenticating")
	s.enter("authentication", wire.SSHAuthTimeoutMS*time.Millisecond)
	return nil
}

func (a *attempt) verify(key ssh.PublicKey) error {
	s := a.session
	fingerprint := ssh.FingerprintSHA256(key)
	if len(s.peer.HostKeys) > 0 {
		if !isAnnounced(s.peer.HostKeys, key) {
			var expected []string
			for _, announced := range s.peer.HostKeys {
				if announced.Type() == key.Type() {
					expected = append(expected, ssh.FingerprintSHA256(announced))
				}
			}
			return hostKeyChanged(s.peer.Name, "the tailnet", expected, fingerprint)
		}
		a.verifiedBy = "netmap"
		return nil
	}
	a.verifiedBy = "trusted"
	if trusted := s.open.TrustedFingerprint; trusted != nil {
		if *trusted != fingerprint {
			return hostKeyChanged(s.peer.Name, "this device", []string{*trusted}, fingerprint)
		}
		return nil
	}
	s.enter("host key", wire.SSHPersonTimeoutMS*time.Millisecond)
	s.emit(wire.SSHHostKey{Kind: "ssh/host-key", HostKey: wireKey(key)})
	select {
	case isTrusted := <-s.trust:
		if !isTrusted {
			return wire.New(wire.CodeSSHHostKeyRefused, nil, "node", s.peer.Name)
		}
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// onBanner shows text before authentication, at most BannerMaxBytes of it in all.
func (a *attempt) onBanner(message string) error {
	s := a.session
	text := plain(message, wire.BannerMaxBytes-a.banner.Len())
	if text == "" {
		return nil
	}
	a.banner.WriteString(text)
	check := checkURL(text)
	if check != nil {
		// Headscale holds the check for half an hour; a person has to follow the link.
		a.checkAsked = true
		s.enter("check", wire.SSHPersonTimeoutMS*time.Millisecond)
	}
	s.emit(wire.SSHBanner{Kind: "ssh/banner", Text: text, CheckURL: check})
	return nil
}

func (a *attempt) onChallenge(name, instruction string, questions []string, echoes []bool) ([]string, error) {
	a.tried("keyboard-interactive")
	if len(questions) == 0 {
		return nil, nil
	}
	if len(questions) > wire.PromptsMax {
		return nil, errors.New("too many questions")
	}
	prompts := make([]wire.Prompt, len(questions))
	for i, question := range questions {
		prompts[i] = wire.Prompt{Text: oneLine(question, wire.PromptMaxBytes), IsEchoed: echoes[i]}
	}
	intro := strings.TrimSpace(plain(name+"\n"+instruction, wire.PromptMaxBytes))
	return a.ask("keyboard-interactive", intro, prompts)
}

func (a *attempt) onPassword() (string, error) {
	a.tried("password")
	s := a.session
	answers, err := a.ask("password", "", []wire.Prompt{
		{Text: "Password of " + s.open.Login + " on " + s.peer.Name},
	})
	if err != nil {
		return "", err
	}
	return answers[0], nil
}

func (a *attempt) tried(method string) {
	if !slices.Contains(a.methods, method) {
		a.methods = append(a.methods, method)
	}
}

// ask shows questions and waits for the person.
func (a *attempt) ask(method, instruction string, prompts []wire.Prompt) ([]string, error) {
	s := a.session
	waiting := make(chan []string, 1)
	s.mu.Lock()
	s.lastPrompt++
	id := s.lastPrompt
	s.prompts[id] = waiting
	s.mu.Unlock()
	s.enter("answer", wire.SSHPersonTimeoutMS*time.Millisecond)
	s.emit(wire.SSHPrompt{
		Kind: "ssh/prompt", PromptID: id, Method: method, Instruction: instruction, Prompts: prompts,
	})
	select {
	case answers := <-waiting:
		if answers == nil || len(answers) != len(prompts) {
			a.isCancelled = true
			return nil, errCancelled
		}
		a.enterMethod()
		return answers, nil
	case <-s.ctx.Done():
		return nil, context.Cause(s.ctx)
	}
}

// classify gives the failure of a handshake its code.
func (a *attempt) classify(err error) error {
	s := a.session
	var wireErr *wire.Error
	if errors.As(err, &wireErr) {
		return wireErr
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	if negotiation, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err); ok {
		return wire.New(wire.CodeSSHNoCommonAlgorithm, err, "node", s.peer.Name,
			"what", negotiation.What,
			"theirs", oneLine(strings.Join(negotiation.RequestedAlgorithms, ", "), 1000),
			"ours", strings.Join(negotiation.SupportedAlgorithms, ", "))
	}
	if isSSH, text := a.conn.greeted(); !isSSH && text != "" {
		return wire.New(wire.CodeSSHNotSSH, err, "node", s.peer.Name, "banner", oneLine(text, 80))
	}
	if refused := classifyBanner(a.banner.String(), s.peer.Name, s.open.Login); refused != nil {
		return refused
	}
	if a.checkAsked {
		return wire.New(wire.CodeSSHCheckExpired, err, "node", s.peer.Name)
	}
	if errors.Is(err, errCancelled) {
		return errClosed
	}
	if a.hasKey && (isAuthRefused(err) || len(a.methods) > 0 && isCutOff(err)) {
		methods := "it offers no password login"
		if len(a.methods) > 0 {
			methods = strings.Join(a.methods, ", ") + " did not succeed"
		}
		return wire.New(wire.CodeSSHAuthFailed, err,
			"node", s.peer.Name, "login", s.open.Login, "methods", methods)
	}
	reason := "during authentication"
	if !a.hasKey {
		reason = "during the handshake"
	}
	return wire.New(wire.CodeSSHClosedEarly, err, "node", s.peer.Name, "reason", reason)
}
