package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// readMemory reads a whole file in memory through Input and Reader.
func readMemory(data []byte) (rows int64, err error) {
	in, err := newInput(context.Background(), inMemory{bytes.NewReader(data)}, File{Name: "mutant.parquet", Size: int64(len(data))})
	if err != nil {
		return 0, err
	}
	if err := in.walkChunks(bytes.NewReader(data)); err != nil {
		return 0, err
	}
	rows, err = readInput(in, nil)
	return rows, errors.Join(err, in.Close())
}

// mutate damages a copy of data in one of the ways that disks, networks and bad writers do.
func mutate(data []byte, r *rand.Rand) []byte {
	out := bytes.Clone(data)
	at := r.IntN(len(out))
	if r.IntN(3) == 0 { // near the end stands the footer, which small changes hurt most
		at = len(out) - 1 - r.IntN(min(len(out), 600))
	}
	switch r.IntN(8) {
	case 0:
		return out[:at]
	case 1:
		clear(out[at:min(len(out), at+1+r.IntN(16))])
	case 2:
		out[at] = []byte{0, 1, 0x7f, 0x80, 0xfe, 0xff}[r.IntN(6)]
	case 3:
		out[at]++
	case 4:
		for i := range min(len(out)-at, 1+r.IntN(8)) {
			out[at+i] = byte(r.Uint32())
		}
	case 5: // bytes in another's place
		from := r.IntN(len(out))
		copy(out[at:], out[from:min(from+8, len(out))])
	default:
		out[at] ^= 1 << r.IntN(8)
	}
	return out
}

// What reading a mutant of a small file may take. A page may claim arrowMaxPage bytes and an honest frame of so many
// zeros would be read, so the bound of memory is that of two such pages.
const (
	mutantSeconds = 20
	mutantBytes   = 2*arrowMaxPage + 64<<20
)

// mutants calls try with mutants of the files of the corpus, perFile of the small ones and fewer of the larger ones.
func mutants(t *testing.T, perFile int, try func(t *testing.T, what string, original, mutant []byte)) {
	for _, folder := range []string{"good", "pyarrow", "others"} {
		for _, path := range corpusFiles(t, folder) {
			data, err := os.ReadFile(path)
			must(t, err)
			r := rand.New(rand.NewPCG(7, uint64(len(data))))
			for i := range min(perFile, perFile*3000/len(data)) {
				try(t, fmt.Sprintf("%s, mutant %d", filepath.Base(path), i), data, mutate(data, r))
			}
		}
	}
}

// bounded runs what reads a mutant and complains if that took too long or too much memory.
func bounded(t *testing.T, what string, run func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	run()
	if took := time.Since(start); took > mutantSeconds*time.Second {
		t.Errorf("%s: took %v", what, took)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > mutantBytes {
		t.Errorf("%s: allocated %d bytes", what, got)
	}
}

// TestMutantsAreReadOrRefused reads damaged files through the Reader: an error of a known class, or as many rows as before.
func TestMutantsAreReadOrRefused(t *testing.T) {
	read, refused := 0, 0
	mutants(t, 35, func(t *testing.T, what string, original, mutant []byte) {
		want, wantErr := readMemory(original)
		bounded(t, what, func() {
			rows, err := readMemory(mutant)
			var value *ValueError
			switch {
			case err == nil && wantErr == nil && rows != want:
				t.Errorf("%s: %d rows without an error, the file had %d", what, rows, want)
			case err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) && !errors.As(err, &value):
				t.Errorf("%s: an error of no known class: %v", what, err)
			case err != nil:
				refused++
			default:
				read++
			}
		})
	})
	t.Logf("%d mutants were read, %d refused", read, refused)
	if read == 0 || refused == 0 {
		t.Error("the mutants are all alike")
	}
}

// TestMutantsDecodeAlike reads damaged chunks with both decoders: where both read one, they read the same.
func TestMutantsDecodeAlike(t *testing.T) {
	same, one := 0, 0
	mutants(t, 35, func(t *testing.T, what string, original, mutant []byte) {
		f, err := openMemory(mutant)
		if err != nil {
			return
		}
		bounded(t, what, func() {
			for group := range f.meta.RowGroups {
				for _, leaf := range f.leaves {
					dumps, errs := f.dumps(group, leaf)
					switch {
					case errs[0] == nil && errs[1] == nil && !bytes.Equal(dumps[0], dumps[1]):
						t.Errorf("%s, group %d, column %q: decoders differ at byte %d", what, group, leaf.Path, firstDifference(dumps[0], dumps[1]))
					case errs[0] == nil && errs[1] == nil:
						same++
					case errs[0] == nil || errs[1] == nil:
						one++
					}
				}
			}
		})
	})
	t.Logf("%d chunks of mutants were read alike, %d by one decoder only", same, one)
}

// dumps reads a chunk with both decoders. A footer that lists too few chunks is no chunk.
func (f *openedFile) dumps(group int, leaf *leafColumn) (dumps [2][]byte, errs [2]error) {
	if leaf.Index >= len(f.meta.RowGroups[group].Columns) {
		return dumps, [2]error{io.EOF, io.EOF}
	}
	m := &f.meta.RowGroups[group].Columns[leaf.Index].MetaData
	if start, _ := chunkRange(m); m.NumValues == 0 || start < 0 || m.TotalCompressedSize < 0 || m.NumValues < 0 || m.NumValues > 1<<24 {
		return dumps, [2]error{io.EOF, io.EOF} // the footer's own check refuses it
	}
	for i, d := range decoders() {
		dumps[i], errs[i] = d.dump(f, group, leaf)
	}
	return dumps, errs
}

// FuzzReader reads any bytes as a file. The seeds are the smallest files of the corpus.
func FuzzReader(f *testing.F) {
	for _, folder := range []string{"good", "bad", "pyarrow", "others"} {
		for _, path := range corpusFiles(f, folder) {
			data, err := os.ReadFile(path)
			must(f, err)
			if len(data) < 3<<10 {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := readMemory(data)
		var value *ValueError
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) && !errors.As(err, &value) {
			t.Errorf("%d rows, then an error of no known class: %v", rows, err)
		}
	})
}
