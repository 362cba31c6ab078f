package sshclient

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

const (
	// sparePause lets a shell that has just opened draw its prompt first.
	sparePause = time.Second
	// spareMaxAge ends a connection that nobody took.
	spareMaxAge = 10 * time.Minute
	// spareAnswer is how long one that may have died unseen, e.g. while the laptop slept, has to answer.
	spareAnswer = 2 * time.Second
)

// link is an authenticated connection and the channel of the shell to come.
type link struct {
	client   *ssh.Client
	channel  ssh.Channel
	requests <-chan *ssh.Request
	// ptySize is set once the far end has made the PTY.
	ptySize *Size
	release func()
}

func (l *link) close() {
	l.client.Close()
	l.release()
}

// target is whom a connection belongs to.
type target struct {
	address netip.AddrPort
	login   string
}

// Spares holds at most one connection made ahead, to the machine and login of the shell that opened
// last: the next tab there begins at its PTY. Each tab still has a connection of its own, so that none
// waits for another's output or ends with it.
//
// It is made only where no person is asked anything (announced host key, no prompt, no check), opens
// no shell by itself, and is dropped with the last shell of its machine and login: an access that was
// revoked ends the shells, and shall not live on in what was authenticated before.
type Spares struct {
	net   Tailnet
	spawn func(func())

	mu    sync.Mutex
	live  map[target]int
	ready *spare
	// making is the wish that is under way; a newer one replaces it.
	making *Session
}

type spare struct {
	to      target
	session *Session
	link    *link
}

// NewSpares makes an empty one. spawn runs a goroutine whose panic is reported.
func NewSpares(tailnet Tailnet, spawn func(func())) *Spares {
	return &Spares{net: tailnet, spawn: spawn, live: map[target]int{}}
}

// opened is told of each shell that is there.
func (k *Spares) opened(to target) {
	if k == nil {
		return
	}
	k.mu.Lock()
	k.live[to]++
	k.mu.Unlock()
	time.AfterFunc(sparePause, func() { k.prepare(to) })
}

// ended is told of each shell that was opened.
func (k *Spares) ended(to target) {
	if k == nil {
		return
	}
	k.mu.Lock()
	k.live[to]--
	if k.live[to] > 0 {
		k.mu.Unlock()
		return
	}
	delete(k.live, to)
	ready := k.ready
	if ready != nil && ready.to == to {
		k.ready = nil
	} else {
		ready = nil
	}
	if k.making != nil && k.making.target() == to {
		k.making.Close()
	}
	k.mu.Unlock()
	if ready != nil {
		ready.session.Close()
	}
}

// take hands over the connection to a target, if it may still be used; nil without one.
func (k *Spares) take(to target, peer Peer) *spare {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	ready := k.ready
	if ready == nil || ready.to != to {
		return nil
	}
	k.ready = nil
	if !isAnnounced(peer.HostKeys, ready.session.attempt.found) {
		ready.session.Close()
		return nil
	}
	return ready
}

// prepare makes one, while a shell of the target lives.
func (k *Spares) prepare(to target) {
	k.mu.Lock()
	isReady := k.ready != nil && k.ready.to == to
	isMaking := k.making != nil && k.making.target() == to
	if k.live[to] == 0 || isReady || isMaking {
		k.mu.Unlock()
		return
	}
	former := k.ready
	k.ready = nil
	if k.making != nil {
		k.making.Close()
	}
	var session *Session
	session = New(k.net, Open{
		Address: to.address.Addr().String(), Login: to.login, Port: to.address.Port(),
	}, func(event wire.Event) {
		switch event.(type) {
		case wire.SSHBanner, wire.SSHPrompt, wire.SSHHostKey:
			// Whoever has to be asked, or told, opened no tab.
			session.Close()
		}
	}, k.spawn, nil)
	k.making = session
	k.mu.Unlock()
	if former != nil {
		former.session.Close()
	}
	k.spawn(func() { k.make(to, session) })
}

func (k *Spares) make(to target, session *Session) {
	made, err := session.ahead()
	k.mu.Lock()
	isWanted := err == nil && k.making == session && k.live[to] > 0 && session.ctx.Err() == nil
	if k.making == session {
		k.making = nil
	}
	if isWanted {
		k.ready = &spare{to: to, session: session, link: made}
	}
	k.mu.Unlock()
	if !isWanted {
		// Without one the next tab connects as the first did; a fault is told then.
		session.Close()
		if made != nil {
			made.close()
		}
		return
	}
	age := time.AfterFunc(spareMaxAge, func() { k.drop(session) })
	_ = made.client.Wait()
	age.Stop()
	k.drop(session)
}

// drop forgets and ends a connection that nobody has taken.
func (k *Spares) drop(session *Session) {
	k.mu.Lock()
	isReady := k.ready != nil && k.ready.session == session
	if isReady {
		k.ready = nil
	}
	k.mu.Unlock()
	if isReady {
		session.Close()
	}
}

// ahead connects as far as the channel. Closing the session ends what came of it.
func (s *Session) ahead() (*link, error) {
	if err := s.resolve(); err != nil {
		return nil, err
	}
	if len(s.peer.HostKeys) == 0 {
		return nil, errClosed
	}
	made, err := s.dialed()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	context.AfterFunc(s.ctx, func() { made.client.Close() })
	return made, nil
}

// dialed connects anew and opens the channel.
func (s *Session) dialed() (*link, error) {
	client, err := s.connect()
	if err != nil {
		return nil, err
	}
	made := &link{client: client, release: func() {}}
	unhook := context.AfterFunc(s.ctx, func() { client.Close() })
	defer unhook()
	s.step("pty")
	s.enter("shell", wire.SSHPTYTimeoutMS*time.Millisecond)
	if made.channel, made.requests, err = s.openChannel(client); err != nil {
		client.Close()
		return nil, err
	}
	return made, nil
}

// fromSpare takes the connection that was made ahead, if there is one and it answers.
func (s *Session) fromSpare() *link {
	taken := s.spares.take(s.target(), s.peer)
	if taken == nil {
		return nil
	}
	made := taken.link
	// Its reads go by its own account, which this session takes over, and end with its own context.
	made.release = taken.session.Close
	s.step("pty")
	timer := time.AfterFunc(spareAnswer, func() { made.client.Close() })
	unhook := context.AfterFunc(s.ctx, func() { made.client.Close() })
	defer unhook()
	s.mu.Lock()
	size := s.size
	s.mu.Unlock()
	isMade, err := made.channel.SendRequest("pty-req", true, ptyPayload(size))
	if !timer.Stop() || err != nil || !isMade {
		made.close()
		return nil
	}
	made.ptySize = &size
	s.attempt = taken.session.attempt
	s.mu.Lock()
	s.credit = taken.session.credit
	s.mu.Unlock()
	return made
}

func (s *Session) target() target { return target{address: s.address, login: s.open.Login} }
