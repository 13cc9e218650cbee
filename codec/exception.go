package codec

import (
	"fmt"

	"github.com/verdigris-db/verdigris/row"
)

// exception is a cell that its column's plan has no field for.
type exception struct {
	column  int
	payload []byte
	null    bool
}

// write is append at out[o:], with room bytes behind the cell.
func (e *exception) write(out []byte, o, room int) ([]byte, int) {
	out = reserve(out, o, row.CellHeader+len(e.payload)+room)
	o = len(e.append(out[:o]))
	return out, o
}

func (e *exception) append(dst []byte) []byte {
	if e.null {
		return row.AppendNull(dst)
	}
	return row.AppendCell(dst, e.payload)
}

// readExceptions appends a row's exceptions to es, if flag says that there are some.
func readExceptions(r *bodyReader, flag byte, plans []plan, es []exception) ([]exception, error) {
	if flag == 0 {
		return es, nil
	}
	n := r.uvarint()
	if r.err == nil && (n == 0 || n > uint64(len(plans))) {
		return nil, fmt.Errorf("%d exceptions: %w", n, ErrCorrupt)
	}
	last := -1
	for range n {
		column, length := r.uvarint(), r.uvarint()
		e := exception{null: length == 0}
		if !e.null {
			e.payload = r.take(int(min(length-1, row.MaxRecord)))
		}
		if r.err != nil {
			return nil, fmt.Errorf("reading exceptions: %w", r.err)
		}
		if column >= uint64(len(plans)) || int(column) <= last || plans[column].literal() {
			return nil, fmt.Errorf("exception of column %d after %d: %w", column, last, ErrCorrupt)
		}
		e.column = int(column)
		last = e.column
		es = append(es, e)
	}
	return es, r.err
}
