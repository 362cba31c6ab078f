package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
)

// A changed host key is only provoked when the key is another by intent: one that is kept stays over
// restarts, one without a file is new at each start.
func TestHostKeyIsKeptInItsFileAndNewWithout(t *testing.T) {
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "host-key")
			key := func(file string) []byte {
				t.Helper()
				signer, err := hostKey(options{hostKey: file, hostKeyType: kind})
				if err != nil {
					t.Fatal(err)
				}
				return signer.PublicKey().Marshal()
			}
			if !bytes.Equal(key(file), key(file)) {
				t.Error("another key after a restart")
			}
			if bytes.Equal(key(""), key("")) {
				t.Error("the same key twice without a file")
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if mode := info.Mode().Perm(); mode != 0o600 {
				t.Errorf("the key's file has mode %o", mode)
			}
		})
	}
}

func TestHostKeyRefusesWhatItCannotBe(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "host-key")
	if err := os.WriteFile(broken, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]options{
		"a type nobody has":    {hostKeyType: "dsa"},
		"a file that is none":  {hostKeyType: "ed25519", hostKey: broken},
		"a foreign algorithm":  {hostKeyType: "ed25519", hostKeyAlgorithms: ssh.KeyAlgoRSA},
		"a folder of no files": {hostKeyType: "ed25519", hostKey: filepath.Join(broken, "x")},
	} {
		if _, err := hostKey(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
