package sshclient

import (
	"context"
	"crypto/ed25519"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// rogue is a machine that takes everybody, gives a shell, and then says what nobody asked for.
type rogue struct {
	stranger
	signer  ssh.Signer
	kind    string
	payload []byte
	output  []byte
	// refused counts the channels it opened that were turned down.
	refused, opened int
	done            chan struct{}
}

func (r *rogue) Dial(context.Context, netip.AddrPort) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go r.serve(theirs)
	return &buffered{Conn: ours}, nil
}

func (r *rogue) serve(pipe net.Conn) {
	defer close(r.done)
	config := &ssh.ServerConfig{
		NoClientAuth:   true,
		BannerCallback: func(ssh.ConnMetadata) string { return string(r.output) },
	}
	config.AddHostKey(r.signer)
	conn, channels, requests, err := ssh.NewServerConn(&buffered{Conn: pipe}, config)
	if err != nil {
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(requests)
	asked, ok := <-channels
	if !ok {
		return
	}
	channel, inside, err := asked.Accept()
	if err != nil {
		return
	}
	for request := range inside {
		_ = request.Reply(true, nil)
		if request.Type == "shell" {
			break
		}
	}
	go ssh.DiscardRequests(inside)
	_, _ = channel.Write(r.output)
	_, _ = channel.Stderr().Write(r.output)
	_, _ = channel.SendRequest(r.kind, false, r.payload)
	_, _, _ = conn.SendRequest(r.kind, false, r.payload)
	if _, _, err := conn.OpenChannel(r.kind, r.payload); err == nil {
		r.opened++
	} else {
		r.refused++
	}
	_, _ = channel.SendRequest("exit-status", false, r.payload)
	_ = channel.Close()
}

func FuzzShell(f *testing.F) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("exit-signal", []byte{0, 0, 0, 1, 'x'}, []byte("Access revoked."))
	f.Add("forwarded-tcpip", []byte{}, []byte("\x1b]52;c;QQ==\x07"))
	f.Add("hostkeys-00@openssh.com", []byte{0xff, 0xff, 0xff, 0xff}, []byte(""))
	f.Add("x11", []byte{0, 0, 0, 0}, []byte("# To authenticate, visit: https://hs.example/a\n"))
	f.Fuzz(func(t *testing.T, kind string, payload, output []byte) {
		machine := &rogue{
			signer: signer, kind: kind, payload: payload, output: output, done: make(chan struct{}),
		}
		machine.keys = []ssh.PublicKey{signer.PublicKey()}
		var session *Session
		ends, banner := 0, 0
		session = New(machine, Open{Address: "100.64.0.7", Login: "root"}, func(event wire.Event) {
			switch event := event.(type) {
			case wire.SSHData:
				session.Ack(len(event.Bytes))
			case wire.SSHBanner:
				banner += len(event.Text)
				isShown(t, event.Text, wire.BannerMaxBytes)
			case wire.SSHPrompt, wire.SSHHostKey:
				t.Errorf("asks the person: %T", event)
			case wire.SSHExit:
				ends++
				if event.Exit.Signal != nil {
					isShown(t, *event.Exit.Signal, 32)
				}
			case wire.SSHFailed:
				ends++
				isCoded(t, event.Error)
			}
		}, spawn, nil)
		session.Run()
		<-machine.done
		if ends != 1 || machine.opened > 0 || banner > wire.BannerMaxBytes {
			t.Errorf("%d ends, %d channels opened, %d bytes of banner", ends, machine.opened, banner)
		}
	})
}
