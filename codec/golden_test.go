package codec

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/verdigris-db/verdigris/row"
)

var update = flag.Bool("update", false, "write the golden files of version 1 anew")

// TestGolden compares dictionary and packed rows with files: the same rows give the same bytes on every machine. The
// files of an older version are what TestOldVersionsOpen reads.
func TestGolden(t *testing.T) {
	for _, d := range []dataset{mixed(300), orders(300), lineitem(300), profiles(60)} {
		for _, n := range []Name{Cells, Zstd} {
			t.Run(d.name+"/"+string(n), func(t *testing.T) {
				dict, err := Train(n, d.schema, d.rows[:len(d.rows)/2])
				if err != nil {
					t.Fatal(err)
				}
				c, err := Open(n, d.schema, dict)
				if err != nil {
					t.Fatal(err)
				}
				compareFile(t, d.name+"."+string(n)+".v1.dict", dict)
				compareFile(t, d.name+"."+string(n)+".v1.rows", goldenRows(c, d.rows[len(d.rows)/2:]))
			})
		}
	}
}

// goldenRows is one block of rows: u32 LE count, u32 LE end of each row in the body, the stored block.
func goldenRows(c *Codec, rows []row.Row) []byte {
	enc := c.NewEncoder()
	packed, ends := encodeRows(enc, nil, rows, nil)
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(rows)))
	for _, end := range ends {
		b = binary.LittleEndian.AppendUint32(b, uint32(end))
	}
	return enc.EncodeBlock(b, packed)
}

func compareFile(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes that differ from the file's %d; -update writes them, if the change is meant", path, len(got), len(want))
	}
}

// TestOldVersionsOpen reads the golden files back, without training.
func TestOldVersionsOpen(t *testing.T) {
	for _, d := range []dataset{mixed(300), orders(300), lineitem(300), profiles(60)} {
		for _, n := range []Name{Cells, Zstd} {
			t.Run(d.name+"/"+string(n), func(t *testing.T) {
				dict, err := os.ReadFile(filepath.Join("testdata", d.name+"."+string(n)+".v1.dict"))
				if err != nil {
					t.Fatal(err)
				}
				b, err := os.ReadFile(filepath.Join("testdata", d.name+"."+string(n)+".v1.rows"))
				if err != nil {
					t.Fatal(err)
				}
				c, err := Open(n, d.schema, dict)
				if err != nil {
					t.Fatal(err)
				}
				count := int(binary.LittleEndian.Uint32(b))
				rows := d.rows[len(d.rows)-count:]
				dec := c.NewDecoder()
				body, err := dec.DecodeBlock(nil, b[4+4*count:])
				if err != nil {
					t.Fatal(err)
				}
				from := 0
				for i := range rows {
					end := int(binary.LittleEndian.Uint32(b[4+4*i:]))
					cells, err := dec.DecodeRow(nil, body[from:end])
					if err != nil || !bytes.Equal(cells, storedCells(rows[i].Rec, d.schema.Cells())) {
						t.Fatalf("row %d: %v", i, err)
					}
					from = end
				}
			})
		}
	}
}

// TestTrainingIsDeterministic trains again, on copies of the rows with a recency cell behind them.
func TestTrainingIsDeterministic(t *testing.T) {
	for _, d := range []dataset{mixed(2000), orders(2000), profiles(100)} {
		for _, n := range Names() {
			first, err := Train(n, d.schema, d.rows)
			if err != nil {
				t.Fatal(err)
			}
			copies := make([]row.Row, len(d.rows))
			for i := range d.rows {
				rec := appendBigint(bytes.Clone(d.rows[i].Rec), int64(i))
				row.End(rec, 0)
				copies[i] = row.Row{Rec: rec}
			}
			again, err := Train(n, d.schema, copies)
			if err != nil || !bytes.Equal(first, again) {
				t.Errorf("%s, %s: %d bytes, then %d others, %v", d.name, n, len(first), len(again), err)
			}
		}
	}
}

// TestPackedSize compares PackedSize with the bytes that an encoder gives.
func TestPackedSize(t *testing.T) {
	d := mixed(1000)
	for _, n := range Names() {
		c := open(t, n, d, 500)
		blocks, total := packBlocks(c, d.rows)
		size := c.PackedSize(d.rows)
		// Blocks are cut at rows here and at every 4 KiB there.
		if !c.method.blocks() && size != int64(total) || size < int64(total)*9/10 || size > int64(total)*11/10 {
			t.Errorf("%s: PackedSize %d, %d blocks take %d", n, size, len(blocks), total)
		}
		if c.PackedSize(nil) != 0 {
			t.Errorf("%s: no rows take %d bytes", n, c.PackedSize(nil))
		}
	}
}
