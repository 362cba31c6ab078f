// Command oddssh is a plain SSH server with a password, and the ways in which one can misbehave:
// the demo's machine without Tailscale SSH, and the targets of the fault tests. It listens on
// loopback; `tailscale serve --tcp 22` puts it behind port 22 of a node.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/crypto/ssh"
)

// options are the command line.
type options struct {
	listen, user, password, auth, banner, hostKey, hostKeyType, addedKeyType string
	keyExchanges, ciphers, macs, hostKeyAlgorithms, mode                     string
	rekeyBytes                                                               uint64
	authTries                                                                int
}

func main() {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "address")
	flag.StringVar(&o.user, "user", "plain", "the login that is accepted")
	flag.StringVar(&o.password, "password", "plain", "its password")
	flag.StringVar(&o.auth, "auth", "password", "none, or password, keyboard-interactive or both with a comma")
	flag.IntVar(&o.authTries, "auth-tries", 4, "failures after which it disconnects")
	flag.StringVar(&o.banner, "banner", "", "text before authentication; \\x1b and the like as in Go")
	flag.StringVar(&o.hostKey, "hostkey", "", "file that keeps the host key; a new key each start without")
	flag.StringVar(&o.hostKeyType, "hostkey-type", "ed25519", "ed25519, ecdsa or rsa")
	flag.StringVar(&o.addedKeyType, "added-hostkey-type", "", "has a second host key of that type, new each time")
	flag.StringVar(&o.hostKeyAlgorithms, "hostkey-algorithms", "", "signature algorithms, e.g. ssh-rsa")
	flag.StringVar(&o.keyExchanges, "kex", "", "key exchanges")
	flag.StringVar(&o.ciphers, "ciphers", "", "ciphers")
	flag.StringVar(&o.macs, "macs", "", "MACs")
	flag.StringVar(&o.mode, "mode", "normal",
		"normal, close-early, close-after-shell, exit:N, nologin, signal, http, long-line, many-lines, "+
			"silent, no-pty, no-session, long-banner, open-channels, hostkey-rotate, old-algorithms, "+
			"rekey-other-key")
	flag.Uint64Var(&o.rekeyBytes, "rekey", 0, "new session keys after so many bytes, told on the output")
	flag.Parse()
	log.Fatal(run(o))
}

// run serves until it cannot; it always ends with an error.
func run(o options) error {
	if o.mode == "old-algorithms" {
		o.keyExchanges, o.ciphers, o.macs = "diffie-hellman-group14-sha1", "aes128-cbc", "hmac-sha1"
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	signer, err := hostKey(o)
	if err != nil {
		return err
	}
	fmt.Printf("oddssh: listening on %s, host key %s\n", listener.Addr(),
		ssh.FingerprintSHA256(signer.PublicKey()))
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		if o.mode == "hostkey-rotate" {
			if signer, err = newHostKey(o); err != nil {
				return err
			}
		}
		go serve(o, conn, signer)
	}
}

func serve(o options, conn net.Conn, signer ssh.Signer) {
	defer conn.Close()
	switch o.mode {
	case "http":
		fmt.Fprint(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		linger(conn)
		return
	case "long-line":
		fmt.Fprint(conn, strings.Repeat("x", 70<<10), "\r\n")
		linger(conn)
		return
	case "many-lines":
		fmt.Fprint(conn, strings.Repeat("not yet\r\n", 2000))
		linger(conn)
		return
	case "silent":
		_, _ = io.Copy(io.Discard, conn)
		return
	case "close-early":
		return
	}
	if o.rekeyBytes > 0 {
		if signer, err := rekeyed(o, signer); err == nil {
			serveSSH(o, conn, signer)
		}
		return
	}
	serveSSH(o, conn, signer)
}

func serveSSH(o options, conn net.Conn, signer ssh.Signer) {
	server, channels, requests, err := ssh.NewServerConn(conn, config(o, signer))
	if err != nil {
		return
	}
	defer server.Close()
	go ssh.DiscardRequests(requests)
	if o.mode == "open-channels" {
		go openChannels(server)
	}
	for opened := range channels {
		if opened.ChannelType() != "session" {
			_ = opened.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		if o.mode == "no-session" {
			_ = opened.Reject(ssh.Prohibited, "no sessions today")
			continue
		}
		channel, requests, err := opened.Accept()
		if err != nil {
			return
		}
		go session(o, server, channel, requests)
	}
}

// linger gives the client time to read before the connection is reset.
func linger(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	_, _ = io.Copy(io.Discard, conn)
}

func config(o options, signer ssh.Signer) *ssh.ServerConfig {
	refused := errors.New("refused")
	c := &ssh.ServerConfig{MaxAuthTries: o.authTries}
	c.RekeyThreshold = o.rekeyBytes
	c.KeyExchanges, c.Ciphers, c.MACs = list(o.keyExchanges), list(o.ciphers), list(o.macs)
	methods := list(o.auth)
	if slices.Contains(methods, "none") {
		c.NoClientAuth = true
	}
	if slices.Contains(methods, "keyboard-interactive") {
		c.KeyboardInteractiveCallback = func(
			meta ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge,
		) (*ssh.Permissions, error) {
			answers, err := ask("Two questions", "Answer both.",
				[]string{"Password: ", "What is shown: "}, []bool{false, true})
			if err != nil || len(answers) != 2 || meta.User() != o.user ||
				answers[0] != o.password || answers[1] != "shown" {
				return nil, refused
			}
			return nil, nil
		}
	}
	if slices.Contains(methods, "password") {
		c.PasswordCallback = func(meta ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if meta.User() != o.user || string(password) != o.password {
				return nil, refused
			}
			return nil, nil
		}
	}
	if o.banner != "" {
		text, err := strconv.Unquote(`"` + o.banner + `"`)
		if err != nil {
			text = o.banner
		}
		c.BannerCallback = func(ssh.ConnMetadata) string { return text }
	}
	if o.mode == "long-banner" {
		// Escapes, a change of reading direction, and a megabyte less what a packet may not hold.
		text := "\x1b[31mred\x1b[0m \u202Edesrever\u202C \x07" + strings.Repeat("banner ", 30<<10)
		c.BannerCallback = func(ssh.ConnMetadata) string { return text }
	}
	c.AddHostKey(signer)
	if o.addedKeyType != "" {
		added, err := newHostKey(options{hostKeyType: o.addedKeyType})
		if err != nil {
			log.Fatal(err)
		}
		c.AddHostKey(added)
	}
	return c
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// openChannels does what a server has no business to do.
func openChannels(server *ssh.ServerConn) {
	for _, kind := range []string{"x11", "forwarded-tcpip", "auth-agent@openssh.com"} {
		if channel, _, err := server.OpenChannel(kind, nil); err == nil {
			fmt.Println("oddssh: the client took a channel:", kind)
			channel.Close()
		}
	}
	for range 1000 {
		if _, _, err := server.SendRequest("hostkeys-00@openssh.com", false, []byte("x")); err != nil {
			return
		}
	}
}

type windowSize struct{ Cols, Rows, Width, Height uint32 }

// session is one channel: a PTY, then a shell or the misbehaviour of the mode.
func session(o options, server *ssh.ServerConn, channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	var terminal, tty *os.File
	var started sync.Once
	term := "dumb"
	for request := range requests {
		ok := true
		switch request.Type {
		case "pty-req":
			var payload struct {
				Term                      string
				Cols, Rows, Width, Height uint32
				Modes                     string
			}
			if o.mode == "no-pty" || ssh.Unmarshal(request.Payload, &payload) != nil {
				ok = false
				break
			}
			var err error
			if terminal, tty, err = pty.Open(); err != nil {
				ok = false
				break
			}
			term = payload.Term
			ok = pty.Setsize(terminal, &pty.Winsize{
				Cols: uint16(payload.Cols), Rows: uint16(payload.Rows),
			}) == nil
		case "window-change":
			var payload windowSize
			if terminal != nil && ssh.Unmarshal(request.Payload, &payload) == nil {
				_ = pty.Setsize(terminal, &pty.Winsize{
					Cols: uint16(payload.Cols), Rows: uint16(payload.Rows),
				})
			}
		case "shell":
			ok = terminal != nil
			if ok {
				started.Do(func() { go shell(o, server, channel, terminal, tty, term) })
			}
		default:
			ok = false
		}
		if request.WantReply {
			_ = request.Reply(ok, nil)
		}
	}
}

func shell(o options, server *ssh.ServerConn, channel ssh.Channel, terminal, tty *os.File, term string) {
	defer channel.Close()
	defer terminal.Close()
	status, isExit := strings.CutPrefix(o.mode, "exit:")
	switch {
	case isExit:
		code, _ := strconv.Atoi(status)
		tty.Close()
		exit(channel, code)
		return
	case o.mode == "nologin":
		tty.Close()
		fmt.Fprint(channel, "This account is currently not available.\r\n")
		exit(channel, 1)
		return
	case o.mode == "signal":
		tty.Close()
		_, _ = channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
			Signal     string
			CoreDumped bool
			Message    string
			Language   string
		}{Signal: "KILL"}))
		return
	case o.mode == "close-after-shell":
		tty.Close()
		server.Close()
		return
	}
	command := exec.Command("/bin/sh")
	command.Env = append(os.Environ(), "TERM="+term, "PS1=$ ")
	command.Stdin, command.Stdout, command.Stderr = tty, tty, tty
	command.SysProcAttr = ownTerminal()
	if err := command.Start(); err != nil {
		fmt.Fprintf(channel, "%v\r\n", err)
		tty.Close()
		exit(channel, 127)
		return
	}
	tty.Close()
	go func() {
		_, _ = io.Copy(terminal, channel)
		_ = command.Process.Kill()
	}()
	_, _ = io.Copy(channel, terminal)
	err := command.Wait()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed) && failed.ExitCode() >= 0:
		exit(channel, failed.ExitCode())
	case err == nil:
		exit(channel, 0)
	}
}

func exit(channel ssh.Channel, status int) {
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
}

// hostKey reads the kept key, or makes one and keeps it.
func hostKey(o options) (ssh.Signer, error) {
	if o.hostKey == "" {
		return newHostKey(o)
	}
	text, err := os.ReadFile(o.hostKey)
	if err == nil {
		signer, err := ssh.ParsePrivateKey(text)
		if err != nil {
			return nil, err
		}
		return restrict(o, signer)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key, err := generate(o.hostKeyType)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(o.hostKey, pem.EncodeToMemory(block), 0o600); err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, err
	}
	return restrict(o, signer)
}

func newHostKey(o options) (ssh.Signer, error) {
	key, err := generate(o.hostKeyType)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, err
	}
	return restrict(o, signer)
}

// restrict limits the signature algorithms, e.g. to the SHA-1 of old servers.
func restrict(o options, signer ssh.Signer) (ssh.Signer, error) {
	if o.hostKeyAlgorithms == "" {
		return signer, nil
	}
	able, ok := signer.(ssh.AlgorithmSigner)
	if !ok {
		return nil, errors.New("this host key has one algorithm only")
	}
	return ssh.NewSignerWithAlgorithms(able, list(o.hostKeyAlgorithms))
}

func generate(kind string) (crypto.PrivateKey, error) {
	switch kind {
	case "ed25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case "ecdsa":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		return rsa.GenerateKey(rand.Reader, 2048)
	default:
		return nil, fmt.Errorf("unknown host key type %q", kind)
	}
}
