package proc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/verdigris-db/verdigris/workers/proc"
	"github.com/verdigris-db/verdigris/workers/queue"
)

// The test binary is its own worker when this variable says so.
const roleVar = "VERDIGRIS_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "worker":
		proc.Serve(&worker{})
		os.Exit(0)
	case "coordinator":
		coordinate()
	case "brief":
		coordinateBriefly()
	}
	os.Exit(m.Run())
}

type worker struct{ job atomic.Value }

func (w *worker) Open(_ context.Context, job json.RawMessage) error {
	w.job.Store(string(job))
	if string(job) == "silent" {
		if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
			return err
		}
		select {} // the signal may take effect a moment later
	}
	if string(job) == "bad" {
		return &proc.Failure{Class: proc.Refused, Message: "a bad job"}
	}
	return nil
}

func (w *worker) Progress() json.RawMessage {
	job, _ := w.job.Load().(string)
	return json.RawMessage(job)
}

func (w *worker) Run(ctx context.Context, d proc.Delivery) ([]byte, error) {
	switch what := string(d.Task.Payload); what {
	case "wait":
		<-ctx.Done()
		return nil, ctx.Err()
	case "broken":
		return nil, fmt.Errorf("checking: %w", &proc.Failure{Class: proc.Damaged, Message: "sums differ", Object: "m1"})
	case "big":
		return make([]byte, 8<<20), nil
	default:
		return []byte(w.job.Load().(string) + "/" + what), nil
	}
}

func command(role string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	return cmd
}

func start(t *testing.T, job string) (*proc.Process, chan json.RawMessage, error) {
	beats := make(chan json.RawMessage, 1)
	p, err := proc.Start(t.Context(), proc.Config{
		Name: "w1", Command: func() *exec.Cmd { return command("worker") }, Job: json.RawMessage(job), Stderr: os.Stderr,
		Beat: 10 * time.Millisecond, Deadline: 2 * time.Second,
		OnProgress: func(b json.RawMessage) {
			select {
			case beats <- b:
			default:
			}
		},
	})
	if err == nil {
		t.Cleanup(p.Close)
	}
	return p, beats, err
}

func delivery(what string) proc.Delivery {
	return proc.Delivery{Task: queue.Task{ID: "t", Payload: []byte(what)}, ID: "t.1"}
}

func TestRunAndHeartbeat(t *testing.T) {
	p, beats, err := start(t, "job")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Run(t.Context(), delivery("x")); err != nil || string(got) != "job/x" {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := p.Run(t.Context(), delivery("big")); err != nil || len(got) != 8<<20 {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if early := <-beats; string(early) != "job" && string(early) != "" { // the first may come before the job
		t.Fatalf("progress %q", early)
	}
	if b := <-beats; string(b) != "job" {
		t.Fatalf("progress %q", b)
	}
}

func TestFailureKeepsItsClass(t *testing.T) {
	p, _, err := start(t, "job")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Run(t.Context(), delivery("broken"))
	var f *proc.Failure
	if !errors.As(err, &f) || f.Class != proc.Damaged || f.Object != "m1" || f.Message != "checking: sums differ" {
		t.Fatalf("%#v", err)
	}
	if _, _, err := start(t, "bad"); proc.ClassOf(err) != proc.Refused {
		t.Fatalf("%v", err)
	}
}

func TestWorkerThatFallsSilentWhileItOpensIsLost(t *testing.T) {
	_, _, err := start(t, "silent")
	var lost *proc.LostError
	if !errors.As(err, &lost) {
		t.Fatalf("%v", err)
	}
}

func TestCancel(t *testing.T) {
	p, _, err := start(t, "job")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := p.Run(ctx, delivery("wait")); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if got, err := p.Run(t.Context(), delivery("after")); err != nil || string(got) != "job/after" {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestKilledAndStoppedWorkersAreLost(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "stopped": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			p, beats, err := start(t, "job")
			if err != nil {
				t.Fatal(err)
			}
			<-beats
			if err := syscall.Kill(p.Pid(), sig); err != nil {
				t.Fatal(err)
			}
			_, err = p.Run(t.Context(), delivery("wait"))
			var lost *proc.LostError
			if !errors.As(err, &lost) {
				t.Fatalf("%v", err)
			}
			<-p.Gone()
			p.Close()
			if err := syscall.Kill(p.Pid(), 0); !errors.Is(err, syscall.ESRCH) {
				t.Fatalf("the process is still there: %v", err)
			}
		})
	}
}

// coordinate starts a worker, prints its pid and waits to be killed.
func coordinate() {
	p, err := proc.Start(context.Background(), proc.Config{
		Name: "w", Command: func() *exec.Cmd { return command("worker") }, Job: json.RawMessage("{}"), Stderr: os.Stderr,
		Beat: time.Second, Deadline: time.Minute, OnProgress: func(json.RawMessage) {},
	})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(p.Pid())
	select {}
}

// coordinateBriefly starts and ends workers, some while their heartbeat is under way.
func coordinateBriefly() {
	for i := range 20 {
		p, err := proc.Start(context.Background(), proc.Config{
			Name: "w", Command: func() *exec.Cmd { return command("worker") }, Job: json.RawMessage("{}"), Stderr: os.Stderr,
			Beat: 50 * time.Microsecond, Deadline: time.Minute, OnProgress: func(json.RawMessage) {},
		})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		if i%2 == 0 {
			if _, err := p.Run(context.Background(), delivery("x")); err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
		}
		p.Close()
	}
	os.Exit(0)
}

func TestFolderThatHasNoRoomForASocketIsNamed(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(long, 0o777); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{long: "more than 103 bytes", filepath.Join(long, "gone"): "no such file"} {
		t.Setenv("TMPDIR", folder)
		_, _, err := start(t, "job")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "TMPDIR") || strings.Contains(err.Error(), "plugin was not compiled") {
			t.Errorf("%s: %v", folder, err)
		}
	}
	if left, err := os.ReadDir(long); err != nil || len(left) > 0 {
		t.Errorf("%v: left behind are %v", err, left)
	}
}

func TestNothingIsSaidOrLeftBehind(t *testing.T) {
	c := command("brief")
	folder := t.TempDir()
	c.Env = append(c.Env, "TMPDIR="+folder)
	out, err := c.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Fatalf("%v: left behind are %v", err, left)
	}
}

func TestWorkerDiesWithItsCoordinator(t *testing.T) {
	c := command("coordinator")
	folder := t.TempDir()
	c.Env = append(c.Env, "TMPDIR="+folder)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("coordinator: %v", err)
	}
	limit := time.Now().Add(10 * time.Second)
	for alive(pid) {
		if time.Now().After(limit) {
			t.Fatalf("worker %d outlives its coordinator", pid)
		}
		syscall.Select(0, nil, nil, nil, &syscall.Timeval{Usec: 10000})
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Fatalf("%v: left behind are %v", err, left)
	}
}

// alive reports whether pid runs; one that ended but was not waited for (its new parent may be slow) does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !os.IsNotExist(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
