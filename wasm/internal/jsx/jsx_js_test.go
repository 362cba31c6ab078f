//go:build js && wasm

package jsx

import (
	"bytes"
	"syscall/js"
	"testing"
)

func TestBytesCrossWhole(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	value := js.Global().Get("Uint8Array").New(len(all))
	js.CopyBytesToJS(value, all)
	if !bytes.Equal(ToBytes(value), all) {
		t.Error("bytes changed on the way")
	}
	if got := ToBytes(value.Call("subarray", 10, 12)); !bytes.Equal(got, []byte{10, 11}) {
		t.Errorf("a view gave %v", got)
	}
}

func TestValuesCrossByJSON(t *testing.T) {
	type pair struct {
		A string  `json:"a"`
		B *int    `json:"b"`
		C []int64 `json:"c"`
	}
	value, err := Make(pair{A: "🚀\u202E<b>", C: []int64{1}})
	if err != nil {
		t.Fatal(err)
	}
	if value.Get("b").Type() != js.TypeNull {
		t.Errorf("b is %v, want null", value.Get("b"))
	}
	var back pair
	if err := Parse(value, &back); err != nil || back.A != "🚀\u202E<b>" || len(back.C) != 1 {
		t.Errorf("back = %+v, %v", back, err)
	}
	if err := Parse(js.Undefined(), &back); err == nil {
		t.Error("undefined parsed")
	}
}

func TestAPanicIsReported(t *testing.T) {
	told := make(chan string, 1)
	report := js.FuncOf(func(_ js.Value, args []js.Value) any {
		told <- args[0].String()
		return nil
	})
	defer report.Release()
	js.Global().Set("headtabCrashed", report)
	Go(func() { panic("on purpose") })
	if got := <-told; !bytes.Contains([]byte(got), []byte("on purpose")) {
		t.Errorf("told %q", got)
	}
}

func TestPromiseResolves(t *testing.T) {
	ran := make(chan struct{})
	resolved := make(chan struct{})
	then := js.FuncOf(func(js.Value, []js.Value) any {
		close(resolved)
		return nil
	})
	defer then.Release()
	Promise(func() { close(ran) }).Call("then", then)
	<-ran
	<-resolved
}
