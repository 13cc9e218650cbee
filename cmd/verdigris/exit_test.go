package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/workers"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitDone},
		{errors.New("disk full"), exitFailed},
		{context.Canceled, exitFailed},
		{fmt.Errorf("%w: %w", view.ErrDiffers, cql.ErrInvalid), exitFailed}, // of a view, not of input
		{usagef("no KEY"), exitUsage},
		{&spec.Errors{List: []spec.Error{{Msg: "no view"}}}, exitUsage},
		{spec.Error{Msg: "no view"}, exitUsage},
		{workers.ErrNoStore, exitUsage},
		{&store.AddressError{Err: store.ErrName}, exitUsage},
		{&source.PlaceError{File: "a", Err: source.ErrDamaged}, exitRefused},
		{&source.PlaceError{File: "a", Err: source.ErrSourceChanged}, exitRefused},
		{source.ErrUnsupported, exitRefused},
		{source.ErrSchema, exitRefused},
		{source.ErrNoSource, exitRefused},
		{&source.ListError{Reason: "a file twice"}, exitRefused},
		{&source.ValueError{Value: "1"}, exitRefused},
		{&shuffle.RowError{Err: shuffle.ErrNullKey}, exitRefused},
		{&shuffle.DuplicateError{}, exitRefused},
		{cql.ErrInexact, exitRefused},
		{&differenceError{"2 faults"}, exitDifference},
		{shuffle.ErrLost, exitDifference},
		{context.DeadlineExceeded, exitHeld},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: code %d, want %d", c.err, got, c.want)
		}
		if c.err == nil {
			continue
		}
		if got := exitCode(fmt.Errorf("task 3: %w", c.err)); got != c.want {
			t.Errorf("%v, wrapped: code %d, want %d", c.err, got, c.want)
		}
	}
}
