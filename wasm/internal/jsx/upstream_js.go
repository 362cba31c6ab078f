//go:build js && wasm

package jsx

import (
	"context"
	"net"
	"strings"
	_ "unsafe" // go:linkname

	_ "tailscale.com/derp/derphttp" // owns the variable below
)

// The only patch of upstream code. derphttp dials its WebSocket through this variable and
// offers no way to set it (tailscale.com v1.102.5); it ends when derphttp does.
//
//go:linkname derpDial tailscale.com/derp/derphttp.dialWebsocketFunc
var derpDial func(ctx context.Context, url string) (net.Conn, error)

// UseOwnDERPSocket makes DERP use the sockets of this package. Once, before the node starts.
func UseOwnDERPSocket() {
	derpDial = func(ctx context.Context, url string) (net.Conn, error) {
		return DialSocket(ctx, "ws"+strings.TrimPrefix(url, "http"), "derp")
	}
}
