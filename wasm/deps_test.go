// Package wasm checks what the module is made of; it holds no code.
package wasm

import (
	"os/exec"
	"strings"
	"testing"
)

// unwanted packages must not enter the program, each with why.
var unwanted = map[string]string{
	"tailscale.com/ssh/tailssh":     "an SSH server has no place in a browser",
	"tailscale.com/ipn/ipnserver":   "nobody asks this node for anything",
	"tailscale.com/client/web":      "a web interface of its own",
	"tailscale.com/feature/capture": "packet capture",
	"testing":                       "test code in the program",
}

func TestDependencies(t *testing.T) {
	tags, err := exec.Command("node", "build.mjs", "--tags").Output()
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("go", "list", "-deps", "-tags", strings.TrimSpace(string(tags)), "./cmd/headtab")
	list.Env = append(list.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(out)) {
		if why, is := unwanted[path]; is {
			t.Errorf("%s has entered: %s", path, why)
		}
	}
}
