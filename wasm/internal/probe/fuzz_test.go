package probe

import (
	"context"
	"testing"

	"headtab/wasm/internal/wire"
)

// Whatever listens on port 22 says something to whoever looks. `npm run fuzz` goes on with other inputs.
func FuzzGreeting(f *testing.F) {
	for _, greeting := range []string{
		"", "SSH-2.0-x\r\n", "hello\r\nSSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\n\r\n", "\x1b]0;x\x07\n", "SSH-\xff\xfe\u202e\n",
	} {
		f.Add(greeting)
	}
	f.Fuzz(func(t *testing.T, greeting string) {
		found := Run(context.Background(), &fakeNet{greeting: greeting}, address, 22)
		if len(found) == 0 {
			t.Fatal("no leg")
		}
		for _, leg := range found {
			texts := []string{leg.Detail}
			if leg.Error != nil {
				if leg.Error.Code == wire.CodeInternal {
					t.Errorf("an internal failure: %v", leg.Error)
				}
				texts = append(texts, leg.Error.Params["banner"])
			}
			for _, text := range texts {
				for _, b := range []byte(text) {
					if b < 0x20 || b > 0x7e {
						t.Errorf("shows %q", text)
					}
				}
				if len(text) > versionMax {
					t.Errorf("%d bytes", len(text))
				}
			}
		}
	})
}
