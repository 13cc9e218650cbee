package codec

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/verdigris-db/verdigris/row"
)

// open trains codec n on the first rows of d and opens it.
func open(t testing.TB, n Name, d dataset, sample int) *Codec {
	t.Helper()
	dict, err := Train(n, d.schema, d.rows[:min(sample, len(d.rows))])
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(n, d.schema, dict)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failer is the part of testing.TB that a rapid.T has too.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// encodeRows packs any number of rows that have as many cells as the first.
func encodeRows(e Encoder, dst []byte, rows []row.Row, ends []int) ([]byte, []int) {
	cells := 0
	if len(rows) > 0 {
		for rest := row.Cells(rows[0].Rec); len(rest) > 0; cells++ {
			_, _, rest = row.Next(rest)
		}
	}
	batch := row.NewBatch(cells)
	for len(rows) > 0 {
		var err error
		if rows, err = batch.Take(rows); err != nil {
			panic(err)
		}
		dst, ends = e.EncodeBatch(dst, batch, ends)
	}
	return dst, ends
}

// maxOracle bounds the records that the oracles are asked about: they are slow.
const maxOracle = 1 << 20

// checkRoundTrip packs all rows in batches, through blocks, and compares what comes back.
func checkRoundTrip(t failer, c *Codec, rows []row.Row, cells int) {
	t.Helper()
	enc, dec := c.NewEncoder(), c.NewDecoder()
	oracle, decodeOracle := c.NewEncoder(), c.NewDecoder()
	if m, ok := c.method.(*cellsMethod); ok {
		oracle, decodeOracle = &plainPacker{m: m}, &plainUnpacker{m: m}
	}
	for len(rows) > 0 {
		batch := rows[:min(len(rows), 300)]
		rows = rows[len(batch):]
		packed, ends := encodeRows(enc, []byte("before"), batch, []int{6})
		if len(ends) != len(batch)+1 || ends[0] != 6 || ends[len(batch)] != len(packed) || string(packed[:6]) != "before" {
			t.Fatalf("ends %v of %d rows, %d bytes", ends, len(batch), len(packed))
		}
		for i := range batch {
			if len(batch[i].Rec) > maxOracle {
				continue
			}
			alone, _ := encodeRows(oracle, nil, batch[i:i+1], nil)
			if !bytes.Equal(alone, packed[ends[i]:ends[i+1]]) {
				t.Fatalf("row %d packed beside others:\n got %x\nwant %x", i, packed[ends[i]:ends[i+1]], alone)
			}
		}
		block := enc.EncodeBlock([]byte("b"), packed)
		body, err := dec.DecodeBlock([]byte("a"), block[1:])
		if err != nil || block[0] != 'b' || body[0] != 'a' || !bytes.Equal(body[1:], packed) {
			t.Fatalf("block of %d bytes does not come back: %v", len(packed), err)
		}
		for i := range batch {
			got, err := dec.DecodeRow([]byte("x"), packed[ends[i]:ends[i+1]:ends[i+1]])
			if err != nil {
				t.Fatalf("row %d: %v", i, err)
			}
			if want := storedCells(batch[i].Rec, cells); got[0] != 'x' || !bytes.Equal(got[1:], want) {
				t.Fatalf("row %d:\n got %x\nwant %x\npacked %x", i, got[1:], want, packed[ends[i]:ends[i+1]])
			}
			if len(batch[i].Rec) > maxOracle {
				continue
			}
			if plain, err := decodeOracle.DecodeRow(nil, packed[ends[i]:ends[i+1]]); err != nil || !bytes.Equal(plain, got[1:]) {
				t.Fatalf("row %d by the oracle: %v\n got %x\nwant %x", i, err, got[1:], plain)
			}
		}
	}
}

// packedBlock is rows packed as buckets of about 4 KiB, as a table does, and says where each row is.
type packedBlock struct {
	bytes []byte // stored
	ends  []int  // of rows in the body
}

func packBlocks(c *Codec, rows []row.Row) (blocks []packedBlock, total int) {
	enc := c.NewEncoder()
	var body []byte
	var ends []int
	for len(rows) > 0 {
		n := 1
		body, ends = encodeRows(enc, nil, rows[:1], nil)
		for n < len(rows) && len(body) < sizeBlock {
			body, ends = encodeRows(enc, body, rows[n:n+1], ends)
			n++
		}
		rows = rows[n:]
		blocks = append(blocks, packedBlock{enc.EncodeBlock(nil, body), ends})
		total += len(blocks[len(blocks)-1].bytes)
	}
	return blocks, total
}

func TestRoundTripRealisticRows(t *testing.T) {
	for _, d := range []dataset{orders(5000), lineitem(5000)} {
		for _, n := range Names() {
			t.Run(d.name+"/"+string(n), func(t *testing.T) {
				c := open(t, n, d, 2000)
				checkRoundTrip(t, c, d.rows, d.schema.Cells())
				t.Logf("%d bytes a row", c.PackedSize(d.rows)/int64(len(d.rows)))
			})
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	d := orders(50)
	dict, err := Train(Zstd, d.schema, d.rows)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(dict)
	damaged[len(damaged)/2] ^= 1
	for _, tt := range []struct {
		what string
		name Name
		of   dataset
		dict []byte
		want error
	}{
		{"another schema's dictionary", Zstd, lineitem(1), dict, ErrCorrupt},
		{"a flipped bit", Zstd, d, damaged, ErrCorrupt},
		{"a shorter dictionary", Zstd, d, dict[:len(dict)-1], ErrCorrupt},
		{"no dictionary", Zstd, d, nil, ErrCorrupt},
		{"a dictionary where none belongs", None, d, dict, ErrCorrupt},
		{"an unknown codec", "lzma", d, nil, ErrUnknown},
	} {
		if _, err := Open(tt.name, tt.of.schema, tt.dict); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.what, err, tt.want)
		}
	}
	for _, n := range Names() {
		if v, err := VersionOf(n); err != nil || v != 1 {
			t.Errorf("version of %s: %d, %v", n, v, err)
		}
	}
	if _, err := VersionOf("lzma"); !errors.Is(err, ErrUnknown) {
		t.Errorf("version of an unknown codec: %v", err)
	}
	if c, err := Open(Zstd, d.schema, dict); err != nil || c.Name() != Zstd || c.Version() != 1 {
		t.Errorf("Open: %v", err)
	}
}

func TestTrainRefuses(t *testing.T) {
	d := orders(3)
	short := d.rows[1].Rec[:len(d.rows[1].Rec)-1]
	if _, err := Train(Cells, d.schema, []row.Row{d.rows[0], {Rec: short}}); !errors.Is(err, row.ErrShort) {
		t.Errorf("a short record: %v", err)
	}
	if _, err := Train(Cells, lineitem(0).schema, d.rows); err == nil {
		t.Error("rows of another schema are no error")
	}
	if _, err := Train("lzma", d.schema, d.rows); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown codec: %v", err)
	}
}

// TestCodecIsShared uses one codec from several goroutines; the race detector looks on.
func TestCodecIsShared(t *testing.T) {
	for _, n := range Names() {
		d := mixed(400)
		c := open(t, n, d, 200)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				enc, dec := c.NewEncoder(), c.NewDecoder()
				packed, ends := encodeRows(enc, nil, d.rows, nil)
				body, err := dec.DecodeBlock(nil, enc.EncodeBlock(nil, packed))
				if err != nil {
					t.Error(err)
					return
				}
				from := 0
				for i, end := range ends {
					cells, err := dec.DecodeRow(nil, body[from:end])
					if err != nil || !bytes.Equal(cells, storedCells(d.rows[i].Rec, d.schema.Cells())) {
						t.Errorf("row %d: %v", i, err)
						return
					}
					from = end
				}
			})
		}
		group.Wait()
	}
}
