// Package source turns Parquet files, local or in object storage, into typed columns whose values are CQL cells.
//
// The way of one file:
//
//	Storage.List    names, sizes and identities of the files of a source, with the folder columns of each
//	Storage.Open    Input: an open file with its Footer, read and checked before anything of it is trusted
//	Unify           Schema: the columns that all footers agree on, and their CQL types
//	Input.Read      Reader: one row group as batches of columns, in file order, for the wanted columns only
//
// Below the Reader stand one leafReader per leaf column, in two implementations chosen by the column chunk's encodings
// and codec (see decoderOf), then the conversion of physical values to CQL cells (one per dictionary value, not one per
// row), then the assembly of lists, maps and structs from repetition and definition levels.
//
// Nothing that a file says is trusted: lengths, counts, offsets and indexes are checked, panics of the Parquet libraries
// become errors, and a row group gives as many rows as its footer says or an error.
package source
