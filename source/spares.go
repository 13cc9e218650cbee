package source

import "sync"

// spares are buffers of closed Readers, by leaf, for the Readers of the next row groups: row groups of one file are alike,
// and clearing fresh memory for each was a fifth of the time of reading. There are never more of them than there were
// Readers at a time, and they go with their Input.
type spares struct {
	mu   sync.Mutex
	free map[int][]*leafBuffers
}

// take returns buffers of the leaf, or empty ones.
func (s *spares) take(leaf int) *leafBuffers {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.free[leaf]
	if len(list) == 0 {
		return &leafBuffers{}
	}
	last := list[len(list)-1]
	s.free[leaf] = list[:len(list)-1]
	return last
}

// put keeps b, which its leaf no longer uses; nil is what a leaf that was closed before has.
func (s *spares) put(leaf int, b *leafBuffers) {
	if b == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free == nil {
		s.free = map[int][]*leafBuffers{}
	}
	s.free[leaf] = append(s.free[leaf], b)
}
