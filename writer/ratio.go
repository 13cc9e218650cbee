package writer

import (
	"io"

	"github.com/verdigris-db/verdigris/table"
)

// Of codecs that pack blocks, the number of buckets needs to know how much a bucket's body shrinks: the first entries of the
// table, in pieces of sampleBody bytes, are packed to see.
const (
	sampleBody  = maxBody
	sampleBytes = 256 << 10
)

// ratio is how much the codec makes of a bucket's body: noRatio for codecs that leave it as it is.
func (w *Writer) ratio() (ratio, error) {
	if !w.blocks {
		return noRatio, nil
	}
	r, err := w.spool.read()
	if err != nil {
		return 0, err
	}
	var body, block []byte
	var raw, packed int64
	pack := func() {
		block = w.encoder.EncodeBlock(block[:0], body)
		raw += int64(len(body))
		packed += int64(len(block))
		body = body[:0]
	}
	var e spoolEntry
	for raw < sampleBytes {
		if err := r.next(&e); err == io.EOF {
			break
		} else if err != nil {
			return 0, err
		}
		if e.kind == table.Reference {
			continue
		}
		body = append(append(body, e.key...), e.rows...)
		if len(body) >= sampleBody {
			pack()
		}
	}
	if len(body) > 0 {
		pack()
	}
	if raw == 0 {
		return noRatio, nil
	}
	return ratio(max(1, packed*int64(noRatio)/raw)), nil
}
