package table

import (
	"encoding/hex"
	"fmt"
)

// Hex is bytes that JSON shows as lower-case hex digits.
type Hex []byte

// MarshalText writes two digits a byte.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hex) UnmarshalText(b []byte) error {
	out, err := hex.AppendDecode(nil, b)
	if err != nil {
		return fmt.Errorf("reading hex bytes: %w", err)
	}
	*h = out
	return nil
}
