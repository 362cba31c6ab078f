package tailnode

import (
	"errors"
	"strings"

	"headtab/wasm/internal/sshclient"
	"headtab/wasm/internal/wire"
)

// classifyRegister maps the text of a refused registration to a code. Headscale has no
// codes here; the texts are those of 0.28 to 0.29 (types.ErrPreAuthKey… in hscontrol).
func classifyRegister(text string) *wire.Error {
	cause := errors.New(text)
	switch {
	case strings.Contains(text, "authkey already used"):
		return wire.New(wire.CodeKeyUsed, cause)
	case strings.Contains(text, "authkey expired"):
		return wire.New(wire.CodeKeyExpired, cause)
	default:
		return wire.New(wire.CodeKeyRefused, cause, "reason", shorten(text))
	}
}

// shorten is the control server's reason as it may be shown.
func shorten(text string) string {
	const most = 200
	runes := []rune(sshclient.OneLine(text, 5*most))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
