package proc

import (
	"errors"
	"fmt"
)

// Class says what a failed task means for the build.
type Class string

// The classes. The zero class is worth another attempt.
const (
	Retry   Class = ""
	Refused Class = "refused" // the input is at fault: another attempt gives the same
	Broken  Class = "broken"  // a check found a difference that another attempt cannot mend
	Damaged Class = "damaged" // a run of task Object is damaged or gone: that map task must run again
	Memory  Class = "memory"  // the rows do not fit in memory after all: the build must spill
	Stopped Class = "stopped" // the task was cancelled
)

// Failure is an error that crosses the process border with its class.
type Failure struct {
	Class   Class
	Message string
	Object  string // Damaged: the map task
}

func (f *Failure) Error() string { return f.Message }

// ClassOf is the class of the first Failure in err's chain; Retry if there is none.
func ClassOf(err error) Class {
	var f *Failure
	if errors.As(err, &f) {
		return f.Class
	}
	return Retry
}

// LostError says that a worker process is gone or was killed because it fell silent. Its tasks may run elsewhere.
type LostError struct {
	Worker string
	Cause  error
}

func (e *LostError) Error() string { return fmt.Sprintf("worker %s is lost: %v", e.Worker, e.Cause) }

func (e *LostError) Unwrap() error { return e.Cause }
