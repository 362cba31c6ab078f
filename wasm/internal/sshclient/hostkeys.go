package sshclient

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"headtab/wasm/internal/wire"
)

// hostKeyAlgorithms are the signature algorithms of the key types Headtab takes, best
// first. Never ssh-rsa (SHA-1), DSA or certificates.
var hostKeyAlgorithms = []struct {
	keyType    string
	algorithms []string
}{
	{ssh.KeyAlgoED25519, []string{ssh.KeyAlgoED25519}},
	{ssh.KeyAlgoECDSA256, []string{ssh.KeyAlgoECDSA256}},
	{ssh.KeyAlgoECDSA384, []string{ssh.KeyAlgoECDSA384}},
	{ssh.KeyAlgoECDSA521, []string{ssh.KeyAlgoECDSA521}},
	{ssh.KeyAlgoRSA, []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}},
}

// ParseHostKeys reads the authorized_keys lines that a peer announces: at most
// wire.HostKeysMax of them, none longer than wire.HostKeyMaxBytes; what cannot be parsed,
// a certificate, or a type Headtab does not take is left out.
func ParseHostKeys(lines []string) []ssh.PublicKey {
	var keys []ssh.PublicKey
	for _, line := range lines {
		if len(keys) == wire.HostKeysMax {
			break
		}
		// A line break would smuggle in a second key.
		if len(line) > wire.HostKeyMaxBytes || strings.ContainsAny(strings.TrimSpace(line), "\r\n") {
			continue
		}
		key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil || len(options) > 0 || len(algorithmsOf(key.Type())) == 0 {
			continue
		}
		keys = append(keys, key)
	}
	return keys
}

func algorithmsOf(keyType string) []string {
	for _, row := range hostKeyAlgorithms {
		if row.keyType == keyType {
			return row.algorithms
		}
	}
	return nil
}

// algorithmsFor are the host key algorithms to offer: those of the announced types, or
// all when the peer announces none, first those of the type that this device trusts.
// Otherwise a server could answer with a key of a type that nobody announced or met, and
// a good server would look changed.
func algorithmsFor(announced []ssh.PublicKey, trustedType string) []string {
	var out []string
	if len(announced) == 0 {
		out = append(out, algorithmsOf(trustedType)...)
	}
	for _, row := range hostKeyAlgorithms {
		isAnnounced := slices.ContainsFunc(announced, func(k ssh.PublicKey) bool {
			return k.Type() == row.keyType
		})
		if isAnnounced || len(announced) == 0 && row.keyType != trustedType {
			out = append(out, row.algorithms...)
		}
	}
	return out
}

// isAnnounced compares the marshalled keys, not their lines or fingerprints.
func isAnnounced(announced []ssh.PublicKey, key ssh.PublicKey) bool {
	found := key.Marshal()
	return slices.ContainsFunc(announced, func(k ssh.PublicKey) bool {
		return bytes.Equal(k.Marshal(), found)
	})
}

// errKeyNotAnnounced stops a handshake whose key differs from every announced one.
var errKeyNotAnnounced = errors.New("host key is not announced")

func hostKeyChanged(node, source string, expected []string, found string) *wire.Error {
	return wire.New(wire.CodeSSHHostKeyChanged, errKeyNotAnnounced,
		"node", node, "source", source,
		"expected", strings.Join(expected, " "), "found", found)
}

func wireKey(key ssh.PublicKey) wire.HostKey {
	return wire.HostKey{Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key)}
}
