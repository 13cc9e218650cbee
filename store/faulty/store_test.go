package faulty_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/faulty"
)

// memory is a store that holds "a" and "b", of ten bytes each.
func memory(t *testing.T) store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "mem://")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if err := s.Write(t.Context(), name, store.Bytes([]byte("0123456789")), store.CreateOnly); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// calls makes one call of each kind and tells what it gave.
var calls = map[faulty.Op]func(ctx context.Context, s store.Store) (string, error){
	faulty.Write: func(ctx context.Context, s store.Store) (string, error) {
		return "", s.Write(ctx, "c", store.Bytes([]byte("new")), store.CreateOnly)
	},
	faulty.Read: func(ctx context.Context, s store.Store) (string, error) {
		r, err := s.Read(ctx, "a", 0, -1)
		if err != nil {
			return "", err
		}
		data, err := io.ReadAll(r)
		return string(data), errors.Join(err, r.Close())
	},
	faulty.Stat: func(ctx context.Context, s store.Store) (string, error) {
		info, err := s.Stat(ctx, "a")
		return info.Name, err
	},
	faulty.List: func(ctx context.Context, s store.Store) (string, error) {
		names := ""
		for info, err := range s.List(ctx, "") {
			if err != nil {
				return names, err
			}
			names += info.Name
		}
		return names, nil
	},
	faulty.Delete: func(ctx context.Context, s store.Store) (string, error) { return "", s.Delete(ctx, "b") },
}

func TestFaults(t *testing.T) {
	const good, transient, permanent = "good", "transient", "permanent"
	type result struct{ kind, gave string }
	done := map[faulty.Op]string{faulty.Write: "c", faulty.Delete: "b"} // the name that shows whether it was done
	whole := map[faulty.Op]string{faulty.Read: "0123456789", faulty.Stat: "a", faulty.List: "ab"}
	for _, fault := range []faulty.Fault{faulty.None, faulty.Fail, faulty.Refuse, faulty.Truncate, faulty.Shorten, faulty.Lose} {
		for op, call := range calls {
			t.Run(string(fault)+" "+string(op), func(t *testing.T) {
				inner := memory(t)
				s := faulty.New(inner, faulty.Plan{Fault: fault, Call: 1, Op: op, After: 1})
				want, happens := result{good, whole[op]}, fault != faulty.Fail && fault != faulty.Refuse
				switch fault {
				case faulty.Fail, faulty.Lose:
					want = result{transient, ""}
				case faulty.Refuse:
					want = result{permanent, ""}
				case faulty.Truncate:
					want = result{transient, whole[op][:min(1, len(whole[op]))]}
					if op == faulty.Stat {
						want.gave = ""
					}
					happens = false
				case faulty.Shorten:
					if op == faulty.Read || op == faulty.List {
						want.gave = whole[op][:1]
					}
				}
				gave, err := call(t.Context(), s)
				got := result{good, gave}
				if err != nil {
					got.kind = permanent
					if store.IsTransient(err) {
						got.kind = transient
					}
					if !errors.Is(err, faulty.ErrInjected) {
						t.Errorf("error %v is not the injected one", err)
					}
				}
				if got != want {
					t.Errorf("got %+v, want %+v; error %v", got, want, err)
				}
				if name := done[op]; name != "" {
					_, err := inner.Stat(t.Context(), name)
					if exists := err == nil; exists != (happens == (op == faulty.Write)) {
						t.Errorf("%q exists: %v", name, exists)
					}
				}
				if _, err := call(t.Context(), s); err != nil && !errors.Is(err, store.ErrExists) {
					t.Errorf("the second call fails: %v", err)
				}
				if s.Calls() != 2 || s.Faults() != min(1, len(fault)) {
					t.Errorf("%d calls and %d faults counted", s.Calls(), s.Faults())
				}
			})
		}
	}
}

func TestOnlyWhatThePlanNamesIsCounted(t *testing.T) {
	s := faulty.New(memory(t), faulty.Plan{Fault: faulty.Refuse, Call: 2, Op: faulty.Stat, Name: "b"})
	stat := func(name string) error {
		_, err := s.Stat(t.Context(), name)
		return err
	}
	if err := errors.Join(stat("a"), stat("a"), stat("b")); err != nil {
		t.Fatal(err)
	}
	if _, err := calls[faulty.Read](t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := stat("b"); !errors.Is(err, faulty.ErrInjected) {
		t.Fatalf("the second stat of b: %v", err)
	}
	if s.Calls() != 2 {
		t.Fatalf("%d calls counted", s.Calls())
	}
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := faulty.New(memory(t), faulty.Plan{Fault: faulty.Delay, Call: 1, Every: 1, Times: -1, Delay: time.Hour})
		start := time.Now()
		for op, call := range calls {
			if _, err := call(t.Context(), s); err != nil {
				t.Errorf("%s: %v", op, err)
			}
		}
		if got := time.Since(start); got != time.Duration(len(calls))*time.Hour {
			t.Errorf("it took %v", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := s.Stat(ctx, "a")
		if !errors.Is(err, context.DeadlineExceeded) || store.IsTransient(err) {
			t.Errorf("stat with a deadline: %v", err)
		}
	})
}

func TestBadPlanFails(t *testing.T) {
	s := faulty.New(memory(t), faulty.Plan{Fault: "typo", Call: 1})
	if _, err := s.Stat(t.Context(), "a"); err == nil || store.IsTransient(err) {
		t.Fatalf("got %v", err)
	}
}

// TestTally lets two stores, as of two processes, share one count.
func TestTally(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tally")
	plan := faulty.Plan{Fault: faulty.Fail, Call: 10, Every: 10, Times: -1, Tally: path}
	stores := []*faulty.Store{faulty.New(memory(t), plan), faulty.New(memory(t), plan)}
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for range 25 {
				if _, err := stores[i%2].Stat(t.Context(), "a"); err != nil && !errors.Is(err, faulty.ErrInjected) {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	n, err := faulty.ReadTally(path)
	if err != nil || n != 100 {
		t.Fatalf("the tally counts %d: %v", n, err)
	}
	if got := stores[0].Faults() + stores[1].Faults(); got != 10 {
		t.Fatalf("%d faults", got)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 101 || !strings.HasPrefix(lines[1], "1 ") || !strings.HasSuffix(lines[100], ` stat "a"`) {
		t.Fatalf("the log has %d lines, the second %q, the last %q", len(lines), lines[1], lines[len(lines)-1])
	}
	if err := os.WriteFile(path, []byte("no count"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := stores[0].Stat(t.Context(), "a"); err == nil || errors.Is(err, faulty.ErrInjected) {
		t.Fatalf("with a damaged tally: %v", err)
	}
	if _, err := faulty.ReadTally(path); err == nil {
		t.Fatal("a damaged tally was read")
	}
}

// TestKill runs itself as a child that makes its calls in the directory named by KILL_STORE.
func TestKill(t *testing.T) {
	if address := os.Getenv("KILL_STORE"); address != "" {
		plan, err := faulty.Parse(os.Getenv("KILL_PLAN"))
		if err != nil {
			t.Fatal(err)
		}
		bare, err := store.Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		s := faulty.New(bare, plan)
		for _, name := range []string{"1", "2", "3"} {
			if err := s.Write(t.Context(), name, store.Bytes([]byte(name)), store.CreateOnly); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for call, want := range map[string][]string{"1": {"1"}, "2": {"1", "2"}, "9": {"1", "2", "3"}} {
		address, err := store.DirectoryURL(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), "KILL_STORE="+address, "KILL_PLAN=fault=kill&op=write&call="+call)
		var out bytes.Buffer
		child.Stdout, child.Stderr = &out, &out
		err = child.Run()
		if killed := len(want) < 3; killed {
			status, ok := child.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("call %s: the child ended with %v: %s", call, err, out.String())
			}
		} else if err != nil {
			t.Fatalf("the child ended with %v: %s", err, out.String())
		}
		s, err := store.Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for info, err := range s.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, info.Name)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("call %s: the store has %q, want %q", call, got, want)
		}
	}
}
