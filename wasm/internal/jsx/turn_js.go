//go:build js && wasm

package jsx

// Turn is told how Go works through what the sockets have brought.
type Turn interface {
	// Begin comes before the first byte of a burst is read.
	Begin()
	// Received comes with each piece that is read.
	Received(sizeBytes int)
	// End comes when no goroutine can go on with it.
	End()
}

var turn Turn

// OnTurn sets who is told. Before the node dials its first peer.
func OnTurn(t Turn) { turn = t }

func turnBegins() {
	if turn != nil {
		turn.Begin()
	}
}

func turnReceived(sizeBytes int) {
	if turn != nil {
		turn.Received(sizeBytes)
	}
}

func turnEnds() {
	if turn != nil {
		turn.End()
	}
}
