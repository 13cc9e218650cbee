package table

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// part is a checksummed part of a section.
type part struct {
	start, end uint64 // of the file, checksum included
	offset     uint64 // in the section
}

// parts lists the checksummed parts of the sections of a good table.
func parts(t testing.TB, tb *Table, b []byte) []part {
	t.Helper()
	l := &tb.header.Layout
	var out []part
	take := func(s Section, offset, length uint64) []byte {
		out = append(out, part{s.Offset + offset, s.Offset + offset + length, offset})
		return b[s.Offset+offset : s.Offset+offset+length]
	}
	walk := func(bk *bucket) {
		offset := 0
		for i := range bk.tags {
			entry, err := bk.entry(i, offset)
			if err != nil {
				t.Fatal(err)
			}
			offset += len(entry)
			if bk.kind(i) == Inline {
				continue
			}
			ref, err := parseRef(entry, l.Large.Length)
			if err != nil {
				t.Fatal(err)
			}
			var h head
			if err := h.parse(take(l.Large, ref.Offset+ref.Length-ref.Head, ref.Head), ref, tb.order.Columns()); err != nil {
				t.Fatal(err)
			}
			for _, c := range h.chunks {
				take(l.Large, c.offset, c.stored)
			}
		}
	}
	for i := range l.N {
		offset, length := tb.index.bucket(i)
		if length == 0 {
			continue
		}
		var bk bucket
		r := tb.NewReader()
		if err := r.parse(&bk, take(l.Buckets, offset, uint64(length)), offset); err != nil {
			t.Fatal(err)
		}
		more := bk.more
		walk(&bk)
		if bk.flags&flagMore != 0 {
			var rest bucket
			if err := r.parse(&rest, take(l.Moved, more.Offset, more.Length), more.Offset); err != nil {
				t.Fatal(err)
			}
			walk(&rest)
		}
	}
	take(l.Index, 0, l.Index.Length)
	return out
}

// goodTable is a golden table and its codec.
func goodTable(t testing.TB, name codec.Name) ([]byte, *Table, Codecs) {
	t.Helper()
	b, err := os.ReadFile("testdata/v1-" + string(name) + ".table")
	if err != nil {
		t.Fatal(err)
	}
	codecs := func(n codec.Name, s *cql.Schema, _ string) (*codec.Codec, error) {
		dict, err := os.ReadFile("testdata/v1-" + string(name) + ".dict")
		if err != nil {
			return nil, err
		}
		return codec.Open(n, s, dict)
	}
	tb, err := Open(bytes.NewReader(b), int64(len(b)), codecs)
	if err != nil {
		t.Fatal(err)
	}
	return b, tb, codecs
}

// resum makes every checksum of a damaged table fit, at the places where the good table has them.
func resum(b []byte, parts []part, header Section) {
	for _, p := range parts {
		body := b[p.start : p.end-checksumLen]
		binary.LittleEndian.PutUint32(b[p.end-checksumLen:], Checksum(body, p.offset))
	}
	trailer := b[len(b)-trailerLen:]
	binary.LittleEndian.PutUint32(trailer[20:], Checksum(b[header.Offset:header.End()], 0))
	binary.LittleEndian.PutUint32(trailer[28:], Checksum(trailer[:28], 0))
}

// tryAll scans a table and gets keys of it; whatever it holds, nothing may panic or take memory out of proportion.
func tryAll(t testing.TB, tb *Table, keys []partitioner.Key) {
	t.Helper()
	s := tb.Scan(partitioner.MinToken, math.MaxInt64)
	buf := make([]row.Row, 64)
	for {
		if _, err := s.Next(buf); err != nil {
			if err != io.EOF && !IsCorruption(err) {
				t.Fatal(err)
			}
			break
		}
	}
	r := tb.NewReader()
	for _, k := range keys {
		for _, want := range []Slice{{}, {Limit: 2}, {Prefix: [][]byte{{0, 0, 0, 3}}, Lower: &Bound{Value: []byte("word 2")}}} {
			got, err := r.Get(k, want)
			for err == nil {
				_, err = got.Next()
			}
			if err != io.EOF && !IsCorruption(err) && tb.Header().R == 1 && tb.order.Columns() == 2 {
				t.Fatal(err)
			}
		}
	}
}

// FuzzDamage changes bytes of a good table, at most eight at a time, behind the back of its checksums.
func FuzzDamage(f *testing.F) {
	f.Add(false, []byte{0, 1, 2, 3})
	f.Add(true, []byte{120, 0, 0, 0, 1, 2, 0, 255, 3})
	good := map[bool]struct {
		bytes  []byte
		parts  []part
		header Section
		codecs Codecs
	}{}
	for _, name := range []codec.Name{codec.None, codec.Zstd} {
		b, tb, codecs := goodTable(f, name)
		g := good[name == codec.Zstd]
		g.bytes, g.codecs, g.parts = b, codecs, parts(f, tb, b)
		g.header = Section{tb.header.Layout.Index.End(), uint64(len(b)) - trailerLen - tb.header.Layout.Index.End()}
		good[name == codec.Zstd] = g
	}
	var keys []partitioner.Key
	for _, k := range []string{"guest/1", "guest/2", "guest/17", "guest/wide", "guest/large 0", "guest/none"} {
		keys = append(keys, partitioner.NewKey([]byte(k)))
	}
	f.Fuzz(func(t *testing.T, zstd bool, patches []byte) {
		g := good[zstd]
		b := bytes.Clone(g.bytes)
		for p := patches; len(p) >= 4 && len(p) > len(patches)-32; p = p[4:] { // where u24, what
			at := int(binary.LittleEndian.Uint32(p)&0xffffff) % len(b)
			if p[3]&1 == 0 { // mostly where the structure is: the first bytes of parts
				some := g.parts[at%len(g.parts)]
				at = int(some.start) + at>>12%8
			}
			b[at] ^= p[3]
		}
		resum(b, g.parts, g.header)
		tb, err := Open(bytes.NewReader(b), int64(len(b)), g.codecs)
		if err != nil {
			return
		}
		tryAll(t, tb, keys)
	})
}

// FuzzOpen opens files that end in any header.
func FuzzOpen(f *testing.F) {
	good, tb, codecs := goodTable(f, codec.None)
	end := int(tb.header.Layout.Index.End())
	f.Add(good[end : len(good)-trailerLen])
	f.Fuzz(func(t *testing.T, header []byte) {
		b := append(bytes.Clone(good[:end]), header...)
		trailer := len(b)
		b = binary.LittleEndian.AppendUint64(b, uint64(trailer+trailerLen))
		b = binary.LittleEndian.AppendUint64(b, uint64(end))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
		b = binary.LittleEndian.AppendUint32(b, Checksum(header, 0))
		b = binary.LittleEndian.AppendUint32(b, Version)
		b = binary.LittleEndian.AppendUint32(b, Checksum(b[trailer:], 0))
		b = append(b, Magic...)
		tb, err := Open(bytes.NewReader(b), int64(len(b)), codecs)
		if err != nil {
			return
		}
		tryAll(t, tb, []partitioner.Key{partitioner.NewKey([]byte("guest/1"))})
	})
}

// FuzzBucket decodes any bytes as the body of a bucket, and asks it for keys.
func FuzzBucket(f *testing.F) {
	_, tb, _ := goodTable(f, codec.None)
	var builder BucketBuilder
	builder.Add(1, Inline, tb.header.Layout.AppendEntryKey(nil, []byte("guest/1")), AppendRowBlock(nil, []byte("abc"), []int{0, 1, 3}))
	builder.Add(2, Reference, nil, AppendRef(nil, Ref{0, 100, 50}))
	f.Add(builder.AppendBody(nil, 0, 2, nil))
	f.Add(builder.AppendBody(nil, 0, 1, &Section{1, 2}))
	r := tb.NewReader()
	f.Fuzz(func(t *testing.T, body []byte) {
		var b bucket
		if b.parse(body) != nil {
			return
		}
		checked := b.check() == nil
		for token := range int64(4) {
			r.rows.reset(Slice{})
			_, err := r.find(&b, []byte("guest/1"), token)
			for err == nil {
				_, err = r.rows.Next()
			}
		}
		if total := 0; checked {
			for i := range b.tags {
				entry, err := b.entry(i, total)
				if err != nil {
					t.Fatal(err)
				}
				total += len(entry)
			}
			if total != len(b.entries) {
				t.Fatalf("entries of %d bytes in %d", total, len(b.entries))
			}
		}
	})
}

// FuzzHead decodes any bytes as a head.
func FuzzHead(f *testing.F) {
	var h HeadBuilder
	h.Add(10, 2, nil)
	h.Add(20, 3, row.AppendCell(nil, []byte("x")))
	good := h.AppendHead(nil, []byte("key"), 30)
	f.Add(good[:len(good)-checksumLen])
	f.Fuzz(func(t *testing.T, b []byte) {
		ref := Ref{Offset: 0, Length: 30 + uint64(len(b)) + checksumLen, Head: uint64(len(b)) + checksumLen}
		var h head
		if err := h.parse(binary.LittleEndian.AppendUint32(bytes.Clone(b), Checksum(b, 30)), ref, 1); err != nil {
			return
		}
		for i, c := range h.chunks {
			if i > 0 && row.CheckCells(c.position, 1) != nil {
				t.Fatalf("chunk %d: position %x", i, c.position)
			}
		}
	})
}
