package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/workers"
	"github.com/verdigris-db/verdigris/workers/proc"
)

// The exit codes; docs/guide/exit-codes.md says what an operator does about each.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2 // the command line or the spec
	exitRefused    = 3 // the input
	exitDifference = 4 // a check or gate found one
	exitHeld       = 5 // timed out or held
	exitLost       = 6 // somebody else won
)

// usageError is a mistake on the command line.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// differenceError says that a check ran to its end and found what should not be. The findings are in the result.
type differenceError struct{ summary string }

func (e *differenceError) Error() string { return e.summary }

// refusals are the errors about input, by package.
var refusals = []error{
	source.ErrSourceChanged, source.ErrDamaged, source.ErrUnsupported, source.ErrSchema, source.ErrNoSource,
	cql.ErrInexact, cql.ErrDuplicateKey, cql.ErrKeyTooLong,
}

// exitCode is the process's exit code for what a command returned. Of several causes the one that comes first here decides.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case is[*usageError](err), is[*spec.Errors](err), is[spec.Error](err), is[*store.AddressError](err), errors.Is(err, workers.ErrNoStore):
		return exitUsage
	case is[*differenceError](err):
		return exitDifference
	case is[*source.ListError](err), is[*source.ValueError](err), is[*shuffle.RowError](err), is[*shuffle.DuplicateError](err):
		return exitRefused
	case is[*workers.StaleError](err):
		return exitLost
	case errors.Is(err, workers.ErrRequired), errors.Is(err, shuffle.ErrLost), proc.ClassOf(err) == proc.Broken:
		return exitDifference
	case errors.Is(err, workers.ErrBudget), proc.ClassOf(err) == proc.Refused:
		return exitRefused
	case errors.Is(err, context.DeadlineExceeded):
		return exitHeld
	}
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return exitRefused
		}
	}
	return exitFailed
}

// is reports whether err or one of its causes is a T.
func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
