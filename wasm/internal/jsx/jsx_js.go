//go:build js && wasm

// Package jsx is the only place that touches syscall/js: values, bytes, promises,
// sockets and the lifetime of callbacks. Everything else is plain Go.
package jsx

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"syscall/js"
)

// Value is a JavaScript value, so that callers need no syscall/js.
type Value = js.Value

// Go runs fn in a goroutine; a panic in it ends as `headtabCrashed(detail)`, which
// the host turns into wasm-crashed, instead of a module that is silently dead.
func Go(fn func()) {
	go func() {
		defer Recover()
		fn()
	}()
}

// Recover reports a panic of this goroutine to the host. Deferred, never called.
func Recover() {
	if reason := recover(); reason != nil {
		js.Global().Call("headtabCrashed", fmt.Sprintf("%v\n%s", reason, debug.Stack()))
	}
}

// Parse turns a JavaScript value into a Go struct by JSON.
func Parse(value Value, into any) error {
	text := js.Global().Get("JSON").Call("stringify", value)
	if text.Type() != js.TypeString {
		return fmt.Errorf("jsx: not a JSON value")
	}
	return json.Unmarshal([]byte(text.String()), into)
}

// Make turns a Go value into a JavaScript one by JSON: one crossing however deep it is,
// where a call per field made 5,000 peers cost 60,000 crossings.
func Make(value any) (Value, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return js.Undefined(), err
	}
	return js.Global().Get("JSON").Call("parse", string(text)), nil
}

// ToBytes copies a Uint8Array into Go.
func ToBytes(value Value) []byte {
	b := make([]byte, value.Get("byteLength").Int())
	js.CopyBytesToGo(b, value)
	return b
}

// Func is a callback for JavaScript that lives as long as the module. It must not block.
func Func(fn func(args []Value) any) Value {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer Recover()
		return fn(args)
	}).Value
}

// Promise runs fn in a goroutine and resolves when it returns.
func Promise(fn func()) Value {
	return PromiseOf(func() (Value, error) {
		fn()
		return js.Undefined(), nil
	})
}

// PromiseOf runs fn in a goroutine and resolves with what it returns, or rejects.
func PromiseOf(fn func() (Value, error)) Value {
	var executor js.Func
	executor = js.FuncOf(func(_ js.Value, args []js.Value) any {
		resolve, reject := args[0], args[1]
		Go(func() {
			defer executor.Release()
			value, err := fn()
			if err != nil {
				reject.Invoke(js.Global().Get("Error").New(err.Error()))
				return
			}
			resolve.Invoke(value)
		})
		return nil
	})
	return js.Global().Get("Promise").New(executor)
}

// Install offers an object of functions under a global name.
func Install(name string, functions map[string]Value) {
	object := js.Global().Get("Object").New()
	for key, fn := range functions {
		object.Set(key, fn)
	}
	js.Global().Set(name, object)
}

// Call calls a global function.
func Call(name string, args ...any) {
	js.Global().Call(name, args...)
}

// Flag reads a global that a host has set before the program started.
func Flag(name string) bool { return js.Global().Get(name).Truthy() }

// Logf hands upstream's log to `globalThis.headtabLog`, where a host has set it.
func Logf(format string, args ...any) {
	if sink := js.Global().Get("headtabLog"); sink.Type() == js.TypeFunction {
		sink.Invoke(fmt.Sprintf(format, args...))
	}
}
