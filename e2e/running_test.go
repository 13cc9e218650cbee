package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// running is a build under way, whose log is read as it comes.
type running struct {
	t        *testing.T
	cmd      *exec.Cmd
	out      bytes.Buffer
	messages strings.Builder
	phases   chan string   // those that are done; closed with the log
	scanned  chan struct{} // the log has been read to its end
}

// start starts a build with JSON logs.
func (s sandbox) start(args ...string) *running {
	s.t.Helper()
	r := &running{t: s.t, cmd: s.command(append([]string{"-o", "json", "--log-format", "json"}, args...)...), phases: make(chan string, 100),
		scanned: make(chan struct{})}
	r.cmd.Stdout = &r.out
	messages, err := r.cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go r.scan(messages)
	return r
}

// startBuild is start for a spec of its own.
func (s sandbox) startBuild(spec, store string, flags ...string) *running {
	s.t.Helper()
	s.write(specName(store), spec)
	return s.start(append([]string{"build", specName(store), "--store", store}, flags...)...)
}

func (r *running) scan(messages io.Reader) {
	defer close(r.scanned)
	defer close(r.phases)
	in := bufio.NewScanner(messages)
	for in.Scan() {
		r.messages.WriteString(in.Text() + "\n")
		var line struct{ Msg, Phase string }
		if json.Unmarshal(in.Bytes(), &line) == nil && line.Msg == "phase done" {
			r.phases <- line.Phase
		}
	}
}

// passed waits for the end of a phase.
func (r *running) passed(phase string) {
	r.t.Helper()
	for p := range r.phases {
		if p == phase {
			return
		}
	}
	o := r.wait()
	r.t.Fatalf("the build ended before the end of phase %s, with code %d: %s", phase, o.code, o.messages)
}

// until waits for something that the build does; true if that came before the build's end.
func (r *running) until(done func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		select {
		case <-r.scanned:
			return false
		default:
		}
		if done() {
			return true
		}
	}
	return false
}

// kill kills the coordinator with a signal that it cannot handle.
func (r *running) kill() {
	r.t.Helper()
	if err := r.cmd.Process.Kill(); err != nil {
		r.t.Fatal(err)
	}
	if o := r.wait(); o.code >= 0 {
		r.t.Fatalf("the build ended with code %d before it was killed: %s", o.code, o.messages)
	}
}

// wait waits for the end. A killed process has code -1.
func (r *running) wait() outcome {
	<-r.scanned
	err := r.cmd.Wait()
	if r.cmd.ProcessState == nil {
		r.t.Fatalf("waiting for a build: %v", err)
	}
	return outcome{code: r.cmd.ProcessState.ExitCode(), out: r.out.String(), messages: r.messages.String()}
}

// finish waits for an end that has to be good.
func (r *running) finish() report {
	r.t.Helper()
	o := r.wait()
	var made report
	if err := json.Unmarshal([]byte(o.out), &made); o.code != 0 || err != nil {
		r.t.Fatalf("the build ended with code %d: %s", o.code, o.messages)
	}
	return made
}
