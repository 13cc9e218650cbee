package partitioner

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestSlicesBoundaries compares every boundary of the design's partition counts with arbitrary-precision arithmetic,
// and locates the boundary and its neighbours.
func TestSlicesBoundaries(t *testing.T) {
	for _, r := range []int{1, 2, 3, 7, 1000, 1024, MaxR} {
		s := Slices{R: r}
		step := max(1, r/5000)
		for i := 0; i < r; i += step {
			lo, hi := s.Bounds(i)
			if lo != exactBound(i, r) || hi != exactBound(i+1, r) {
				t.Fatalf("R=%d: bounds of %d are %d, %d; want %d, %d", r, i, lo, hi, exactBound(i, r), exactBound(i+1, r))
			}
			for _, c := range []struct {
				token int64
				want  int
			}{{lo, i - 1}, {lo + 1, i}, {lo + 2, i}, {hi - 1, i}, {hi, i}, {hi + 1, i + 1}} {
				if c.token == MinToken || (i == r-1 && c.want == r) || c.token < lo && i == 0 {
					continue
				}
				if got, _ := s.Locate(c.token); got != c.want {
					t.Fatalf("R=%d: token %d is in %d, want %d", r, c.token, got, c.want)
				}
			}
		}
		if _, hi := s.Bounds(r - 1); hi != math.MaxInt64 {
			t.Fatalf("R=%d: the last partition ends at %d", r, hi)
		}
	}
}

func exactBound(i, r int) int64 {
	if i == r {
		return math.MaxInt64
	}
	x := new(big.Int).Lsh(big.NewInt(int64(i)), 64)
	x.Add(x, big.NewInt(int64(r-1))).Div(x, big.NewInt(int64(r)))
	return x.Sub(x, new(big.Int).Lsh(big.NewInt(1), 63)).Int64()
}

func TestLocateAndToken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Slices{R: rapid.IntRange(1, MaxR).Draw(t, "R")}
		token := rapid.Int64Range(MinToken+1, math.MaxInt64).Draw(t, "token")
		index, position := s.Locate(token)
		if got := s.Token(index, position); got != token {
			t.Fatalf("token %d is at %d, %d, where token %d is", token, index, position, got)
		}
		if position > 0 {
			if got := s.Token(index, position-1); got != token && s.R > 1 {
				t.Fatalf("no token lies between: got %d, want %d", got, token)
			}
		}
		if token > MinToken+1 {
			i, p := s.Locate(token - 1)
			if i > index || i == index && p >= position {
				t.Fatalf("positions do not grow with tokens: %d, %d then %d, %d", i, p, index, position)
			}
		}
		lo, hi := s.Bounds(index)
		if token <= lo || token > hi {
			t.Fatalf("token %d of partition %d is outside (%d, %d]", token, index, lo, hi)
		}
	})
}

func TestTokenBehindTheLast(t *testing.T) {
	for _, r := range []int{1, 2, 3, 1024} {
		if got := (Slices{R: r}).Token(r-1, math.MaxUint64); got != math.MaxInt64 {
			t.Fatalf("R=%d: got %d", r, got)
		}
	}
	if got := (Slices{R: 1}).Token(0, 0); got != MinToken+1 {
		t.Fatalf("first token is %d", got)
	}
}

func TestSlicesValidate(t *testing.T) {
	for r, ok := range map[int]bool{-1: false, 0: false, 1: true, MaxR: true, MaxR + 1: false} {
		if err := (Slices{R: r}).Validate(); (err == nil) != ok {
			t.Errorf("R=%d: %v", r, err)
		}
	}
}
