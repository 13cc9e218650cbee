package faulty

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHits(t *testing.T) {
	for _, test := range []struct {
		plan Plan
		want []int // of the first ten calls
	}{
		{Plan{}, nil},
		{Plan{Fault: Fail, Call: 3}, []int{3}},
		{Plan{Fault: Fail, Call: 3, Times: 1}, []int{3}},
		{Plan{Fault: Fail, Call: 3, Every: 1, Times: 2}, []int{3, 4}},
		{Plan{Fault: Fail, Call: 2, Every: 3, Times: -1}, []int{2, 5, 8}},
		{Plan{Fault: Fail, Call: 2, Every: 3, Times: 2}, []int{2, 5}},
		{Plan{Fault: Fail, Call: 9, Every: 1, Times: -1}, []int{9, 10}},
		{Plan{Fault: Fail, Call: 11}, nil},
	} {
		if err := test.plan.Validate(); err != nil {
			t.Errorf("%v: %v", test.plan, err)
		}
		var got []int
		for i := 1; i <= 10; i++ {
			if test.plan.hits(i) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v hits %d, want %d", test.plan, got, test.want)
		}
	}
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{
			Fault: rapid.SampledFrom([]Fault{None, Fail, Refuse, Delay, Truncate, Shorten, Lose, Kill}).Draw(t, "fault"),
			Call:  rapid.IntRange(1, 1000).Draw(t, "call"),
			Every: rapid.IntRange(0, 3).Draw(t, "every"),
			Op:    rapid.SampledFrom([]Op{Any, Write, Read, Stat, List, Delete}).Draw(t, "op"),
			Name:  rapid.StringN(0, 5, -1).Draw(t, "name"),
			After: rapid.Int64Min(0).Draw(t, "after"),
			Delay: time.Duration(rapid.Int64Min(1).Draw(t, "delay")),
			Tally: rapid.StringN(0, 5, -1).Draw(t, "tally"),
		}
		if p.Every > 0 {
			p.Times = rapid.IntRange(-1, 9).Draw(t, "times")
		}
		got, err := Parse(p.String())
		if err != nil || got != p {
			t.Fatalf("%q gives %+v and %v, want %+v", p.String(), got, err, p)
		}
	})
	if got := (Plan{Fault: Lose, Call: 7, Op: Write}).String(); got != "call=7&fault=lose&op=write" {
		t.Errorf("text is %q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"fault=lose", "fault=other&call=1", "call=x", "call=1&call=2", "what=1", "%zz", "fault=fail&call=0",
		"fault=fail&call=1&times=2", "fault=delay&call=1", "delay=1", "op=copy", "after=-1", "every=-1"} {
		if p, err := Parse(text); err == nil {
			t.Errorf("%q gives %+v and no error", text, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("call=7&fault=lose&op=write")
	f.Add("delay=1s&fault=delay&call=1&tally=%2Ftmp%2Fx")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(p.String()); err != nil || again != p {
			t.Fatalf("%q parses to %+v, whose text to %+v and %v", text, p, again, err)
		}
	})
}
