package workers_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/verdigris-db/verdigris/workers"
)

// crew remembers the worker processes of a build.
type crew struct {
	mu   sync.Mutex
	cmds []*exec.Cmd
}

// watch makes o's workers known.
func (c *crew) watch(o *workers.Options) {
	command := o.Command
	o.Command = func() *exec.Cmd {
		cmd := command()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cmds = append(c.cmds, cmd)
		return cmd
	}
}

// signal sends sig to the n-th process that was started.
func (c *crew) signal(t *testing.T, n int, sig syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n >= len(c.cmds) || c.cmds[n].Process == nil {
		t.Errorf("there is no process %d", n)
		return
	}
	if err := c.cmds[n].Process.Signal(sig); err != nil {
		t.Error(err)
	}
}

// once calls f at the first status that matches.
func once(when func(workers.Status) bool, f func()) workers.Observer {
	var did sync.Once
	return func(s workers.Status) {
		if when(s) {
			did.Do(f)
		}
	}
}

func inPhase(p workers.Phase) func(workers.Status) bool {
	return func(s workers.Status) bool { return s.Phase == p }
}

func TestLostWorkersAreReplaced(t *testing.T) {
	s := newSetting(t)
	mustBuild(t, s.into("clean"))
	want := content(load(t, s.Dir, "clean", 1))
	for _, c := range []struct {
		name    string
		workers int
		phase   workers.Phase
		signal  syscall.Signal
	}{
		{"killed in map, memory", 1, workers.Mapping, syscall.SIGKILL},
		{"killed in reduce, memory", 1, workers.Reducing, syscall.SIGKILL},
		{"killed in map, spill", 2, workers.Mapping, syscall.SIGKILL},
		{"killed in train, spill", 2, workers.Training, syscall.SIGKILL},
		{"killed in reduce, spill", 2, workers.Reducing, syscall.SIGKILL},
		{"stopped in reduce, memory", 1, workers.Reducing, syscall.SIGSTOP},
		{"stopped in reduce, spill", 2, workers.Reducing, syscall.SIGSTOP},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := strings.NewReplacer(" ", "-", ",", "").Replace(c.name)
			s := s.into(out)
			s.Workers = c.workers
			o, err := s.options()
			if err != nil {
				t.Fatal(err)
			}
			o.Timing.Beat, o.Timing.Deadline = 100*time.Millisecond, 3*time.Second
			var crew crew
			crew.watch(&o)
			hit := func(st workers.Status) bool {
				started := st.Phase == c.phase && (c.phase != workers.Mapping || st.Memory > 0)
				crew.mu.Lock()
				defer crew.mu.Unlock()
				return started && len(crew.cmds) > 0 && crew.cmds[0].Process != nil
			}
			o.Observer = once(hit, func() { crew.signal(t, 0, c.signal) })
			r, err := workers.Build(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := content(load(t, s.Dir, out, 1)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			t.Logf("%d processes were started", r.Workers)
		})
	}
}

// TestDamagedRunsAreMadeAgain damages or removes a run after the map stage.
func TestDamagedRunsAreMadeAgain(t *testing.T) {
	s := newSetting(t)
	mustBuild(t, s.into("clean"))
	want := content(load(t, s.Dir, "clean", 1))
	for name, damage := range map[string]func(path string) error{
		"removed":   os.Remove,
		"truncated": func(path string) error { return os.Truncate(path, 100) },
		"flipped": func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)/3] ^= 0x40
			return os.WriteFile(path, b, 0o666)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.into(name)
			s.Workers = 2
			o, err := s.options()
			if err != nil {
				t.Fatal(err)
			}
			o.Observer = once(inPhase(workers.Training), func() {
				runs, err := filepath.Glob(filepath.Join(s.Dir, name, ".scratch", "guests", "builds", "*", "runs", "*", "*.run"))
				if err != nil || len(runs) == 0 {
					t.Errorf("found no runs: %v", err)
					return
				}
				if err := damage(runs[0]); err != nil {
					t.Error(err)
				}
			})
			if _, err := workers.Build(context.Background(), o); err != nil {
				t.Fatal(err)
			}
			if got := content(load(t, s.Dir, name, 1)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			records, err := filepath.Glob(filepath.Join(s.Dir, name, "guests", "builds", "*", "done", "m*.1.json"))
			if err != nil || len(records) != 1 {
				t.Errorf("map tasks that ran again: %v, %v", records, err)
			}
		})
	}
}

// TestRowsThatDoNotFitAfterAllSpill has rows that are much larger behind those that the estimate looks at.
func TestRowsThatDoNotFitAfterAllSpill(t *testing.T) {
	s := newSetting(t)
	rows := guests(1000, 2500)
	for i := range rows {
		if i%8 == 7 {
			note := strings.Repeat("very long ", 60_000)
			rows[i].Note = &note
		}
	}
	writeGroups(t, filepath.Join(s.Dir, "data", "c.parquet"), rows, 20)
	big := s.into("big")
	big.Memory = 4 << 30
	if r := mustBuild(t, big); r.Mode != "memory" {
		t.Fatalf("mode %s", r.Mode)
	}
	tight := s.into("tight")
	tight.Memory = 200 << 20
	o, err := tight.options()
	if err != nil {
		t.Fatal(err)
	}
	if plan, err := workers.DryRun(context.Background(), o); err != nil || plan.Mode != "memory" {
		t.Fatalf("the estimate does not err: %v, %+v", err, plan)
	}
	if r := mustBuild(t, tight); r.Mode != "spill" {
		t.Fatalf("mode %s", r.Mode)
	}
	if a, b := content(load(t, s.Dir, "big", 1)), content(load(t, s.Dir, "tight", 1)); a != b {
		t.Errorf("in memory\n%s\nspilled\n%s", a, b)
	}
}

// TestRowThatFitsNoMemoryIsRefused: a row group may be small enough to be read and have a row too large to be sorted.
func TestRowThatFitsNoMemoryIsRefused(t *testing.T) {
	s := newSetting(t)
	rows := guests(1000, 1002)
	note := strings.Repeat("x", 64<<20)
	rows[0].Note = &note
	writeGroups(t, filepath.Join(s.Dir, "data", "c.parquet"), rows, 1)
	s.Memory = 380 << 20
	_, err := s.build(context.Background())
	if err == nil || !strings.Contains(err.Error(), "c.parquet") || !strings.Contains(err.Error(), "more --memory is needed") {
		t.Errorf("got %v", err)
	}
}
