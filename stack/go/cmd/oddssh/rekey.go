package main

import (
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
)

// countingSigner is the host key of one connection. Each key exchange is signed once, so it
// knows of every one; the first makes the connection, the others are rekeys.
type countingSigner struct {
	first, later ssh.Signer
	signed       atomic.Int64
}

// rekeyed gives a connection its signer; with the mode rekey-other-key it shows another host
// key from its second key exchange on.
func rekeyed(o options, signer ssh.Signer) (ssh.Signer, error) {
	counting := &countingSigner{first: signer, later: signer}
	if o.mode == "rekey-other-key" {
		other, err := newHostKey(o)
		if err != nil {
			return nil, err
		}
		counting.later = other
	}
	return counting, nil
}

func (c *countingSigner) current() ssh.Signer {
	if c.signed.Load() == 0 {
		return c.first
	}
	return c.later
}

func (c *countingSigner) PublicKey() ssh.PublicKey { return c.current().PublicKey() }

func (c *countingSigner) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	signature, err := c.current().Sign(rand, data)
	fmt.Printf("oddssh: key exchange %d\n", c.signed.Add(1))
	return signature, err
}
