package source

// Memory is the most bytes that a Reader of row group group with these wants holds at a time, its batch included.
func (f *Footer) Memory(group int, wants []Want) int64 { return f.RowGroups[group].Uncompressed }
