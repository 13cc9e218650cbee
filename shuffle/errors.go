package shuffle

import (
	"errors"
	"fmt"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// Why a row is refused; RowError says which row.
var (
	ErrNullKey        = errors.New("key column is null")
	ErrEmptyKey       = errors.New("key column is empty")
	ErrLongKey        = errors.New("key is too long")
	ErrNullClustering = errors.New("clustering column is null")
	ErrLargeCell      = errors.New("value is too large")
	ErrLargeRecord    = errors.New("row is too large")
)

// What the caller can tell apart beside refused rows.
var (
	// ErrFull is returned by Append when the next row does not fit the arena's limit: write a run, Reset, go on.
	ErrFull = errors.New("arena is full")
	// ErrMemory is wrapped when a row or a merge cannot be done within the memory given, whatever is flushed before.
	ErrMemory = errors.New("memory limit is too small")
	// ErrDamagedRun is wrapped by every error about the bytes of a run.
	ErrDamagedRun = errors.New("damaged run")
	// ErrLost is wrapped when rows or sums at the two ends of a hop differ: rows were lost, doubled or changed.
	ErrLost = errors.New("rows in and out of the shuffle differ")
)

// RowError is a row that cannot become a record. Row is its position in the file; Column is "" when the whole row is meant.
type RowError struct {
	Row    int64
	Column string
	Err    error
}

// Error names the row and the column in front of the cause.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("row %d: %v", e.Row, e.Err)
	}
	return fmt.Sprintf("row %d: column %q: %v", e.Row, e.Column, e.Err)
}

// Unwrap is the cause.
func (e *RowError) Unwrap() error { return e.Err }

// RunError is a failure to read one run of a merge: damage, where Err wraps ErrDamagedRun, or an error of its ReaderAt.
type RunError struct {
	Run int // position among the runs given
	Err error
}

// Error names the run in front of the cause.
func (e *RunError) Error() string { return fmt.Sprintf("run %d: %v", e.Run, e.Err) }

// Unwrap is the cause.
func (e *RunError) Unwrap() error { return e.Err }

// DuplicateError says that two different rows have one key and clustering while the rule is RuleError.
// The records are copies.
type DuplicateError struct {
	Key           []byte
	First, Second []byte
	layout        *Layout
}

// Error shows the key and both rows.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("two rows have the key %s: %s and %s; name a rule under duplicates: in the spec, or a clustering column",
		e.layout.keyText(e.Key), e.layout.rowText(e.First), e.layout.rowText(e.Second))
}

// maxCellText bounds one cell in a message.
const maxCellText = 200

func cellText(t cql.Type, payload []byte) string {
	b, err := cql.AppendJSON(nil, t, payload)
	if err != nil {
		b = fmt.Appendf(nil, "0x%x", payload[:min(len(payload), maxCellText/2)])
	}
	if len(b) > maxCellText {
		b = append(b[:maxCellText:maxCellText], "..."...)
	}
	return string(b)
}

func (l *Layout) keyText(key []byte) string {
	parts, err := cql.SplitKey(key, len(l.schema.Key))
	if err != nil {
		return fmt.Sprintf("0x%x", key)
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = fmt.Sprintf("%s=%s", l.schema.Key[i].Name, cellText(l.schema.Key[i].Type, p))
	}
	return strings.Join(texts, ", ")
}

func (l *Layout) rowText(rec []byte) string {
	var b strings.Builder
	cells := row.Cells(rec)
	for i := range l.schema.Cells() {
		var payload []byte
		var null bool
		payload, null, cells = row.Next(cells)
		text := "null"
		if !null {
			text = cellText(l.schema.CellType(i), payload)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s=%s", l.cellName(i), text)
	}
	return "{" + b.String() + "}"
}

func (l *Layout) cellName(i int) string {
	if n := len(l.schema.Clustering); i >= n {
		return l.schema.Values[i-n].Name
	}
	return l.schema.Clustering[i].Name
}
