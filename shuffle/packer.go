package shuffle

import (
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/zeebo/xxh3"

	"github.com/verdigris-db/verdigris/row"
)

const (
	unitBytes  = 256 << 10 // of records in a unit, about
	unitRows   = 4096      // at most, but for one token
	unitBlocks = 8         // packed blocks of a unit that wait to be written
	packRows   = 256       // rows taken from the fold at a time

	packerBytes = 128 << 10 // a worker's rows and the tables of its compressor
)

// packer has workers fold and pack units of consecutive rows at the same time. The units come out in order; each ends
// where a token ends, so that the fold never looks across. The cut depends on the rows only, not on the workers.
type packer struct {
	sorted   *Sorted
	options  RunOptions
	unitRows int

	order chan *unit // to the writer
	jobs  chan *unit // to the workers
	quit  chan struct{}
	free  chan []byte // bodies for reuse
	wg    sync.WaitGroup
}

// unit is consecutive rows of one partition. stats and err are set when blocks is closed.
type unit struct {
	partition int
	entries   []entry
	blocks    chan packedBlock
	large     chan struct{} // holds one while a packed block that is not pooled waits to be written: one at a time
	stats     Stats         // without Read and InputSum
	err       error
}

// packedBlock is a block ready to be written.
type packedBlock struct {
	header [headerBytes]byte
	body   []byte // may alias a slab
	raw    int
	memory memory
}

// memory says whose a body is.
type memory uint8

const (
	slabs  memory = iota // an arena's
	pooled               // to be used again
	alone                // of a packed block of one long record
)

func newPacker(s *Sorted, o RunOptions) *packer {
	p := &packer{
		sorted: s, options: o, unitRows: unitRows,
		order: make(chan *unit, o.Workers), jobs: make(chan *unit), quit: make(chan struct{}),
		free: make(chan []byte, bodiesInFlight(o.Workers)),
	}
	if n := uint64(len(s.entries)); n > 0 {
		p.unitRows = int(min(max(unitBytes/max(s.recBytes/n, 1), 1), unitRows))
	}
	p.wg.Go(p.cut)
	for range o.Workers {
		p.wg.Go(func() {
			w := &unitPacker{packer: p}
			w.raw = w.body()
			for u := range p.jobs {
				u.err = w.pack(u)
				close(u.blocks)
			}
		})
	}
	return p
}

// unitsInFlight bounds the units between cut and the writer: those in order, one for each worker, the one being written and
// the one that cut holds.
func unitsInFlight(workers int) int { return 2*workers + 2 }

// bodiesInFlight bounds their pooled bodies, and those that workers hold.
func bodiesInFlight(workers int) int { return unitsInFlight(workers)*unitBlocks + workers }

// stop ends the goroutines, whether all was written or not.
func (p *packer) stop() {
	close(p.quit)
	p.wg.Wait()
}

// cut makes the units and hands each to the writer and to a worker.
func (p *packer) cut() {
	defer close(p.order)
	defer close(p.jobs)
	s := p.sorted
	for i := range s.slices.R {
		entries := s.partition(i)
		for len(entries) > 0 {
			n := min(p.unitRows, len(entries))
			for n < len(entries) && entries[n].token == entries[n-1].token {
				n++
			}
			u := &unit{partition: i, entries: entries[:n], blocks: make(chan packedBlock, unitBlocks), large: make(chan struct{}, 1)}
			entries = entries[n:]
			select {
			case p.order <- u:
			case <-p.quit:
				return
			}
			select {
			case p.jobs <- u:
			case <-p.quit:
				return
			}
		}
	}
}

// recycle takes a body back that has been written.
func (p *packer) recycle(u *unit, b packedBlock) {
	switch b.memory {
	case pooled:
		select {
		case p.free <- b.body[:0]:
		default:
		}
	case alone:
		<-u.large
	}
}

// unitPacker is one worker.
type unitPacker struct {
	packer *packer
	rows   [packRows]row.Row
	raw    []byte // records of the block being filled
	n      int    // rows in it
	first  int64  // token of its first row
	hasher xxh3.Hasher
}

func (w *unitPacker) pack(u *unit) error {
	s := w.packer.sorted
	fold := newFold(s.layout, s.slabs, u.entries, count{})
	fold.folder.differing = keepDiffering
	w.raw, w.n = w.raw[:0], 0
	for {
		n, err := fold.folder.fill(w.rows[:], &fold.groups)
		if err != nil {
			return err
		}
		if n == 0 {
			u.stats = fold.folder.stats
			return w.flush(u)
		}
		for _, r := range w.rows[:n] {
			if err := w.add(u, r); err != nil {
				return err
			}
		}
	}
}

// errStopped ends a worker whose writer has gone; nobody sees it.
type errStopped struct{}

func (errStopped) Error() string { return "writing a run was stopped" }

func (w *unitPacker) add(u *unit, r row.Row) error {
	size := w.packer.options.BlockBytes
	if w.n > 0 && (len(w.raw)+len(r.Rec) > size || w.n == maxBlockRows(size)) {
		if err := w.flush(u); err != nil {
			return err
		}
	}
	if w.n == 0 {
		w.first = r.Token
	}
	w.n++
	if len(r.Rec) > size {
		err := w.emit(u, r.Rec)
		w.n = 0
		return err
	}
	w.raw = append(w.raw, r.Rec...)
	return nil
}

func (w *unitPacker) flush(u *unit) error {
	if w.n == 0 {
		return nil
	}
	err := w.emit(u, w.raw)
	w.raw, w.n = w.raw[:0], 0 // of the same or another buffer
	return err
}

// emit packs the w.n records of raw and sends them to the writer. raw is a slab's or w.raw.
func (w *unitPacker) emit(u *unit, raw []byte) error {
	b, err := w.place(u, raw)
	if err != nil {
		return err
	}
	h := blockHeader{stored: len(b.body), raw: len(raw), rows: w.n, first: biased(w.first), packing: plain}
	if len(b.body) < len(raw) {
		h.packing = packed
	}
	h.encode(b.header[:])
	w.hasher.Reset()
	w.hasher.Write(b.header[checkBytes:]) // a hash never fails
	w.hasher.Write(b.body)
	h.check = w.hasher.Sum64()
	h.encode(b.header[:])
	select {
	case u.blocks <- b:
		return nil
	case <-w.packer.quit:
		return errStopped{}
	}
}

// place puts raw, packed where that makes it shorter, where it stays until it is written.
func (w *unitPacker) place(u *unit, raw []byte) (packedBlock, error) {
	b := packedBlock{raw: len(raw), memory: slabs, body: raw}
	packs := w.packer.options.Compression == PackS2
	if len(raw) <= w.packer.options.BlockBytes {
		b.memory = pooled
		if packs {
			b.body = s2.Encode(w.body(), raw)
		}
		if len(b.body) >= len(raw) { // raw is w.raw: it goes, another buffer takes its place
			spare := b.body[:0]
			if !packs {
				spare = w.body()
			}
			b.body, w.raw = raw, spare
		}
		return b, nil
	}
	if packs && len(raw) <= maxPacked {
		select {
		case u.large <- struct{}{}:
		case <-w.packer.quit:
			return b, errStopped{}
		}
		b.memory = alone
		if body := s2.Encode(nil, raw); len(body) < len(raw) {
			b.body = body
		}
	}
	return b, nil
}

// body is an empty buffer for a usual block, its records or what they are packed to.
func (w *unitPacker) body() []byte {
	select {
	case b := <-w.packer.free:
		return b
	default:
		return make([]byte, 0, s2.MaxEncodedLen(w.packer.options.BlockBytes))
	}
}
