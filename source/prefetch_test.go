package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

// farObject is a file in memory that counts requests and fails one of them.
type farObject struct {
	inMemory
	requests *atomic.Int64
	failing  int64 // number of the request that fails, from 1; 0 for none
}

var errFar = errors.New("the network is down")

func (o farObject) Reach() reach { return far }

func (o farObject) ReadAt(ctx context.Context, b []byte, off int64) (int, error) {
	if o.requests.Add(1) == o.failing {
		return 0, errFar
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return o.inMemory.ReadAt(ctx, b, off)
}

func TestCoalesce(t *testing.T) {
	const gap = prefetchGap
	for _, c := range []struct {
		in    []span
		want  string
		bytes int64
	}{
		{nil, "", 0},
		{[]span{{start: 4, end: 10}}, "4-10", 6},
		{[]span{{start: 10, end: 20}, {start: 4, end: 10}}, "4-20", 16},
		{[]span{{start: 0, end: 10}, {start: 10 + gap, end: 11 + gap}}, fmt.Sprintf("0-%d", 11+gap), 11 + gap},
		{[]span{{start: 0, end: 10}, {start: 11 + gap, end: 12 + gap}}, fmt.Sprintf("0-10 %d-%d", 11+gap, 12+gap), 11},
		{[]span{{start: 0, end: 100}, {start: 5, end: 6}}, "0-100", 100},
	} {
		out, total := coalesce(c.in)
		var got []string
		for _, s := range out {
			got = append(got, fmt.Sprintf("%d-%d", s.start, s.end))
		}
		if line := strings.Join(got, " "); line != c.want || total != c.bytes {
			t.Errorf("%v: %s of %d bytes", c.in, line, total)
		}
	}
}

// TestPrefetch reads a row group of an object with one request for the footer and one for all its columns, and with the
// columns that are wanted only.
func TestPrefetch(t *testing.T) {
	rows := []nestedRow{{ID: 1, List: []int64{1, 2}, Counts: map[string]int64{"a": 1}}, {ID: 2}}
	b, err := os.ReadFile(writeFile(t, t.TempDir(), "x", rows))
	ok(t, err)
	wants := []Want{{Name: "list", Type: cql.ListOf(cql.Of(cql.BigInt))}, {Name: "id", Type: cql.Of(cql.BigInt)},
		{Name: "counts", Type: cql.MapOf(cql.Of(cql.Text), cql.Of(cql.BigInt))}}
	read := func(failing int64) (string, int64, error) {
		o := farObject{inMemory{bytes.NewReader(b)}, new(atomic.Int64), failing}
		in, err := newInput(t.Context(), o, File{Name: "x", URL: "s3://b/x", Size: int64(len(b))})
		if err != nil {
			return "", 0, err
		}
		got, err := readGroup(in, 0, wants)
		return strings.Join(got, " "), o.requests.Load(), err
	}
	got, requests, err := read(0)
	ok(t, err)
	if got != `[1,2]|1|{"a":1} []|2|{}` || requests != 2 {
		t.Errorf("%s by %d requests", got, requests)
	}
	for n := int64(1); n <= 2; n++ {
		if got, _, err := read(n); !errors.Is(err, errFar) || !strings.Contains(err.Error(), "down") {
			t.Errorf("request %d fails: %s, %v", n, got, err)
		}
	}
}

// TestPrefetchParts fetches spans of several parts, of which one fails.
func TestPrefetchParts(t *testing.T) {
	b := make([]byte, 3*prefetchPart)
	for i := range b {
		b[i] = byte(i >> 10)
	}
	for failing := range int64(5) {
		o := farObject{inMemory{bytes.NewReader(b)}, new(atomic.Int64), failing}
		p, err := prefetch(t.Context(), o, []span{{start: 5, end: 2*prefetchPart + 7}, {start: 3*prefetchPart - 9, end: 3 * prefetchPart}})
		if failing > 0 {
			if !errors.Is(err, errFar) {
				t.Errorf("request %d fails: %v", failing, err)
			}
			continue
		}
		ok(t, err)
		got := make([]byte, 2*prefetchPart+2)
		if _, err := p.ReadAt(got, 5); err != nil || !bytes.Equal(got, b[5:2*prefetchPart+7]) {
			t.Error("other bytes", err)
		}
		if _, err := p.ReadAt(got[:10], 3*prefetchPart-9); !errors.Is(err, ErrDamaged) {
			t.Errorf("behind the span: %v", err)
		}
		if n, err := p.ReadAt(got[:9], 3*prefetchPart-9); n != 9 || err != nil {
			t.Error(n, err)
		}
		if o.requests.Load() != 4 {
			t.Errorf("%d requests", o.requests.Load())
		}
	}
}
