package source

// Parts of the formula of Memory.
const (
	headerBytes = 64 << 10 // buffers of page headers, and of what a decoder keeps besides its values
	zstdBytes   = 1 << 20  // a decoder's tables and history
	slotBytes   = 16
	indexBytes  = 4
)

// Memory is the most bytes that a Reader of row group group with these wants holds at a time, its batch included. It is
// made of what Storage.Footers found in the file's page headers; for each leaf column:
//
//	the read window, or of objects all wanted chunks of a row group that is small enough to be fetched at once
//	the largest page as stored, with a quarter for its buffer's growth
//	the same page decompressed, likewise
//	its values decoded, with their offsets, levels and dictionary indexes, twice for their buffers' growth
//	the dictionary, decoded twice over, and a cell's bookkeeping for each of its values
//
// and for each want a batch of cells. A Footer that Storage.Open made bounds pages by their column chunks.
func (f *Footer) Memory(group int, wants []Want) int64 {
	var total int64
	window := int64(localWindow)
	if isRemote(f.File.URL) {
		spans, bytes := f.spans(group, wants)
		if window = remoteWindow; bytes <= prefetchMost {
			window, total = 0, bytes+int64(len(spans))*headerBytes
		}
	}
	for _, w := range wants {
		total += batchRows * (slotBytes + 2*indexBytes)
		for _, c := range f.meta.columns {
			if c.node.name() != w.Name || c.err != nil || f.File.hasFolder(w.Name) {
				continue
			}
			for _, leaf := range c.leaves {
				total += f.meta.chunks[group][leaf.Index].memory(leaf, window)
			}
			if c.shape.kind != shapeLeaf {
				total += 2 * (nestedBytes + f.meta.largestRow(group, c))
			}
		}
	}
	return total
}

// spans are the ranges of the file that hold the wanted chunks of a row group, and their bytes.
func (f *Footer) spans(group int, wants []Want) ([]span, int64) {
	var out []span
	seen := map[int]bool{}
	for _, w := range wants {
		for _, c := range f.meta.columns {
			if c.node.name() != w.Name || c.err != nil || f.File.hasFolder(w.Name) {
				continue
			}
			for _, leaf := range c.leaves {
				if facts := f.meta.chunks[group][leaf.Index]; !seen[leaf.Index] && facts.chunk > 0 {
					out = append(out, span{start: facts.start, end: facts.start + facts.chunk})
				}
				seen[leaf.Index] = true
			}
		}
	}
	return coalesce(out)
}

// memory is the formula for one leaf.
func (c chunkFacts) memory(leaf *leafColumn, window int64) int64 {
	values := c.page + c.entries*(2*indexBytes+2) // offsets and indexes; two levels
	if leaf.Width > 0 {
		values = max(values, c.entries*int64(leaf.Width))
	}
	if c.expands {
		values += prefixedBytes + c.page // a step, and its last value
	}
	return min(window, c.chunk) + headerBytes + zstdBytes + c.stored*5/4 + c.page*5/4 + 2*values + 2*c.dictionary + c.values*(slotBytes+indexBytes)
}

// largestRow bounds a nested cell by the largest pages of its leaves: a row that is longer than a page is not foreseen.
func (m *fileMeta) largestRow(group int, c *column) int64 {
	var total int64
	for _, leaf := range c.leaves {
		total += m.chunks[group][leaf.Index].page
	}
	return total
}
