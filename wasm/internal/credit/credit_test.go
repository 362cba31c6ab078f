package credit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestWaitBlocksUntilCreditReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(100)
		a.Take(100)
		if !a.Exhausted() {
			t.Fatal("100 of 100 in flight, but not exhausted")
		}
		got := make(chan int, 1)
		go func() {
			free, err := a.Wait(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- free
		}()
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("Wait returned without credit")
		default:
		}
		a.Return(40)
		if free := <-got; free != 40 {
			t.Errorf("free = %d, want 40", free)
		}
	})
}

func TestReturnNeverRaisesTheLimit(t *testing.T) {
	a := New(100)
	a.Take(10)
	a.Return(1 << 40)
	a.Return(-5)
	if free, err := a.Wait(t.Context()); err != nil || free != 100 {
		t.Errorf("free = %d, %v, want 100", free, err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	a := New(1)
	a.Take(1)
	reason := errors.New("closed")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := a.Wait(ctx); !errors.Is(err, reason) {
		t.Errorf("err = %v, want %v", err, reason)
	}
}
