package view

import "github.com/verdigris-db/verdigris/row"

// Report is what Verify found. The counts are of what was read, not what the manifest says.
type Report struct {
	View       string  `json:"view"`
	Version    uint64  `json:"version"`
	Partitions int     `json:"partitions"`
	Objects    int     `json:"objects"` // read whole: tables, filters, dictionary
	Bytes      int64   `json:"bytes"`   // of these
	Rows       int64   `json:"rows"`
	Keys       int64   `json:"keys"`
	StoredSum  row.Sum `json:"stored_sum"`
	Bloom      Rate    `json:"bloom"`
	Faults     []Fault `json:"faults"`
	MoreFaults int     `json:"more_faults"` // found but not listed
}

// Whole reports whether nothing is wrong.
func (r *Report) Whole() bool { return len(r.Faults) == 0 }

// Rate is how often the filters take absent keys for present.
type Rate struct {
	Probes     int64 `json:"probes"` // absent keys that they were asked for
	Matches    int64 `json:"matches"`
	MatchesPPM int64 `json:"matches_ppm"`
	TargetPPM  int64 `json:"target_ppm"`
}

// Fault is one thing that is wrong with a version. Partition is -1 where it is not about one.
type Fault struct {
	Partition int    `json:"partition"`
	Object    string `json:"object"`
	Problem   string `json:"problem"`
}

// Progress is how far a Verify has come.
type Progress struct {
	Partitions, OfPartitions int
	Bytes, OfBytes           int64 // of objects compared with their sha256
	Faults                   int
}

// maxFaults bounds the list in a Report; the rest is only counted.
const maxFaults = 1000
