package workers_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/verdigris-db/verdigris/workers"
)

// TestRunsOfAKilledCommitGo plants what a build leaves that is killed between its manifest and the removal of its runs.
func TestRunsOfAKilledCommitGo(t *testing.T) {
	s := newSetting(t)
	first := mustBuild(t, s)
	scratch := filepath.Join(s.Dir, "out", ".scratch")
	run := filepath.Join(scratch, first.View, "builds", first.Build, "runs", "26", "m00000.2600000000000000.0.run")
	if err := os.MkdirAll(filepath.Dir(run), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run, make([]byte, 100), 0o666); err != nil {
		t.Fatal(err)
	}
	if r := mustBuild(t, s); r.Result != workers.Already {
		t.Fatalf("second build: %+v", r)
	}
	if _, err := os.Stat(scratch); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v", scratch, err)
	}
}

// TestScratchInTheStoreKeepsTheBuild: a scratch folder that is the store's own, under any name, takes nothing of the store with it.
func TestScratchInTheStoreKeepsTheBuild(t *testing.T) {
	for _, name := range []string{"new", "there", "linked"} {
		t.Run(name, func(t *testing.T) {
			s := newSetting(t)
			s.Workers = 2
			root := filepath.Join(s.Dir, "out")
			o, err := s.options()
			if err != nil {
				t.Fatal(err)
			}
			if name != "new" {
				if err := os.Mkdir(root, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			if o.Scratch = root; name == "linked" {
				o.Scratch = filepath.Join(s.Dir, "elsewhere")
				if err := os.Symlink(root, o.Scratch); err != nil {
					t.Fatal(err)
				}
			}
			r, err := workers.Build(context.Background(), o)
			if err != nil || r.Mode != "spill" {
				t.Fatalf("%+v, %v", r, err)
			}
			for _, object := range []string{"plan.json", "outcome", "report.json", "done", "pins"} {
				if _, err := os.Stat(filepath.Join(root, r.View, "builds", r.Build, object)); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(filepath.Join(root, ".scratch")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the scratch folder is still there: %v", err)
			}
		})
	}
}
