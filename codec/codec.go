package codec

import (
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// Name says how a row's cells are packed in a table.
type Name string

// The codecs of this build.
const (
	None  Name = "none"  // cells as they are
	Cells Name = "cells" // typed bit fields and phrase codes; the default
	Zstd  Name = "zstd"  // one zstd frame a bucket or chunk: smaller for prose, slow to read
)

// Default is the codec of a view whose spec names none.
const Default = Cells

// Names lists the codecs, default first.
func Names() []Name { return []Name{Cells, Zstd, None} }

// ErrCorrupt is wrapped by every error about bytes that no encoder wrote: a dictionary, a packed row or a block.
var ErrCorrupt = errors.New("damaged bytes")

// ErrUnknown is wrapped by errors about a codec, or a version of one, that this build does not know.
var ErrUnknown = errors.New("unknown codec")

// Bounds of the training sample; the caller takes rows in token order until one of the two is reached.
const (
	SampleRows  = 16384
	SampleBytes = 8 << 20
)

// Encoder packs rows and blocks. It belongs to one goroutine.
type Encoder interface {
	// EncodeBatch appends the packed cells (clustering, values; neither key nor recency) of each row of b to dst, and
	// len(dst) after each row to ends. b may have cells behind these. The bytes of a row do not depend on the rows
	// beside it.
	EncodeBatch(dst []byte, b *row.Batch, ends []int) ([]byte, []int)
	// EncodeBlock appends the stored form of a bucket's or chunk's body to dst; a copy for row codecs.
	EncodeBlock(dst, body []byte) []byte
}

// Decoder gives packed bytes back. It belongs to one goroutine. What it reads is not trusted.
type Decoder interface {
	// DecodeRow appends the row's cells, with their lengths, to dst: row.Cells without the recency cell. It may use
	// what capacity dst has behind them.
	DecodeRow(dst, packed []byte) ([]byte, error)
	// DecodeBlock appends the body that EncodeBlock was given to dst; a copy for row codecs.
	DecodeBlock(dst, block []byte) ([]byte, error)
}

// Codec is a codec made ready for one schema and dictionary. It is read-only and may be shared by goroutines.
type Codec struct {
	name   Name
	schema *cql.Schema
	method method
}

// method is what one codec does behind the common dictionary envelope.
type method interface {
	newEncoder() Encoder
	newDecoder() Decoder
	// blocks reports whether EncodeBlock changes the body.
	blocks() bool
}

// version is the version of each codec's packed bytes and dictionary body; 0 for a codec that does not exist.
func (n Name) version() int {
	switch n {
	case None, Cells, Zstd:
		return 1
	}
	return 0
}

// Train makes the dictionary of codec n from a view's sample: its first SampleRows rows after the fold, in token order,
// or the first SampleBytes of them. Any number of rows will do, none too. The same rows give the same bytes. The
// records may carry a recency cell at the end, which is ignored. The dictionary of None is nil.
func Train(n Name, s *cql.Schema, rows []row.Row) ([]byte, error) {
	if n.version() == 0 {
		return nil, fmt.Errorf("training codec %q: %w", n, ErrUnknown)
	}
	for i := range rows {
		if err := row.Check(rows[i].Rec, s.Cells()); err == nil {
			continue
		}
		if err := row.Check(rows[i].Rec, s.Cells()+1); err != nil {
			return nil, fmt.Errorf("training codec %q: row %d of the sample: %w", n, i, err)
		}
	}
	switch n {
	case Cells:
		body, err := trainCells(s, rows)
		if err != nil {
			return nil, fmt.Errorf("training codec %q: %w", n, err)
		}
		return sealDictionary(n, s, body), nil
	case Zstd:
		return sealDictionary(n, s, trainZstd(s, rows)), nil
	}
	return nil, nil
}

// Open makes codec n ready for schema s with a dictionary that Train made for the same codec and schema.
// dict is checked, copied where needed, and not kept.
func Open(n Name, s *cql.Schema, dict []byte) (*Codec, error) {
	if n.version() == 0 {
		return nil, fmt.Errorf("opening codec %q: %w", n, ErrUnknown)
	}
	c := &Codec{name: n, schema: s}
	if n == None {
		if len(dict) != 0 {
			return nil, fmt.Errorf("opening codec %q: it takes no dictionary, got %d bytes: %w", n, len(dict), ErrCorrupt)
		}
		c.method = plainMethod{cells: s.Cells()}
		return c, nil
	}
	body, err := openDictionary(n, s, dict)
	if err != nil {
		return nil, fmt.Errorf("opening dictionary of codec %q: %w", n, err)
	}
	switch n {
	case Cells:
		c.method, err = openCells(s, body)
	case Zstd:
		c.method, err = openZstd(s, body)
	}
	if err != nil {
		return nil, fmt.Errorf("opening dictionary of codec %q: %w", n, err)
	}
	return c, nil
}

// Name is the codec's name.
func (c *Codec) Name() Name { return c.name }

// Version is the version of the codec's packed bytes, at least 1.
func (c *Codec) Version() int { return c.name.version() }

// NewEncoder is an encoder for one goroutine.
func (c *Codec) NewEncoder() Encoder { return c.method.newEncoder() }

// NewDecoder is a decoder for one goroutine.
func (c *Codec) NewDecoder() Decoder { return c.method.newDecoder() }

// sizeBlock is the body size, in bytes, that PackedSize gives to codecs that work on blocks.
const sizeBlock = 4096

// PackedSize is how many bytes rows take when packed by c: what the rule that inherits a parent's dictionary compares.
// The rows are such as Train takes.
func (c *Codec) PackedSize(rows []row.Row) int64 {
	enc := c.NewEncoder()
	cells := c.schema.Cells()
	if len(rows) > 0 && row.Check(rows[0].Rec, cells) != nil {
		cells++ // there is a recency cell
	}
	batch := row.NewBatch(cells)
	var total int64
	var packed, body, block []byte
	var ends []int
	for len(rows) > 0 {
		var err error
		if rows, err = batch.Take(rows); err != nil {
			panic(fmt.Errorf("packing a sample that was not trained on: %w", err))
		}
		packed, ends = enc.EncodeBatch(packed[:0], batch, ends[:0])
		if !c.method.blocks() {
			total += int64(len(packed))
			continue
		}
		for start := 0; start < len(packed); start += sizeBlock {
			body = packed[start:min(start+sizeBlock, len(packed))]
			block = enc.EncodeBlock(block[:0], body)
			total += int64(len(block))
		}
	}
	return total
}
