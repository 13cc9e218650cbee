package source

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"pgregory.net/rapid"
)

// handOut opens a page of values, of which some entries have none, and collects its steps.
func handOut(p *prefixed, body []byte, def []uint8, n int) (got []string, steps int, err error) {
	if err := p.open(body, len(def), n, def, nil); err != nil {
		return nil, 0, err
	}
	var v values
	for p.at < p.entries {
		var out leafPage
		if err := p.step(&out, &v, 1); err != nil {
			return got, steps, err
		}
		steps++
		value := 0
		for _, d := range out.Def {
			if d == 0 {
				got = append(got, "-")
				continue
			}
			got = append(got, string(out.Plain.Data[out.Plain.Offsets[value]:out.Plain.Offsets[value+1]]))
			value++
		}
		if value != out.Plain.N || len(out.Def) != out.Entries {
			return got, steps, errors.New("a step's counts do not agree")
		}
	}
	return got, steps, nil
}

// TestPrefixed compares with what parquet-go's encoder was given.
func TestPrefixed(t *testing.T) {
	var p prefixed
	rapid.Check(t, func(r *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`(ab){0,4}[a-c]{0,5}`), 1, 300).Draw(r, "texts")
		var def []uint8
		var want []string
		var data []byte
		offsets := []uint32{0}
		for _, s := range texts {
			for rapid.IntRange(0, 3).Draw(r, "null") == 0 {
				def, want = append(def, 0), append(want, "-")
			}
			def, want = append(def, 1), append(want, s)
			data = append(data, s...)
			offsets = append(offsets, uint32(len(data)))
		}
		body, err := new(delta.ByteArrayEncoding).EncodeByteArray(nil, data, offsets)
		if err != nil {
			r.Fatal(err)
		}
		got, _, err := handOut(&p, append(body, 0, 0), def, len(texts))
		if err != nil || !slices.Equal(got, want) {
			r.Fatalf("got %q, %v, want %q", got, err, want)
		}
		cut := rapid.IntRange(0, len(body)-1).Draw(r, "cut")
		if got, _, err := handOut(new(prefixed), body[:cut], def, len(texts)); err == nil {
			r.Fatalf("cut at %d: %q", cut, got)
		}
	})
}

// TestPrefixedExpands: a page of some kilobytes that stands for a hundred times its size is handed out in steps.
func TestPrefixedExpands(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	var data []byte
	offsets := []uint32{0}
	const n = 1000
	for range n {
		data = append(data, long...)
		offsets = append(offsets, uint32(len(data)))
	}
	body, err := new(delta.ByteArrayEncoding).EncodeByteArray(nil, data, offsets)
	ok(t, err)
	if len(body) > 40_000 {
		t.Fatalf("the page has %d bytes", len(body))
	}
	def := make([]uint8, n)
	fillLevels(def, 1)
	got, steps, err := handOut(new(prefixed), body, def, n)
	ok(t, err)
	if steps != 5 || len(got) != n || got[0] != long || got[n-1] != long {
		t.Errorf("%d values in %d steps", len(got), steps)
	}
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"a prefix of nothing", []byte{128, 1, 4, 1, 2, 128, 1, 4, 1, 2, 'a'}},
		{"a negative length", []byte{128, 1, 4, 1, 0, 128, 1, 4, 1, 1, 'a'}},
		{"too few bytes", []byte{128, 1, 4, 1, 0, 128, 1, 4, 1, 4, 'a'}},
		{"other counts", []byte{128, 1, 4, 0, 0, 128, 1, 4, 1, 2, 'a'}},
	} {
		if got, _, err := handOut(new(prefixed), c.body, []uint8{1}, 1); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}
