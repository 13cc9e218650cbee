package source

type nestedLeaf struct {
	name   string
	reader leafReader
}

func (l *nestedLeaf) ended() error { return nil }

func (r *Reader) nestedColumn(w Want, c *column) (columnMaker, error) {
	return nil, unsupported("nested columns")
}
