package manifest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// Watermark is the greatest value of the spec's watermark column.
type Watermark struct {
	Column string          `json:"column"`
	Type   cql.Type        `json:"type"`
	Unit   string          `json:"unit"`  // s, ms, us or ns: a bigint is a count of these since 1970 in UTC; "" when it is just a number
	Value  json.RawMessage `json:"value"` // by the JSON mapping; null when there was no row with a value
	Hex    string          `json:"hex"`   // the CQL payload, for comparing; "" when there was none
}

// perSecond is how many of a unit make a second; 0 for what is no unit.
func perSecond(unit string) int64 {
	switch unit {
	case "s":
		return 1
	case "ms":
		return 1e3
	case "us":
		return 1e6
	case "ns":
		return 1e9
	}
	return 0
}

// Behind reports whether w has no value or a lower one where o has one. Watermarks that mean different things, by their
// column or type, are not behind one another; the unit of a time may differ. Both are as a valid manifest has them.
func (w *Watermark) Behind(o *Watermark) bool {
	if w.Column != o.Column || !w.Type.Equal(o.Type) || (w.Unit == "") != (o.Unit == "") || !o.any() {
		return false
	}
	switch {
	case !w.any():
		return true
	case w.Unit != "":
		s, n := w.moment()
		t, m := o.moment()
		return s < t || s == t && n < m
	}
	return cql.Compare(w.Type, w.payload(), o.payload()) < 0
}

// any reports whether a row had a value.
func (w *Watermark) any() bool { return string(w.Value) != "null" }

func (w *Watermark) payload() []byte {
	b, err := hex.DecodeString(w.Hex)
	if err != nil {
		return nil // no valid manifest has it so
	}
	return b
}

// moment is what a watermark with a unit counts: whole seconds, and nanoseconds from 0 behind them.
func (w *Watermark) moment() (seconds, nanos int64) {
	var b [8]byte
	copy(b[:], w.payload())
	n, per := int64(binary.BigEndian.Uint64(b[:])), perSecond(w.Unit)
	seconds, rest := n/per, n%per
	if rest < 0 {
		seconds, rest = seconds-1, rest+per
	}
	return seconds, rest * (1e9 / per)
}

// String is the watermark for people: a time as such, else the value's JSON.
func (w *Watermark) String() string {
	if w.Unit == "" || !w.any() {
		return string(w.Value)
	}
	seconds, nanos := w.moment()
	if seconds < math.MinInt64/1000 || seconds > math.MaxInt64/1000 { // no year that people count
		return string(w.Value) + " " + w.Unit
	}
	whole, err := cql.AppendJSON(nil, cql.Of(cql.Timestamp), cql.AppendBigInt(nil, seconds*1000))
	if err != nil {
		return string(w.Value) + " " + w.Unit
	}
	text := strings.TrimSuffix(strings.Trim(string(whole), `"`), ".000Z")
	if digits := strings.TrimRight(fmt.Sprintf("%09d", nanos), "0"); digits != "" {
		text += "." + digits
	}
	return text + "Z"
}

// check reports a value that is not what the payload says, and a unit of what is no count.
func (w *Watermark) check() error {
	if w.Unit != "" && (perSecond(w.Unit) == 0 || w.Type.Kind != cql.BigInt) {
		return fmt.Errorf("unit is %.80q of a %s; allowed: s, ms, us or ns of a bigint", w.Unit, w.Type)
	}
	if w.Hex == "" && !w.any() {
		return nil
	}
	payload, err := hex.DecodeString(w.Hex)
	if err != nil || w.Hex != hex.EncodeToString(payload) {
		return fmt.Errorf("%.80q is not lower-case hex", w.Hex)
	}
	if err := cql.Validate(w.Type, payload); err != nil {
		return err
	}
	value, err := cql.AppendJSON(nil, w.Type, payload)
	if err != nil {
		return err
	}
	if !bytes.Equal(value, w.Value) {
		return fmt.Errorf("value is %.200s, the payload %.80s says %.200s", w.Value, w.Hex, value)
	}
	return nil
}
