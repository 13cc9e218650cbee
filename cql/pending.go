package cql

import (
	"encoding/json"
	"errors"
)

var errPending = errors.New("pending")

// AppendJSON appends the payload of type t as JSON; see docs/format/types.md.
func AppendJSON(dst []byte, t Type, payload []byte) ([]byte, error) { return dst, errPending }

// AppendText appends the payload of a type without parts as the mapping's text, unquoted; ParseKeyText reads it back.
func AppendText(dst []byte, t Type, payload []byte) ([]byte, error) { return dst, errPending }

// FromJSON is the inverse of AppendJSON.
func FromJSON(t Type, raw json.RawMessage) (payload []byte, null bool, err error) {
	return nil, false, errPending
}

// ParseKeyText is the payload of the mapping's text for one column of type t (0x.. for blobs).
func ParseKeyText(t Type, text string) ([]byte, error) { return nil, errPending }

// AppendRowJSON appends one row as one JSON object: key columns, clustering, values in schema order.
func AppendRowJSON(dst []byte, s *Schema, key, cells []byte) ([]byte, error) { return dst, errPending }

// CanonicalMap orders the entries of a map's payload by key, in place; equal keys are an error.
func CanonicalMap(t Type, payload []byte) error { return errPending }

// Conversion says how the values of one type become another's.
type Conversion uint8

const (
	Refused   Conversion = iota // never
	Identical                   // the same bytes
	Always                      // other bytes, every value fits
	Checked                     // value by value: the first that does not fit is an error
)

// Convertible is the table of conversions that a type override may ask for; see docs/format/types.md.
func Convertible(from, to Type) Conversion { return Refused }

// Convert appends the payload of type from as one of type to.
func Convert(dst []byte, from, to Type, payload []byte) ([]byte, error) { return dst, errPending }
