package source

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/plain"
	"pgregory.net/rapid"
)

// TestPlainByteArrays compares with parquet-go's decoder, over buffers that were used before.
func TestPlainByteArrays(t *testing.T) {
	var data []byte
	var offsets []uint32
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(r, "n")
		var src []byte
		for range n {
			size := rapid.OneOf(rapid.IntRange(0, 8), rapid.IntRange(28, 36), rapid.IntRange(60, 100), rapid.IntRange(0, 500)).Draw(r, "size")
			src = binary.LittleEndian.AppendUint32(src, uint32(size))
			src = append(src, bytes.Repeat([]byte{byte(len(src))}, size)...)
		}
		src = src[:len(src):len(src)]
		var err error
		if data, offsets, err = plainByteArrays(data, offsets, src, n); err != nil {
			r.Fatal(err)
		}
		wantData, wantOffsets, err := new(plain.Encoding).DecodeByteArray(nil, src, nil)
		if err != nil {
			r.Fatal(err)
		}
		if !bytes.Equal(data, wantData) || len(offsets) != len(wantOffsets) {
			r.Fatalf("%x and %d, want %x", data, offsets, wantData)
		}
		for i := range offsets {
			if offsets[i] != wantOffsets[i] {
				r.Fatalf("offsets %d, want %d", offsets, wantOffsets)
			}
		}
		if len(src) == 0 {
			return
		}
		cut := rapid.IntRange(0, len(src)-1).Draw(r, "cut")
		if got, _, err := plainByteArrays(nil, nil, src[:cut], n); err == nil {
			r.Fatalf("cut at %d: %x", cut, got)
		}
		if got, _, err := plainByteArrays(nil, nil, append(src, 0), n); err != nil || !bytes.Equal(got, wantData) {
			r.Fatalf("one byte of padding: %x, %v", got, err)
		}
	})
}
