// Package cql holds the types of a view and everything that depends on a type alone: the bytes of a cell, their order,
// their text. It reads no file and knows no table.
//
//	payload  = the CQL native-protocol v4 bytes of one non-null value
//	int..    = 1, 2, 4 or 8 bytes big-endian, two's complement     (a date is unsigned, its middle is 1970-01-01)
//	varint   = big-endian two's complement in the fewest bytes     0 -> 00, 128 -> 0080, -1 -> ff
//	decimal  = scale int | unscaled varint                         1.5 -> 00000001 0f
//	list     = count int | part*                                   [7] of int -> 00000001 00000004 00000007
//	map      = count int | (key part, value part)*                 keys strictly ascending
//	struct   = part*                                               one part a field
//	part     = length int (-1 null) | payload
//
// A value has one payload: Validate refuses every other spelling of it. docs/format/types.md is the whole table, with
// the Parquet types on one side and JSON on the other.
//
//	Type, Kind, Column, Schema   what a view's cells are
//	ParseType, ParseOverride     their text
//	Append...                    payloads from Go values
//	Validate                     is it a payload that a view may hold?
//	Compare, Comparator          Cassandra's order
//	AppendJSON, FromJSON         the JSON mapping; AppendText, ParseKeyText for one column on a command line
//	CompositeKey, SplitKey       partition key bytes
//	Convertible, Convert         what a type override may ask for
package cql
