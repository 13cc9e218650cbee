package shuffle

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/source"
)

// TestLongest: the bound is never too low, and exact where it decides whether a row is refused.
func TestLongest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c source.Column
		most := rapid.SampledFrom([]int{3, wideStep, 4 * wideStep}).Draw(t, "most")
		for range rapid.IntRange(1, 30).Draw(t, "payloads") {
			c.Data = append(c.Data, make([]byte, rapid.IntRange(0, most).Draw(t, "length"))...)
			c.Ends = append(c.Ends, uint32(len(c.Data)))
		}
		rows := len(c.Ends)
		if rapid.Bool().Draw(t, "by index") {
			rows = rapid.IntRange(1, 60).Draw(t, "rows")
			for range rows {
				c.Idx = append(c.Idx, int32(rapid.IntRange(-1, len(c.Ends)-1).Draw(t, "index")))
			}
		}
		var sel []int32
		from := rapid.IntRange(0, rows).Draw(t, "from")
		sparse := rapid.Bool().Draw(t, "sparse")
		for r := from; r < rows; r++ {
			if !sparse || rapid.Bool().Draw(t, "selected") {
				sel = append(sel, int32(r))
			}
		}
		want := 0
		for _, r := range sel {
			payload, _ := c.Cell(int(r))
			want = max(want, len(payload))
		}
		d := columnOf(&c)
		got, at := d.longest(sel)
		if got < want || got > want && got > wideStep {
			t.Fatalf("longest is %d, want %d", got, want)
		}
		if got <= wideStep {
			return
		}
		if payload, _ := c.Cell(int(at)); len(payload) != got {
			t.Fatalf("row %d has %d bytes, not %d", at, len(payload), got)
		}
	})
}
