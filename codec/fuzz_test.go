package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/verdigris-db/verdigris/codec/phrase"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// mixed is rows with a column for every kind of plan, and exceptions in some rows.
func mixed(n int) dataset {
	d := dataset{name: "mixed", schema: &cql.Schema{
		Key:        columns("k", cql.BigInt),
		Clustering: []cql.ClusteringColumn{{Column: columns("at", cql.Timestamp)[0], Order: cql.Descending}},
		Values: columns("none", cql.Text, "flag", cql.Boolean, "price", cql.Decimal, "big", cql.VarInt, "status", cql.Text, "id", cql.UUID,
			"note", cql.Text, "blob", cql.Blob, "ratio", cql.Double, "last", cql.Text),
	}}
	words := []string{"wide ", "words ", "go ", "on ", "and on "}
	x := uint64(1)
	next := func(n uint64) uint64 {
		x = x*6364136223846793005 + 1442695040888963407
		return x >> 33 % n
	}
	for i := range n {
		rec := appendBigint(record(int64(i)), 1700000000000+1000*int64(next(100000)))
		rec = row.AppendNull(rec)
		rec = row.AppendCell(rec, []byte{byte(next(2))})
		rec = appendDecimal(rec, int64(next(100000)))
		rec = row.AppendCell(rec, appendMinimal(nil, int64(next(1<<30))-1<<29))
		rec = appendText(rec, []string{"open", "closed", "gone away for good"}[next(3)])
		rec = row.AppendCell(rec, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, next(1<<31)*next(1<<31)*7), next(1<<31)*next(1<<31)))
		for range 2 {
			var text []byte
			for range next(9) {
				text = append(text, words[next(5)]...)
			}
			rec = row.AppendCell(rec, text)
		}
		rec = row.AppendCell(rec, binary.BigEndian.AppendUint64(nil, next(1<<31)*next(1<<31)*next(1<<31)))
		if next(5) == 0 {
			rec = row.AppendNull(rec)
		} else {
			rec = appendText(rec, words[next(5)]+words[next(5)])
		}
		if i%10 == 9 { // no cell of this row is what its column's type says
			rec = record(int64(i))
			for c := range d.schema.Cells() {
				rec = row.AppendCell(rec, bytes.Repeat([]byte{byte(i)}, c+int(next(4))))
			}
		}
		d.rows = append(d.rows, finish(int64(i), rec))
	}
	return d
}

// checkDecode asks a decoder for bytes that may be anything: cells or ErrCorrupt, and memory in proportion.
func checkDecode(t testing.TB, c *Codec, dec Decoder, packed []byte) {
	t.Helper()
	got, err := dec.DecodeRow([]byte("x"), packed)
	m, isCells := c.method.(*cellsMethod)
	if isCells {
		want, plainErr := (&plainUnpacker{m: m}).DecodeRow([]byte("x"), packed)
		if (err == nil) != (plainErr == nil) || !bytes.Equal(got, want) {
			t.Fatalf("row %x: %x, %v; by the oracle %x, %v", packed, got, err, want, plainErr)
		}
		if most := 4*(m.fixedMax+wideCell+phrase.MaxPhrase*(len(packed)+2)+4*len(m.plans)) + 64; cap(got) > most {
			t.Fatalf("row of %d bytes: %d bytes of memory, at most %d expected", len(packed), cap(got), most)
		}
	}
	if err != nil {
		if !errors.Is(err, ErrCorrupt) || string(got) != "x" {
			t.Fatalf("row %x: %v, not ErrCorrupt, or %d bytes with it", packed, err, len(got))
		}
		return
	}
	if err := row.CheckCells(got[1:], c.schema.Cells()); err != nil {
		t.Fatalf("row %x gives no cells: %v", packed, err)
	}
}

func FuzzDecodeRow(f *testing.F) {
	d := mixed(600)
	var codecs []*Codec
	var decoders []Decoder
	for _, n := range Names() {
		c := open(f, n, d, 300)
		packed, ends := encodeRows(c.NewEncoder(), nil, d.rows, nil)
		for i := 0; i < 60; i++ {
			f.Add(packed[ends[i]:ends[i+1]])
		}
		codecs, decoders = append(codecs, c), append(decoders, c.NewDecoder())
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		for i := range codecs {
			checkDecode(t, codecs[i], decoders[i], packed)
		}
	})
}

func FuzzDecodeBlock(f *testing.F) {
	d := mixed(200)
	var codecs []*Codec
	for _, n := range Names() {
		c := open(f, n, d, 100)
		codecs = append(codecs, c)
		packed, _ := encodeRows(c.NewEncoder(), nil, d.rows[:20], nil)
		f.Add(c.NewEncoder().EncodeBlock(nil, packed))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		for _, c := range codecs {
			body, err := c.NewDecoder().DecodeBlock([]byte("x"), block)
			if body[0] != 'x' || err != nil && (!errors.Is(err, ErrCorrupt) || len(body) != 1) {
				t.Fatalf("block %x: %q, %v", block, body, err)
			}
		}
	})
}

// FuzzDictionary opens dictionaries whose envelope is right and whose body is anything. What opens must give every row
// back, however odd its plans.
func FuzzDictionary(f *testing.F) {
	d := mixed(20)
	dict, err := Train(Cells, d.schema, d.rows)
	if err != nil {
		f.Fatal(err)
	}
	body, err := openDictionary(Cells, d.schema, dict)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, []byte("\x00some packed row"))
	f.Fuzz(func(t *testing.T, body, packed []byte) {
		c, err := Open(Cells, d.schema, sealDictionary(Cells, d.schema, body))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("dictionary %x: %v", body, err)
			}
			return
		}
		checkRoundTrip(t, c, d.rows, d.schema.Cells())
		checkDecode(t, c, c.NewDecoder(), packed)
	})
}

// TestDamagedDictionaries is FuzzDictionary for one byte changed, everywhere in turn.
func TestDamagedDictionaries(t *testing.T) {
	d := mixed(20)
	dict, err := Train(Cells, d.schema, d.rows)
	if err != nil {
		t.Fatal(err)
	}
	body, err := openDictionary(Cells, d.schema, dict)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for i := range body {
		for _, change := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(body)
			bad[i] ^= change
			c, err := Open(Cells, d.schema, sealDictionary(Cells, d.schema, bad))
			if err != nil {
				if !errors.Is(err, ErrCorrupt) {
					t.Fatalf("byte %d: %v", i, err)
				}
				continue
			}
			opened++
			checkRoundTrip(t, c, d.rows, d.schema.Cells())
		}
	}
	if opened == 0 {
		t.Error("no changed dictionary opened: the test tests nothing")
	}
}

// FuzzEnvelope opens anything as a dictionary.
func FuzzEnvelope(f *testing.F) {
	d := mixed(60)
	for _, n := range Names() {
		dict, err := Train(n, d.schema, d.rows)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(dict)
	}
	f.Fuzz(func(t *testing.T, dict []byte) {
		for _, n := range Names() {
			if _, err := Open(n, d.schema, dict); err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUnknown) {
				t.Fatal(err)
			}
		}
	})
}

// TestDamagedRows flips every bit and cuts every end of packed rows.
func TestDamagedRows(t *testing.T) {
	d := mixed(120)
	for _, n := range Names() {
		c := open(t, n, d, 60)
		dec := c.NewDecoder()
		packed, ends := encodeRows(c.NewEncoder(), nil, d.rows, []int{0})
		for i := 0; i < len(d.rows); i += 3 {
			good := packed[ends[i]:ends[i+1]]
			for cut := range good {
				checkDecode(t, c, dec, good[:cut])
			}
			for bit := range 8 * len(good) {
				bad := bytes.Clone(good)
				bad[bit/8] ^= 1 << (bit % 8)
				checkDecode(t, c, dec, bad)
			}
			checkDecode(t, c, dec, append(bytes.Clone(good), 0))
		}
	}
}

// TestDamagedBlocks flips every bit and cuts every end of a stored block; zstd may still find a body in it.
func TestDamagedBlocks(t *testing.T) {
	d := orders(40)
	c := open(t, Zstd, d, 20)
	enc, dec := c.NewEncoder(), c.NewDecoder()
	packed, _ := encodeRows(enc, nil, d.rows[20:], nil)
	good := enc.EncodeBlock(nil, packed)
	check := func(block []byte) {
		body, err := dec.DecodeBlock([]byte("x"), block)
		if body[0] != 'x' || err != nil && (!errors.Is(err, ErrCorrupt) || len(body) != 1) || cap(body) > maxBlock {
			t.Fatalf("block %x: %d bytes of memory, %v", block, cap(body), err)
		}
	}
	for cut := range good {
		check(good[:cut])
	}
	for bit := range 8 * len(good) {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		check(bad)
	}
}
