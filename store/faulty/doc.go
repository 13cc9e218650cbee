// Package faulty makes a store go wrong on purpose, for tests that let each call of a whole program fail in turn.
//
//	Plan   which calls go wrong, and how; Parse and String carry it to another process
//	Fault  what goes wrong: fail, refuse, delay, truncate, shorten, lose, kill
//	Store  a store.Store that follows a Plan and counts its calls
//
// It belongs directly around the bare store, below store.Count and store.WithRetry, so that each try is a call:
//
//	bad := faulty.New(bare, faulty.Plan{Fault: faulty.Lose, Call: 7})
//	s := store.WithRetry(store.Count(bad), policy)
//
// A test runs its program with Call 1, 2, 3 and so on until Faults tells that none was met any more. Where the program
// is several processes, they share one count through the file Plan.Tally.
package faulty
