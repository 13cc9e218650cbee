package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/bloom"
)

// bloomDetails is a filter's header and its measured rate.
type bloomDetails struct {
	Header  *bloom.Header `json:"header"`
	Probes  uint64        `json:"probes"` // absent keys that it was asked for
	Matches uint64        `json:"matches"`
	RatePPM uint64        `json:"rate_ppm"`
}

const bloomProbes = 4_000_000

func (d *bloomDetails) read(s *subject) (fault, err error) {
	b, err := s.all()
	if err != nil {
		return nil, err
	}
	f, err := bloom.Decode(b)
	if errors.Is(err, bloom.ErrCorrupt) || errors.Is(err, bloom.ErrVersion) {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	h := f.Header()
	d.Header, d.Probes, d.Matches = &h, bloomProbes, f.Measure(bloomProbes)
	d.RatePPM = d.Matches * 1_000_000 / d.Probes
	return nil, nil
}

func (d *bloomDetails) text(w io.Writer) {
	if d.Header == nil {
		return
	}
	fmt.Fprintf(w, "keys\t%d\n", d.Header.Keys)
	fmt.Fprintf(w, "bits\t%d, %d for each key\n", d.Header.Bits, d.Header.K)
	fmt.Fprintf(w, "false positives\t%d of %d: %d per million, made for %d\n", d.Matches, d.Probes, d.RatePPM, d.Header.PPM)
}
