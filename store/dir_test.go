package store_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/storetest"
)

// openDir opens a new directory store.
func openDir(t *testing.T) store.Store {
	t.Helper()
	address, err := store.DirectoryURL(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDirectory(t *testing.T) {
	storetest.Suite{Open: openDir, Races: 300, LargeSize: 4 << 20, LargeRace: 3}.Run(t)
}

// TestDirectoryPermissions: an object made of a file that only its maker may read is as readable as any other.
func TestDirectoryPermissions(t *testing.T) {
	folder := t.TempDir()
	root := filepath.Join(folder, "store")
	address, err := store.DirectoryURL(root)
	if err != nil {
		t.Fatal(err)
	}
	s := openAt(t, address)
	f, err := os.CreateTemp(folder, "body-*")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := store.HashFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	var modes []os.FileMode
	for name, body := range map[string]store.Body{"bytes": store.Bytes([]byte("x")), "file": file} {
		if err := s.Write(t.Context(), name, body, store.CreateOnly); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		modes = append(modes, info.Mode())
	}
	if modes[0] != modes[1] {
		t.Fatalf("the permissions are %v", modes)
	}
	made, err := os.Stat(filepath.Join(root, "file"))
	if err != nil {
		t.Fatal(err)
	}
	given, err := os.Stat(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(made, given) {
		t.Fatal("the file was copied")
	}
}

// TestDirectoryRaceOfProcesses lets processes that know nothing of each other create the same names.
func TestDirectoryRaceOfProcesses(t *testing.T) {
	const names, processes = 100, 4
	if address := os.Getenv("RACE_STORE"); address != "" {
		s := openAt(t, address)
		me := os.Getenv("RACE_ME")
		var won []string
		for i := range names {
			name := fmt.Sprintf("%d/%d", i%3, i)
			err := s.Write(t.Context(), name, store.Bytes([]byte(me)), store.CreateOnly)
			if err == nil {
				won = append(won, name)
			} else if !errors.Is(err, store.ErrExists) {
				t.Fatal(err)
			}
		}
		if err := s.Write(t.Context(), "won/"+me, store.Bytes([]byte(strings.Join(won, " "))), store.CreateOnly); err != nil {
			t.Fatal(err)
		}
		return
	}
	address, err := store.DirectoryURL(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	var children sync.WaitGroup
	for me := range processes {
		children.Go(func() {
			child := exec.Command(os.Args[0], "-test.run=^TestDirectoryRaceOfProcesses$")
			child.Env = append(os.Environ(), "RACE_STORE="+address, fmt.Sprintf("RACE_ME=%d", me))
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	children.Wait()
	s := openAt(t, address)
	winners := map[string]string{}
	for me := range processes {
		list, err := store.ReadAll(t.Context(), s, fmt.Sprintf("won/%d", me), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range strings.Fields(string(list)) {
			if other, taken := winners[name]; taken {
				t.Fatalf("%s was won by %s and %d", name, other, me)
			}
			winners[name] = fmt.Sprint(me)
			if got, err := store.ReadAll(t.Context(), s, name, 10); err != nil || string(got) != fmt.Sprint(me) {
				t.Fatalf("%s was won by %d and holds %q (%v)", name, me, got, err)
			}
		}
	}
	if len(winners) != names {
		t.Fatalf("%d of %d names were won", len(winners), names)
	}
}
