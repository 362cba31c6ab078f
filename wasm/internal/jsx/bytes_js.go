//go:build js && wasm

package jsx

import "unsafe"

// Bytes cross by imports of the module (host/go-memory.ts offers them), not by syscall/js: a
// Uint8Array made here costs a reference, a finalizer and five calls, for each packet.

//go:wasmimport headtab take
func takeImport(socket uint32, into unsafe.Pointer, size uint32) uint32

//go:wasmimport headtab write
func writeImport(socket uint32, bytes unsafe.Pointer, size uint32)

//go:wasmimport headtab output
func outputImport(stream uint32, bytes unsafe.Pointer, size uint32)

// take moves what has arrived at a socket into p, as far as it goes.
func take(socket uint32, p []byte) int {
	if len(p) == 0 {
		return 0
	}
	return int(takeImport(socket, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p))))
}

// write stages a copy of p to be sent.
func write(socket uint32, p []byte) {
	if len(p) > 0 {
		writeImport(socket, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))
	}
}

// Stream is where the output of one SSH session goes: a number that the host gives.
type Stream uint32

// Write stages a copy of p; the window gets all of one turn at once.
func (s Stream) Write(p []byte) {
	if len(p) > 0 {
		outputImport(uint32(s), unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))
	}
}
