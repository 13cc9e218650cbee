package workers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unfinished is a build that has done all its tasks, but not committed; it gives the folder of its objects.
func unfinished(t *testing.T) (setting, string) {
	t.Helper()
	s := newSetting(t)
	mustBuild(t, s)
	root := filepath.Join(s.Dir, "out", "guests")
	builds, err := filepath.Glob(filepath.Join(root, "builds", "*"))
	if err != nil || len(builds) != 1 {
		t.Fatalf("builds %q, %v", builds, err)
	}
	for _, name := range []string{filepath.Join(root, "manifests"), filepath.Join(builds[0], "outcome")} {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
	return s, builds[0]
}

// TestDamagedObjectsOfABuildAreNamed damages what a killed build has left. The next run refuses it and says what to delete.
func TestDamagedObjectsOfABuildAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ object, content, want string }{
		"plan that is cut":          {"plan.json", `{"format":1,`, "reading a plan"},
		"plan of nothing":           {"plan.json", `{"format":1,"r":4}`, "it is of build"},
		"plan of another view":      {"plan.json", `{"format":1,"r":4,"build":"BUILD","view":"others"}`, "others"},
		"record that is cut":        {"done/p00001.0.json", `{"format":1,`, "done record of task p00001"},
		"record without a result":   {"done/p00001.0.json", `{"format":1,"task":"p00001"}`, "done record of task p00001"},
		"record of another task":    {"done/p00001.0.json", `{"format":1,"task":"p00001","train":{}}`, "done record of task p00001"},
		"record of another slice":   {"done/p00001.0.json", `{"format":1,"task":"p00001","reduce":{"partition":{"index":2}}}`, "done record of task p00001"},
		"training without a result": {"done/train.0.json", `{"format":1,"task":"train"}`, "done record of task train"},
		"outcome that is cut":       {"outcome", `{"outcome":`, "outcome"},
		"record of nobody":          {"done/readme.txt", "hello", "done/readme.txt"},
		"loading without a result":  {"done/load.0.json", `{"format":1,"task":"load"}`, "done record of task load"},
	} {
		t.Run(name, func(t *testing.T) {
			s, folder := unfinished(t)
			text := strings.ReplaceAll(c.content, "BUILD", filepath.Base(folder))
			if err := os.WriteFile(filepath.Join(folder, c.object), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			advice := fmt.Sprintf("delete builds/%s to begin this build anew", filepath.Base(folder))
			_, err := s.build(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), advice) {
				t.Fatalf("got %v, want %q and %q", err, c.want, advice)
			}
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
			mustBuild(t, s)
			verify(t, s.Dir, "out", 1)
		})
	}
}

// TestABuildWithoutItsDictionaryIsRefused: tables that are finished cannot be read without it.
func TestABuildWithoutItsDictionaryIsRefused(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"lost":    os.Remove,
		"damaged": func(path string) error { return os.WriteFile(path, []byte("VDGRDICT"), 0o666) },
	} {
		t.Run(name, func(t *testing.T) {
			s, folder := unfinished(t)
			found, err := filepath.Glob(filepath.Join(s.Dir, "out", "guests", "dictionaries", "*.dict"))
			if err != nil || len(found) != 1 {
				t.Fatalf("dictionaries %q, %v", found, err)
			}
			if err := harm(found[0]); err != nil {
				t.Fatal(err)
			}
			_, err = s.build(t.Context())
			if err == nil || !strings.Contains(err.Error(), filepath.Base(found[0])) || !strings.Contains(err.Error(), "to begin this build anew") {
				t.Fatalf("got %v", err)
			}
			for _, path := range []string{found[0], folder} {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
			}
			mustBuild(t, s)
			verify(t, s.Dir, "out", 1)
		})
	}
}

// TestALostDictionaryIsMadeAgain loses the dictionary that the next version would inherit: that must not end the view.
func TestALostDictionaryIsMadeAgain(t *testing.T) {
	s := newSetting(t)
	mustBuild(t, s)
	if err := os.RemoveAll(filepath.Join(s.Dir, "out", "guests", "dictionaries")); err != nil {
		t.Fatal(err)
	}
	s.NewVersion = true
	if r := mustBuild(t, s); !strings.Contains(r.Dictionary, "parent's is gone") {
		t.Errorf("dictionary: %s", r.Dictionary)
	}
	verify(t, s.Dir, "out", 2)
	verify(t, s.Dir, "out", 1) // the same rows give the same dictionary
}
