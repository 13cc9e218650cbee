package source

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusFiles lists the Parquet files of a folder of testdata/corpus.
func corpusFiles(t testing.TB, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "corpus", folder, "*.parquet"))
	must(t, err)
	if len(names) == 0 {
		t.Fatalf("no files in %s", folder)
	}
	return names
}

// TestDecodersAgreeOnTheCorpus reads every column chunk of the good files with both decoders: the same levels and values,
// as many entries as the footer says. What the values are is corpus_test's question.
func TestDecodersAgreeOnTheCorpus(t *testing.T) {
	for _, folder := range []string{"good", "pyarrow", "others"} {
		for _, path := range corpusFiles(t, folder) {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".parquet"), func(t *testing.T) {
				t.Parallel()
				data, err := os.ReadFile(path)
				must(t, err)
				compareDecoders(t, data)
			})
		}
	}
}

func compareDecoders(t *testing.T, data []byte) {
	f, err := openMemory(data)
	must(t, err)
	for group := range f.meta.RowGroups {
		if f.meta.RowGroups[group].NumRows == 0 {
			continue // its chunks may say anything of their pages: nobody reads them
		}
		for _, leaf := range f.leaves {
			encodings, err := f.valueEncodings(group, leaf)
			must(t, err)
			var first []byte
			var readers []string
			for _, d := range decoders() {
				got, err := d.dump(f, group, leaf)
				what := strings.Join(leaf.Path, ".") + ": " + d.name
				if !reads(d.which, leaf, encodings) {
					if d.which == decodeArrowGo && !errors.Is(err, ErrUnsupported) {
						t.Errorf("%s: got %v, want a refusal of %s", what, err, encodings)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if len(readers) > 0 && !bytes.Equal(got, first) {
					t.Errorf("%s differs from %s at byte %d of %d", what, readers[0], firstDifference(got, first), len(first))
				}
				first, readers = got, append(readers, d.name)
			}
			if len(readers) == 0 {
				t.Errorf("%s: no decoder is allowed to read %s", strings.Join(leaf.Path, "."), encodings)
			}
		}
	}
}
