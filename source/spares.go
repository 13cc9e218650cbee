package source

import "sync"

// spares are buffers of closed Readers, by leaf, for the Readers of the next row groups: row groups of one file are alike,
// and clearing fresh memory for each was a fifth of the time of reading. There are never more of them than there were
// Readers at a time, and they go with their Input.
type spares struct {
	mu     sync.Mutex
	leaves shelf[leafBuffers]
	cells  shelf[cellBuffers]
}

// shelf holds what is not in use, by leaf.
type shelf[T any] map[int][]*T

func (s *spares) takeLeaf(leaf int) *leafBuffers {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaves.take(leaf)
}

func (s *spares) takeCells(leaf int) *cellBuffers {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cells.take(leaf)
}

func (s *spares) putLeaf(leaf int, b *leafBuffers) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaves.put(leaf, b)
}

func (s *spares) putCells(leaf int, b *cellBuffers) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cells.put(leaf, b)
}

// take returns one of the leaf, or an empty one.
func (s shelf[T]) take(leaf int) *T {
	list := s[leaf]
	if len(list) == 0 {
		return new(T)
	}
	last := list[len(list)-1]
	s[leaf] = list[:len(list)-1]
	return last
}

func (s *shelf[T]) put(leaf int, b *T) {
	if *s == nil {
		*s = shelf[T]{}
	}
	(*s)[leaf] = append((*s)[leaf], b)
}
