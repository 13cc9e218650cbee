package shuffle

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"
	"github.com/zeebo/xxh3"
)

var errChecksum = errors.New("its checksum differs")

// cursor reads the blocks of one partition of one run, front to back, in pieces.
type cursor struct {
	run   *Run
	index int // of the run among those merged, for messages
	entry indexEntry

	piece []byte // bytes read and not used yet are piece[from:to]
	from  int
	to    int
	at    int64 // the next byte to read
	end   int64

	head  blockHeader // of the next block, where more
	state cursorState
	last  uint64 // biased token of the last row loaded
	rows  uint64 // loaded
	raw   int64  // bytes of the records loaded
	held  []int  // slots of the blocks that are loaded and not freed, in order
}

// cursorState says whether there is another block.
type cursorState uint8

const (
	unread cursorState = iota
	more
	done
)

// left is the bytes of the partition that are not used yet.
func (c *cursor) left() int64 { return c.end - c.at + int64(c.to-c.from) }

// damaged says what is wrong with the run and where.
func (c *cursor) damaged(err error) error {
	return &RunError{c.index, fmt.Errorf("block at %d: %w: %w", c.at-int64(c.to-c.from), ErrDamagedRun, err)}
}

// fill reads on until want bytes are in the piece, and as many more as it holds. want is at most its length and what is
// left.
func (c *cursor) fill(want int) error {
	if c.to-c.from >= want {
		return nil
	}
	c.to = copy(c.piece, c.piece[c.from:c.to])
	c.from = 0
	n := int(min(int64(len(c.piece)-c.to), c.end-c.at))
	if err := readFull(c.run.r, c.piece[c.to:c.to+n], c.at); err != nil {
		return &RunError{c.index, err}
	}
	c.to += n
	c.at += int64(n)
	return nil
}

// peek reads the header of the next block.
func (c *cursor) peek() error {
	if c.left() == 0 {
		if c.rows != c.entry.Stats.Kept || c.raw != c.entry.RecordBytes {
			return c.damaged(fmt.Errorf("%d rows of %d bytes, the index has %d of %d", c.rows, c.raw, c.entry.Stats.Kept, c.entry.RecordBytes))
		}
		c.state = done
		return nil
	}
	if c.left() < headerBytes {
		return c.damaged(fmt.Errorf("%d bytes are left", c.left()))
	}
	if err := c.fill(headerBytes); err != nil {
		return err
	}
	h := decodeBlockHeader(c.piece[c.from:])
	if err := h.fits(c.run.trailer.blockBytes, c.entry.largest, c.left()-headerBytes); err != nil {
		return c.damaged(err)
	}
	if s := &c.entry; c.rows+uint64(h.rows) > s.Stats.Kept || c.raw+int64(h.raw) > s.RecordBytes {
		return c.damaged(fmt.Errorf("%d more rows of %d bytes after %d of %d, the index has %d of %d in all",
			h.rows, h.raw, c.rows, c.raw, s.Stats.Kept, s.RecordBytes))
	}
	if h.first < c.last {
		return c.damaged(fmt.Errorf("token %d follows %d", unbiased(h.first), unbiased(c.last)))
	}
	c.head, c.state = h, more
	return nil
}

// load unpacks the next block into dst, which has its length. scratch holds any packed block.
func (c *cursor) load(dst, scratch []byte) error {
	h := &c.head
	whole := headerBytes + h.stored
	var err error
	switch {
	case whole <= len(c.piece):
		if err = c.fill(whole); err != nil {
			return err
		}
		block := c.piece[c.from : c.from+whole]
		c.from += whole
		err = h.unpack(dst, block)
	case h.packing == packed:
		if err = c.read(scratch[:whole]); err != nil {
			return err
		}
		err = h.unpack(dst, scratch[:whole])
	default: // straight to its place
		var header [headerBytes]byte
		if err = c.read(header[:]); err != nil {
			return err
		}
		if err = c.read(dst); err != nil {
			return err
		}
		var hasher xxh3.Hasher
		hasher.Write(header[checkBytes:]) // a hash never fails
		hasher.Write(dst)
		if hasher.Sum64() != h.check {
			err = errChecksum
		}
	}
	if err != nil {
		return c.damaged(err)
	}
	c.rows += uint64(h.rows)
	c.raw += int64(h.raw)
	return nil
}

// read takes the next bytes, the piece's first.
func (c *cursor) read(b []byte) error {
	n := copy(b, c.piece[c.from:c.to])
	c.from += n
	if n == len(b) {
		return nil
	}
	if err := readFull(c.run.r, b[n:], c.at); err != nil {
		return &RunError{c.index, err}
	}
	c.at += int64(len(b) - n)
	return nil
}

// unpack checks block, header and body, and unpacks it into dst, which has the length of its records.
func (h *blockHeader) unpack(dst, block []byte) error {
	if xxh3.Hash(block[checkBytes:]) != h.check {
		return errChecksum
	}
	body := block[headerBytes:]
	if h.packing == plain {
		copy(dst, body)
		return nil
	}
	if n, err := s2.DecodedLen(body); err != nil || n != len(dst) {
		return fmt.Errorf("a packed body of %d bytes, its header says %d", n, len(dst))
	}
	if _, err := s2.Decode(dst, body); err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	return nil
}
