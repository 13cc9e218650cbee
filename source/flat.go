package source

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// stream hands out the entries of one leaf column of one row group. A leaf that is wanted twice has one stream.
type stream struct {
	leaf   *leafColumn
	reader leafReader
	page   *leafPage
	at     int // entries of page that were handed out
	value  int // values of page that were handed out

	// What advance handed out: values [from, to) of page, and the index of each entry's value.
	from, to int
	idx      []int32 // in Dict or from `from`, -1 for null; nil: entry i has value from+i
	nulls    []int32 // buffer of idx
}

// left is how many entries of the page are left, reading the next page if there are none; io.EOF at the end.
func (s *stream) left() (int, error) {
	for s.page == nil || s.at == s.page.Entries {
		p, err := s.reader.Next()
		if err != nil {
			s.page = nil
			return 0, err
		}
		s.page, s.at, s.value = p, 0, 0
	}
	return s.page.Entries - s.at, nil
}

// ended checks that nothing is left.
func (s *stream) ended() error {
	n, err := s.left()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		err = damaged("the column has %d values more than the row group has rows", n)
	}
	return err
}

// advance hands out the next n entries of the page, which has so many.
func (s *stream) advance(n int) {
	p := s.page
	s.from = s.value
	total := p.Plain.N
	if p.Dict != nil {
		total = len(p.Index)
	}
	if total == p.Entries {
		s.to, s.idx = s.from+n, nil
		if p.Dict != nil {
			s.idx = p.Index[s.from:s.to]
		}
	} else {
		s.withNulls(p.Def[s.at : s.at+n])
	}
	s.value = s.to
	s.at += n
}

func (s *stream) withNulls(def []uint8) {
	if cap(s.nulls) < len(def) {
		s.nulls = make([]int32, max(len(def), batchRows))
	}
	s.idx = s.nulls[:len(def)]
	most, next := s.leaf.MaxDef, int32(0)
	if s.page.Dict != nil {
		index := s.page.Index[s.from:]
		for i, d := range def {
			s.idx[i] = -1
			if d == most {
				s.idx[i] = index[next]
				next++
			}
		}
	} else {
		for i, d := range def {
			s.idx[i] = -1
			if d == most {
				s.idx[i] = next
				next++
			}
		}
	}
	s.to = s.from + int(next)
}

// cells are payloads in one of the two forms of a Column.
type cells struct {
	slots [][16]byte
	data  []byte
	ends  []uint32
}

// flatColumn makes cells of a leaf that no list or struct contains.
type flatColumn struct {
	want    Want
	stream  *stream
	payload payloadFunc
	slotted bool
	bulk    slotFunc // nil: use payload
	raw     bool     // a payload is the value's bytes
	text    bool     // raw, and must be UTF-8

	*cellBuffers

	encoded *values         // the dictionary whose cells dict has
	bad     map[int32]error // values of it that do not fit
}

// cellBuffers are what a flatColumn makes cells in.
type cellBuffers struct {
	plain cells // of the batch
	dict  cells
	tmp   []byte
}

// release gives the buffers up. What aliases the leaf's buffers is forgotten.
func (f *flatColumn) release() *cellBuffers {
	b := f.cellBuffers
	if f.raw {
		b.plain.data, b.dict.data = nil, nil
	}
	f.cellBuffers = &cellBuffers{}
	return b
}

func newFlatColumn(w Want, s *stream, l logical) (*flatColumn, error) {
	f := &flatColumn{want: w, stream: s, cellBuffers: &cellBuffers{}}
	var err error
	if f.payload, err = payloadOf(s.leaf, l, w.Type, w.Lossy); err != nil {
		return nil, err
	}
	if f.slotted = slotted(s.leaf, l, w.Type); f.slotted {
		f.bulk = slotsOf(s.leaf, l, w.Type, w.Lossy)
	}
	natural := l.natural()
	if s.leaf.Physical == format.ByteArray && (natural.Kind == cql.Text && (w.Type.Kind == cql.Text || w.Type.Kind == cql.Blob) ||
		natural.Kind == cql.Blob && w.Type.Kind == cql.Blob) {
		f.raw, f.text = true, w.Type.Kind == cql.Text
	}
	return f, nil
}

// column gives the cells of the entries that the stream handed out; first is the row of the first one.
func (f *flatColumn) column(out *Column, first int64) error {
	s := f.stream
	*out = Column{Idx: s.idx}
	if d := s.page.Dict; d != nil {
		if d != f.encoded {
			if err := f.encodeDict(d); err != nil {
				return err
			}
		}
		if f.bad != nil {
			for i, at := range s.idx {
				if err := f.bad[at]; at >= 0 && err != nil {
					return f.valueError(first+int64(i), err)
				}
			}
		}
		out.Slots, out.Data, out.Ends = f.dict.slots, f.dict.data, f.dict.ends
		return nil
	}
	done, err := f.encode(&f.plain, &s.page.Plain, s.from, s.to)
	if err != nil {
		return f.valueError(first+s.rowOf(done), err)
	}
	out.Slots, out.Data, out.Ends = f.plain.slots, f.plain.data, f.plain.ends
	return nil
}

// rowOf is the entry of value n of those handed out.
func (s *stream) rowOf(n int) int64 {
	if s.idx == nil {
		return int64(n)
	}
	for i, v := range s.idx {
		if v == int32(n) {
			return int64(i)
		}
	}
	return 0
}

// encodeDict makes cells of a whole dictionary. A value that does not fit is no error before a row uses it.
func (f *flatColumn) encodeDict(d *values) error {
	f.encoded, f.bad = d, nil
	if _, err := f.encode(&f.dict, d, 0, d.N); err == nil {
		return nil
	}
	// Slow, value by value: at least one value does not fit.
	f.bad, f.dict = map[int32]error{}, cells{}
	for i := range d.N {
		b, err := f.payload(f.tmp[:0], d, i)
		if f.tmp = b; err != nil {
			f.bad[int32(i)] = err
			b = nil
		}
		if f.slotted {
			var slot [16]byte
			putSlot(&slot, b)
			f.dict.slots = append(f.dict.slots, slot)
			continue
		}
		f.dict.data = append(f.dict.data, b...)
		f.dict.ends = append(f.dict.ends, uint32(len(f.dict.data)))
	}
	return nil
}

// encode makes cells of values [from, to) of v; at an error done is the number of values before it.
func (f *flatColumn) encode(dst *cells, v *values, from, to int) (done int, err error) {
	n := to - from
	switch {
	case f.slotted:
		if cap(dst.slots) < n || dst.slots == nil {
			dst.slots = make([][16]byte, n)
		}
		dst.slots = dst.slots[:n]
		return f.encodeSlots(dst.slots, v, from)
	case f.raw:
		return f.aliasBytes(dst, v, from, to)
	}
	dst.data, dst.ends = dst.data[:0], dst.ends[:0]
	for i := from; i < to; i++ {
		if dst.data, err = f.payload(dst.data, v, i); err != nil {
			return i - from, err
		}
		if len(dst.data) > math.MaxUint32 {
			return i - from, unsupported("%d bytes in one batch", len(dst.data))
		}
		dst.ends = append(dst.ends, uint32(len(dst.data)))
	}
	return n, nil
}

func (f *flatColumn) encodeSlots(dst [][16]byte, v *values, from int) (done int, err error) {
	if f.bulk != nil {
		if done = f.bulk(dst, v, from); done == len(dst) {
			return done, nil
		}
		_, err := f.payload(nil, v, from+done)
		return done, err
	}
	for i := range dst {
		if f.tmp, err = f.payload(f.tmp[:0], v, from+i); err != nil {
			return i, err
		}
		putSlot(&dst[i], f.tmp)
	}
	return len(dst), nil
}

// aliasBytes gives the values' own bytes, with ends counted from the first.
func (f *flatColumn) aliasBytes(dst *cells, v *values, from, to int) (done int, err error) {
	base := v.Offsets[from]
	dst.data = v.Data[base:v.Offsets[to]]
	if cap(dst.ends) < to-from {
		dst.ends = make([]uint32, max(to-from, batchRows))
	}
	dst.ends = dst.ends[:to-from]
	for i, o := range v.Offsets[from+1 : to+1] {
		dst.ends[i] = o - base
	}
	if f.text && !validTexts(dst.data, dst.ends) {
		for i := from; i < to; i++ {
			if _, err := f.payload(nil, v, i); err != nil {
				return i - from, err
			}
		}
	}
	return to - from, nil
}

// validTexts reports whether all values are UTF-8: all bytes together are, and no value begins inside a character.
func validTexts(data []byte, ends []uint32) bool {
	if !utf8.Valid(data) {
		return false
	}
	for _, e := range ends {
		if int(e) < len(data) && !utf8.RuneStart(data[e]) {
			return false
		}
	}
	return true
}

// valueError gives a misfit its row and, where there is one, the line that accepts it.
func (f *flatColumn) valueError(row int64, err error) error { return misfitAt(f.want, row, err) }

func misfitAt(w Want, row int64, err error) error {
	var m *misfit
	if !errors.As(err, &m) {
		return err
	}
	out := &ValueError{Row: row, Value: m.value, Reason: m.reason}
	if m.lossy && w.Lossy == Exact {
		out.Override = overrideLine(w.Name, w.Type)
	}
	if m.reason == errText {
		out.Override = yamlName(w.Name) + ": blob"
	}
	return out
}

// overrideLine is what the spec's types: must say so that a type's timestamps are cut.
func overrideLine(name string, t cql.Type) string {
	return fmt.Sprintf("%s: %s", yamlName(name), cql.OverrideText(t, cql.Truncate))
}

// yamlName quotes a name that is not a plain word.
func yamlName(name string) string {
	for _, r := range name {
		if !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return strconv.Quote(name)
		}
	}
	return name
}
