package source

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/snappy"
	"github.com/parquet-go/parquet-go/format"
)

// decompress returns skip bytes that are the caller's to fill, then the size bytes that src decompresses to.
func (p *arrowPages) decompress(src []byte, size, skip int) ([]byte, error) {
	if p.codec == format.Uncompressed && skip == 0 {
		if len(src) != size {
			return nil, damaged("page of %d bytes that is not compressed says %d", len(src), size)
		}
		return src, nil
	}
	if most := mostDecompressed(p.codec, len(src)); int64(size) > most {
		return nil, damaged("%d bytes of %s cannot hold %d", len(src), p.codec, size)
	}
	room := size
	if p.codec == format.Brotli {
		room++ // arrow-go's reader finds the end of a frame only if there is room behind it
	}
	p.plain = resize(p.plain, skip+room)
	dst := p.plain[skip:]
	if size == 0 && len(src) == 0 {
		return p.plain[:skip], nil // writers leave out the empty frame of a page without values
	}
	out, err := p.uncompress(dst[:room:room], src)
	if errors.Is(err, ErrUnsupported) {
		return nil, err
	}
	if err != nil {
		return nil, damaged("decompressing %s: %v", p.codec, err)
	}
	if len(out) != size {
		return nil, damaged("page decompresses to %d bytes, its header says %d", len(out), size)
	}
	if size > 0 && &out[0] != &dst[0] {
		copy(dst, out)
	}
	return p.plain[:skip+size], nil
}

// mostDecompressed is an upper bound of what n compressed bytes may hold, so that a damaged size costs no memory. Deflate
// gives 1032 bytes for one, an LZ4 block 255, a Snappy copy 64 for two, Zstandard a block of 128 KiB for four. A frame
// of Brotli may hold anything.
func mostDecompressed(codec format.CompressionCodec, n int) int64 {
	ratio := int64(arrowMaxPage)
	switch codec {
	case format.Gzip:
		ratio = 1032
	case format.Lz4, format.Lz4Raw:
		ratio = 255
	case format.Snappy:
		ratio = 32
	case format.Zstd:
		ratio = 32 << 10
	}
	return int64(n) * ratio
}

// uncompress decodes src into dst, which is not nil, and never beyond it: arrow-go's own zstd and snappy would allocate what src claims.
func (p *arrowPages) uncompress(dst, src []byte) ([]byte, error) {
	var id compress.Compression
	switch p.codec {
	case format.Uncompressed:
		id = compress.Codecs.Uncompressed
	case format.Gzip:
		id = compress.Codecs.Gzip
	case format.Brotli:
		id = compress.Codecs.Brotli
	case format.Lz4Raw:
		id = compress.Codecs.Lz4Raw
	case format.Lz4:
		return uncompressHadoop(dst, src)
	case format.Snappy:
		n, err := snappy.DecodedLen(src)
		if err == nil && n != len(dst) {
			err = fmt.Errorf("the block says %d bytes, the page header %d", n, len(dst))
		}
		if err != nil {
			return nil, err
		}
		return snappy.Decode(dst, src)
	case format.Zstd:
		return p.zstd.DecodeAll(src, dst[:0])
	default:
		return nil, unsupported("compression codec %s", codecName(p.codec))
	}
	codec, err := compress.GetCodec(id)
	if err != nil {
		return nil, err
	}
	return compress.Decode(codec, dst, src)
}

// uncompressHadoop decodes the old LZ4 codec, which neither library has. Hadoop wrote frames: the big-endian size of what
// follows uncompressed, then one or more blocks, each behind its own big-endian compressed size. Some writers put one bare
// block in its place; as in the other readers, bytes that are no frames are tried as that.
func uncompressHadoop(dst, src []byte) ([]byte, error) {
	block, err := compress.GetCodec(compress.Codecs.Lz4Raw)
	if err != nil {
		return nil, err
	}
	out, err := hadoopFrames(block, dst, src)
	if err == nil && len(out) == len(dst) {
		return out, nil
	}
	out, bare := compress.Decode(block, dst, src)
	if bare != nil {
		return nil, fmt.Errorf("neither Hadoop frames (%w) nor one block (%w)", err, bare)
	}
	return out, nil
}

func hadoopFrames(block compress.Codec, dst, src []byte) ([]byte, error) {
	done := 0
	for len(src) > 0 {
		if len(src) < 4 {
			return nil, errors.New("the last frame is cut short")
		}
		left := int64(binary.BigEndian.Uint32(src))
		src = src[4:]
		if left > int64(len(dst)-done) {
			return nil, fmt.Errorf("a frame of %d bytes where %d are expected", left, len(dst)-done)
		}
		for left > 0 {
			if len(src) < 4 {
				return nil, errors.New("the last frame is cut short")
			}
			size := int64(binary.BigEndian.Uint32(src))
			if src = src[4:]; size > int64(len(src)) {
				return nil, fmt.Errorf("a block of %d bytes where %d are left", size, len(src))
			}
			out, err := compress.Decode(block, dst[done:done+int(left):done+int(left)], src[:size])
			if err != nil {
				return nil, err
			}
			if len(out) == 0 {
				return nil, errors.New("an empty block")
			}
			done, left, src = done+len(out), left-int64(len(out)), src[size:]
		}
	}
	return dst[:done], nil
}
