//go:build headscaletypes

// Command providerids computes what Headscale's own code makes of an issuer and a sub: one JSON object a line in,
// one JSON text a line out. The fuzz run holds Headtab's providerId against it. Behind a tag, since it compiles
// half of Headscale.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	"github.com/juanfont/headscale/hscontrol/types"
)

func main() {
	in := json.NewDecoder(os.Stdin)
	buffer := bufio.NewWriter(os.Stdout)
	out := json.NewEncoder(buffer)
	out.SetEscapeHTML(false)
	for in.More() {
		var claims types.OIDCClaims
		if err := in.Decode(&claims); err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(claims.Identifier()); err != nil {
			log.Fatal(err)
		}
		if err := buffer.Flush(); err != nil {
			log.Fatal(err)
		}
	}
}
