// Package wire holds what crosses from Go to TypeScript: error codes, limits and
// events. It is plain Go; codes.go is generated from the TypeScript contracts, and
// the events mirror contracts/wasm.ts field by field.
package wire

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// Error is a failure by a code of the one table. Err stays on this side.
type Error struct {
	Code   Code
	Params map[string]string
	Err    error
}

// New makes an Error; pairs are names and values of the params.
func New(code Code, err error, pairs ...string) *Error {
	params := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return &Error{Code: code, Params: params, Err: err}
}

func (e *Error) Error() string {
	if e.Err == nil {
		return string(e.Code)
	}
	return fmt.Sprintf("%s: %v", e.Code, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorJSON is WireError of contracts/app-error.ts.
type ErrorJSON struct {
	Code   Code              `json:"code"`
	Params map[string]string `json:"params"`
	ID     string            `json:"id"`
}

// ToWire is err as it crosses; a stranger becomes `internal`.
func ToWire(err error) ErrorJSON {
	var e *Error
	if !errors.As(err, &e) {
		e = New(CodeInternal, err)
	}
	var id [5]byte
	// crypto/rand never fails: it ends the program instead.
	_, _ = rand.Read(id[:])
	params := e.Params
	if params == nil {
		params = map[string]string{}
	}
	return ErrorJSON{Code: e.Code, Params: params, ID: hex.EncodeToString(id[:])}
}
