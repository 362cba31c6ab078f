//go:build js && wasm

// Command headtab is the node in a browser's worker or a Node thread: it offers
// `globalThis.headtabNode` (HeadtabNode of contracts/wasm.ts) and emits its events
// through `globalThis.headtabEmit`, then waits.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"headtab/wasm/internal/jsx"
	"headtab/wasm/internal/probe"
	"headtab/wasm/internal/sshclient"
	"headtab/wasm/internal/tailnode"
	"headtab/wasm/internal/wire"
)

func main() {
	// Upstream logs through the standard logger too, and wasm_exec writes that to the console.
	log.SetOutput(io.Discard)
	// The bench compares with upstream's wrapper and window; nothing in a browser sets this.
	isStock := jsx.Flag("headtabStock")
	if !isStock {
		jsx.UseOwnDERPSocket()
	}
	p := &program{isStock: isStock, sessions: map[string]*sshclient.Session{}}
	jsx.Install("headtabNode", map[string]jsx.Value{
		"start":       jsx.Func(p.start),
		"registering": jsx.Func(p.registering),
		"logout":      jsx.Func(p.logout),
		"open":        jsx.Func(p.open),
		"write":       jsx.Func(p.write),
		"ack":         jsx.Func(p.ack),
		"resize":      jsx.Func(p.resize),
		"ping":        jsx.Func(p.ping),
		"answer":      jsx.Func(p.answer),
		"trust":       jsx.Func(p.trust),
		"close":       jsx.Func(p.close),
		"check":       jsx.Func(p.check),
		"probe":       jsx.Func(p.probe),
		"stats":       jsx.Func(p.stats),
	})
	jsx.Call("headtabReady")
	select {}
}

// program is the one node and its sessions.
type program struct {
	isStock bool

	mu       sync.Mutex
	node     *tailnode.Node
	spares   *sshclient.Spares
	sessions map[string]*sshclient.Session
}

func emitNode(event wire.Event) {
	value, err := jsx.Make(event)
	if err != nil {
		panic(fmt.Sprintf("event %T: %v", event, err))
	}
	jsx.Call("headtabEmit", value)
}

// emitSession sends the events of a session, and its output on the stream.
func emitSession(id string, output jsx.Stream) wire.Emit {
	return func(event wire.Event) {
		if data, ok := event.(wire.SSHData); ok {
			output.Write(data.Bytes)
			return
		}
		value, err := jsx.Make(event)
		if err != nil {
			panic(fmt.Sprintf("event %T: %v", event, err))
		}
		value.Set("sshSessionId", id)
		jsx.Call("headtabEmit", value)
	}
}

type nodeStart struct {
	ControlURL string `json:"controlUrl"`
	PreAuthKey string `json:"preAuthKey"`
	Hostname   string `json:"hostname"`
	Agent      *struct {
		State     string `json:"state"`
		IsLasting bool   `json:"isLasting"`
	} `json:"agent"`
}

func (p *program) start(args []jsx.Value) any {
	var params nodeStart
	if err := jsx.Parse(args[0], &params); err != nil {
		emitNode(wire.Failed(err))
		return nil
	}
	var agent *tailnode.AgentConfig
	if params.Agent != nil {
		agent = &tailnode.AgentConfig{State: params.Agent.State, IsLasting: params.Agent.IsLasting}
	}
	hasWay, hasWayTo := jsx.HasSocket, jsx.HasSocketTo
	if p.isStock {
		// Upstream's wrapper tells nothing of its sockets.
		hasWay = func() bool { return true }
		hasWayTo = func(string) bool { return true }
	}
	jsx.Go(func() {
		node, err := tailnode.Start(context.Background(), tailnode.Config{
			ControlURL: params.ControlURL,
			AuthKey:    params.PreAuthKey,
			Hostname:   params.Hostname,
			Agent:      agent,
			IsStock:    p.isStock,
			HasWay:     hasWay,
			HasWayTo:   hasWayTo,
			Emit:       emitNode,
			Go:         jsx.Go,
			Logf:       jsx.Logf,
		})
		if err != nil {
			emitNode(wire.Failed(err))
			return
		}
		if acks := node.Acks(); acks != nil {
			jsx.OnTurn(acks)
		}
		p.setNode(node)
	})
	return nil
}

func (p *program) setNode(node *tailnode.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.node = node
	p.spares = sshclient.NewSpares(node, jsx.Go)
}

func (p *program) current() *tailnode.Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.node
}

func (p *program) registering([]jsx.Value) any {
	if node := p.current(); node != nil {
		node.Registering()
	}
	return nil
}

func (p *program) logout([]jsx.Value) any {
	return jsx.Promise(func() {
		p.mu.Lock()
		node := p.node
		for _, session := range p.sessions {
			session.Close()
		}
		p.mu.Unlock()
		if node == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), wire.LogoutTimeoutMS*time.Millisecond)
		defer cancel()
		node.Logout(ctx)
	})
}

func (p *program) open(args []jsx.Value) any {
	var params struct {
		sshclient.Open
		Stream jsx.Stream `json:"stream"`
	}
	if err := jsx.Parse(args[0], &params); err != nil {
		panic(fmt.Sprintf("open: %v", err))
	}
	emit := emitSession(params.SSHSessionID, params.Stream)
	node := p.current()
	if node == nil {
		emit(wire.SSHFailed{Kind: "ssh/failed", Error: wire.ToWire(
			wire.New(wire.CodeNodeNotFound, nil, "node", params.Address))})
		return nil
	}
	p.mu.Lock()
	session := sshclient.New(node, params.Open, emit, jsx.Go, p.spares)
	p.sessions[params.SSHSessionID] = session
	p.mu.Unlock()
	jsx.Go(func() {
		session.Run()
		p.mu.Lock()
		delete(p.sessions, params.SSHSessionID)
		p.mu.Unlock()
	})
	return nil
}

// session is the session of an id, or nil: what was closed takes no more messages.
func (p *program) session(id jsx.Value) *sshclient.Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions[id.String()]
}

func (p *program) write(args []jsx.Value) any {
	if s := p.session(args[0]); s != nil {
		s.Write(jsx.ToBytes(args[1]))
	}
	return nil
}

func (p *program) ack(args []jsx.Value) any {
	if s := p.session(args[0]); s != nil {
		s.Ack(args[1].Int())
	}
	return nil
}

func (p *program) resize(args []jsx.Value) any {
	if s := p.session(args[0]); s != nil {
		s.Resize(sshclient.Size{Cols: args[1].Get("cols").Int(), Rows: args[1].Get("rows").Int()})
	}
	return nil
}

func (p *program) ping(args []jsx.Value) any {
	if s := p.session(args[0]); s != nil {
		s.Ping()
	}
	return nil
}

func (p *program) answer(args []jsx.Value) any {
	s := p.session(args[0])
	if s == nil {
		return nil
	}
	var answers []string
	if err := jsx.Parse(args[2], &answers); err != nil {
		answers = nil
	}
	s.Answer(args[1].Int(), answers)
	return nil
}

func (p *program) trust(args []jsx.Value) any {
	if s := p.session(args[0]); s != nil {
		s.Trust(args[1].Bool())
	}
	return nil
}

func (p *program) close(args []jsx.Value) any {
	if s := p.session(args[0]); s != nil {
		s.Close()
	}
	return nil
}

func (p *program) check(args []jsx.Value) any {
	if s := p.session(args[0]); s != nil {
		s.Check()
	}
	return nil
}

// probe looks at one peer; resolves with the legs.
func (p *program) probe(args []jsx.Value) any {
	address, port := args[0].String(), uint16(args[1].Int())
	return jsx.PromiseOf(func() (jsx.Value, error) {
		node := p.current()
		target, err := netip.ParseAddr(address)
		if node == nil || err != nil {
			failed := wire.ToWire(wire.New(wire.CodeAgentPeerHidden, err, "address", address))
			return jsx.Make([]wire.ProbeLeg{{Leg: "wireguard", Error: &failed}})
		}
		return jsx.Make(probe.Run(context.Background(), node, target, port))
	})
}

type stats struct {
	HeapBytes   uint64 `json:"heapBytes"`
	SysBytes    uint64 `json:"sysBytes"`
	Goroutines  int    `json:"goroutines"`
	SSHSessions int    `json:"sshSessions"`
}

func (p *program) stats([]jsx.Value) any {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	p.mu.Lock()
	sessions := len(p.sessions)
	p.mu.Unlock()
	value, err := jsx.Make(stats{
		HeapBytes: memory.HeapAlloc, SysBytes: memory.Sys, Goroutines: runtime.NumGoroutine(), SSHSessions: sessions,
	})
	if err != nil {
		panic(err)
	}
	return value
}
