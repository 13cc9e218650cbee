package main

import (
	"bytes"
	"strings"
	"testing"
)

// outcome is what one command line did.
type outcome struct {
	code          int
	out, messages string
}

// execute runs a command line in this process, in an empty folder.
func execute(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, messages bytes.Buffer
	s := streams{in: strings.NewReader(""), out: &out, messages: &messages, dir: t.TempDir()}
	code := run(t.Context(), s, args)
	return outcome{code, out.String(), messages.String()}
}

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct{ line, message string }{
		{"frob", `no command "frob"`},
		{"--frob", "unknown flag: --frob"},
		{"-o yaml", "allowed: text, json"},
		{"--log-level loud", "allowed: debug, info, warn, error"},
		{"--log-format xml", "allowed: text, json"},
	} {
		got := execute(t, strings.Fields(c.line)...)
		if got.code != exitUsage || got.out != "" || !strings.Contains(got.messages, c.message) {
			t.Errorf("%s: %+v, want code %d and %q among the messages only", c.line, got, exitUsage, c.message)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, line := range []string{"", "--help", "help"} {
		got := execute(t, strings.Fields(line)...)
		if got.code != exitDone || !strings.Contains(got.out, "verdigris") || got.messages != "" {
			t.Errorf("%q: %+v", line, got)
		}
	}
}
