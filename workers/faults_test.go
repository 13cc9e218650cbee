package workers_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/store/faulty"
	"github.com/verdigris-db/verdigris/workers"
)

// small is a build with few store calls: two partitions.
func small(t *testing.T) setting {
	t.Helper()
	dir := t.TempDir()
	writeGuests(t, filepath.Join(dir, "data", "a.parquet"), guests(0, 50))
	return setting{Spec: strings.Replace(fmt.Sprintf(guestSpec, "out"), "partitions: 4", "partitions: 2", 1), Dir: dir}
}

// calls is how many store calls one build makes, of the coordinator and its workers together, as a plan counts them.
func calls(t *testing.T, s setting) int {
	t.Helper()
	tally := filepath.Join(t.TempDir(), "tally")
	plan := faulty.Plan{Tally: tally}.String()
	s = s.into("counted")
	s.CoordFault, s.WorkerFault = plan, plan
	mustBuild(t, s)
	n, err := faulty.ReadTally(tally)
	if err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Fatalf("only %d calls were counted", n)
	}
	return n
}

// everyCall lists the calls to test: all, or some in short mode.
func everyCall(t *testing.T, n int) []int {
	t.Helper()
	step := 1
	if testing.Short() {
		step = 7
	}
	var out []int
	for i := 1; i <= n; i += step {
		out = append(out, i)
	}
	return out
}

// TestEachStoreCallGoesWrong lets each call of a build fail in each way. A transient fault is overcome; a permanent one
// surfaces; nothing half-done is published; and the next build is whole and has the same bytes.
func TestEachStoreCallGoesWrong(t *testing.T) {
	for _, mode := range []struct {
		name    string
		workers int
	}{{"memory", 1}, {"spill", 2}} {
		for _, fault := range []faulty.Fault{faulty.Fail, faulty.Refuse, faulty.Truncate, faulty.Lose} {
			t.Run(mode.name+"/"+string(fault), func(t *testing.T) {
				t.Parallel()
				s := small(t)
				s.Workers = mode.workers
				n := calls(t, s)
				want := content(load(t, s.Dir, "counted", 1))
				for _, call := range everyCall(t, n) {
					out := fmt.Sprintf("out-%d", call)
					plan := faulty.Plan{Fault: fault, Call: call, After: 10, Tally: filepath.Join(s.Dir, out+".tally")}.String()
					bad := s.into(out)
					bad.CoordFault, bad.WorkerFault = plan, plan
					r, err := bad.build(context.Background())
					if err != nil && fault != faulty.Refuse {
						t.Errorf("call %d: a transient fault was not overcome: %v", call, err)
					}
					if err != nil && fault == faulty.Refuse && !strings.Contains(err.Error(), "injected") && !strings.Contains(err.Error(), "refuse") {
						t.Errorf("call %d: the fault does not surface in: %v", call, err)
					}
					if m, e := tryLoad(s.Dir, out, 0); e == nil {
						verify(t, s.Dir, out, m.Version) // what is published is whole
						if m.Version != 1 {
							t.Errorf("call %d: version %d", call, m.Version)
						}
					} else if err == nil {
						t.Errorf("call %d: the build reports %+v, but: %v", call, r, e)
					}
					after := mustBuild(t, s.into(out))
					if after.Version != 1 {
						t.Errorf("call %d: the next build made version %d", call, after.Version)
					}
					if got := content(load(t, s.Dir, out, 1)); got != want {
						t.Errorf("call %d: got\n%s\nwant\n%s", call, got, want)
					}
				}
			})
		}
	}
}

// TestKilledAtEachStoreCall kills the process, coordinator or worker, that makes each call, right after the call. A worker is
// replaced within the build; a coordinator's build goes on when it is started again.
func TestKilledAtEachStoreCall(t *testing.T) {
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d workers", n), func(t *testing.T) {
			t.Parallel()
			s := small(t)
			s.Workers = n
			total := calls(t, s)
			want := content(load(t, s.Dir, "counted", 1))
			for _, call := range everyCall(t, total) {
				out := fmt.Sprintf("out-%d", call)
				plan := faulty.Plan{Fault: faulty.Kill, Call: call, Tally: filepath.Join(s.Dir, out+".tally")}.String()
				bad := s.into(out)
				bad.CoordFault, bad.WorkerFault = plan, plan
				_, err := bad.child(t)
				if err != nil && !strings.Contains(err.Error(), "killed") {
					t.Errorf("call %d: neither survived nor killed: %v", call, err)
				}
				if m, e := tryLoad(s.Dir, out, 0); e == nil {
					verify(t, s.Dir, out, m.Version)
				} else if err == nil {
					t.Errorf("call %d: the build succeeded without a version: %v", call, e)
				}
				after := mustBuild(t, s.into(out))
				if err == nil && after.Result != workers.Already {
					t.Errorf("call %d: the build after a good one did %+v", call, after)
				}
				if after.Version != 1 {
					t.Errorf("call %d: version %d", call, after.Version)
				}
				if got := content(load(t, s.Dir, out, 1)); got != want {
					t.Errorf("call %d: got\n%s\nwant\n%s", call, got, want)
				}
			}
		})
	}
}
