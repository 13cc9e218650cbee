package main

import (
	"errors"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be verdigris: scripts run it by that name, and builds start it again as worker.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"verdigris": main})
}

// TestScripts runs testdata/script: the command line as a user types it, with real processes.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"append": appendOutput},
	})
}

// appendOutput is "append FILE PROGRAM ARG..": it runs the program and puts its output behind what the file holds.
func appendOutput(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: append FILE PROGRAM ARG..")
	}
	ts.Check(ts.Exec(args[1], args[2:]...))
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteString(ts.ReadFile("stdout"))
	ts.Check(errors.Join(err, f.Close()))
}
