package codec

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// A zstd block is one tag byte and the body, plain or as one frame:
const (
	blockPlain = 0 // the body as it is: no gain
	blockZstd  = 1 // one zstd frame with its content size, no checksum, dictionary zstdDictionaryID
)

const (
	zstdDictionaryID    = 1
	zstdDictionaryBytes = 64 << 10
	zstdWindow          = 1 << 20
	// maxBlock bounds a decoded body: one record at its largest and room for what a table puts around it.
	maxBlock = row.MaxRecord + (1 << 20)
	// zstdBlockMax and zstdBlockMin bound how much one zstd block can decode to, and how few bytes it takes.
	zstdBlockMax, zstdBlockMin = 128 << 10, 3
)

// zstdMethod packs blocks with a raw-content dictionary: the cells of rows spread evenly over the sample.
type zstdMethod struct {
	plainMethod
	dictionary []byte
}

func (m *zstdMethod) blocks() bool { return true }

// trainZstd is the dictionary's content: whole rows' cells at even steps through the sample, zstdDictionaryBytes at
// most. klauspost/compress has a dictionary builder, but it gives other bytes for the same sample each time.
func trainZstd(s *cql.Schema, rows []row.Row) []byte {
	total := 0
	for i := range rows {
		total += len(storedCells(rows[i].Rec, s.Cells()))
	}
	step := max(1, (total+zstdDictionaryBytes-1)/zstdDictionaryBytes)
	var content []byte
	for i := 0; i < len(rows); i += step {
		cells := storedCells(rows[i].Rec, s.Cells())
		if len(cells) <= zstdDictionaryBytes-len(content) {
			content = append(content, cells...)
		}
	}
	return content
}

func openZstd(s *cql.Schema, body []byte) (*zstdMethod, error) {
	if len(body) > zstdDictionaryBytes {
		return nil, fmt.Errorf("zstd dictionary of %d bytes, at most %d allowed: %w", len(body), zstdDictionaryBytes, ErrCorrupt)
	}
	m := &zstdMethod{plainMethod: plainMethod{cells: s.Cells()}, dictionary: append([]byte(nil), body...)}
	// Make one of each now, so that a dictionary that zstd refuses is an error here and not in newEncoder.
	if _, err := zstd.NewWriter(nil, m.encoderOptions()...); err != nil {
		return nil, fmt.Errorf("setting up zstd encoder: %w", err)
	}
	r, err := zstd.NewReader(nil, m.decoderOptions()...)
	if err != nil {
		return nil, fmt.Errorf("setting up zstd decoder: %w", err)
	}
	r.Close()
	return m, nil
}

// encoderOptions pin everything that decides the bytes.
func (m *zstdMethod) encoderOptions() []zstd.EOption {
	o := []zstd.EOption{
		zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(zstdWindow),
		zstd.WithSingleSegment(true),
		zstd.WithLowerEncoderMem(true),
	}
	if len(m.dictionary) > 0 {
		o = append(o, zstd.WithEncoderDictRaw(zstdDictionaryID, m.dictionary))
	}
	return o
}

func (m *zstdMethod) decoderOptions() []zstd.DOption {
	o := []zstd.DOption{
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxBlock),
		zstd.WithDecoderMaxWindow(maxBlock),
	}
	if len(m.dictionary) > 0 {
		o = append(o, zstd.WithDecoderDictRaw(zstdDictionaryID, m.dictionary))
	}
	return o
}

func (m *zstdMethod) newEncoder() Encoder {
	w, err := zstd.NewWriter(nil, m.encoderOptions()...)
	if err != nil {
		panic(err) // openZstd made one with the same options
	}
	return &zstdEncoder{plainCoder: plainCoder(m.plainMethod), w: w}
}

func (m *zstdMethod) newDecoder() Decoder {
	r, err := zstd.NewReader(nil, m.decoderOptions()...)
	if err != nil {
		panic(err) // openZstd made one with the same options
	}
	return &zstdDecoder{plainCoder: plainCoder(m.plainMethod), r: r}
}

type zstdEncoder struct {
	plainCoder
	w *zstd.Encoder
}

var _ Encoder = (*zstdEncoder)(nil)

func (e *zstdEncoder) EncodeBlock(dst, body []byte) []byte {
	start := len(dst)
	dst = e.w.EncodeAll(body, append(dst, blockZstd))
	if len(dst)-start-1 >= len(body) {
		dst = append(append(dst[:start], blockPlain), body...)
	}
	return dst
}

type zstdDecoder struct {
	plainCoder
	r *zstd.Decoder
}

var _ Decoder = (*zstdDecoder)(nil)

func (d *zstdDecoder) DecodeBlock(dst, block []byte) ([]byte, error) {
	if len(block) == 0 {
		return dst, fmt.Errorf("decoding block of 0 bytes: %w", ErrCorrupt)
	}
	frame := block[1:]
	switch block[0] {
	case blockPlain:
		return append(dst, frame...), nil
	case blockZstd:
	default:
		return dst, fmt.Errorf("decoding block: tag %d: %w", block[0], ErrCorrupt)
	}
	size, err := frameSize(frame)
	if err != nil {
		return dst, fmt.Errorf("decoding block of %d bytes: %w: %w", len(block), ErrCorrupt, err)
	}
	out, err := d.r.DecodeAll(frame, dst)
	if err != nil {
		return dst, fmt.Errorf("decoding block of %d bytes: %w: %w", len(block), ErrCorrupt, err)
	}
	if len(out)-len(dst) != size {
		return dst, fmt.Errorf("decoding block: %d bytes, its header says %d: %w", len(out)-len(dst), size, ErrCorrupt)
	}
	return out, nil
}

// frameSize is the content size that a frame's header declares, refused when so few bytes cannot hold so much:
// the decoder reserves it before it reads on.
func frameSize(frame []byte) (int, error) {
	var h zstd.Header
	if err := h.Decode(frame); err != nil {
		return 0, fmt.Errorf("reading frame header: %w", err)
	}
	if h.Skippable || !h.HasFCS {
		return 0, errors.New("frame does not declare its content size")
	}
	if limit := min(maxBlock, (uint64(len(frame))/zstdBlockMin+1)*zstdBlockMax); h.FrameContentSize > limit {
		return 0, fmt.Errorf("frame of %d bytes declares %d, at most %d possible", len(frame), h.FrameContentSize, limit)
	}
	return int(h.FrameContentSize), nil
}
