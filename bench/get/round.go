package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Counts are how many gets of each kind a round does.
type Counts struct {
	Warm int `json:"warm"` // hits and misses, page cache warm
	Cold int `json:"cold"` // hits after the page cache was dropped, counted, and again as many timed
	Miss int `json:"miss"` // misses after the page cache was dropped
}

// within makes the counts small enough for the keys that there are.
func (c Counts) within(present, absent int) Counts {
	c.Warm = min(c.Warm, present/3, absent/2) // gets to open everything, counted and timed ones
	c.Cold = min(c.Cold, present/3)
	c.Miss = min(c.Miss, absent/2)
	return c
}

// Round is what one process measured of one engine. Times are nanoseconds.
type Round struct {
	Engine string `json:"engine"`
	Cold   bool   `json:"cold"`
	Memory int64  `json:"memory"` // bytes held when open and used

	HitCPU  float64 `json:"hit_cpu"` // a get
	HitP50  float64 `json:"hit_p50"`
	HitP99  float64 `json:"hit_p99"`
	MissCPU float64 `json:"miss_cpu"`
	MissP50 float64 `json:"miss_p50"`
	MissP99 float64 `json:"miss_p99"`

	// Of a cold round only.
	HitBytes     float64 `json:"hit_bytes"`      // from the device, a hit, mean
	HitBytesMax  float64 `json:"hit_bytes_p99"`  // 99 of 100 hits read no more
	HitOver8K    float64 `json:"hit_over_8k"`    // hits of 1000 that read more than 8 KiB
	HitReads     float64 `json:"hit_reads"`      // requests to the device, a hit, mean
	HitReadsP50  float64 `json:"hit_reads_p50"`  // half of the hits made no more
	HitOneRead   float64 `json:"hit_one_read"`   // hits of 1000 that made at most one
	MissesToDisk float64 `json:"misses_to_disk"` // misses of 1000 that read anything
}

// loop does one get for each key and insists that it finds what it should.
func loop(e Engine, keys [][]byte, want bool) (bytes int, err error) {
	use := func(value []byte) { bytes += len(value) }
	for _, key := range keys {
		found, err := e.Get(key, use)
		if err != nil {
			return 0, err
		}
		if found != want {
			return 0, fmt.Errorf("key 0x%x: found is %v", key, found)
		}
	}
	return bytes, nil
}

// cpuOf is the CPU of a get.
func cpuOf(e Engine, keys [][]byte, want bool) (float64, error) {
	runtime.GC()
	before := cpuTime()
	_, err := loop(e, keys, want)
	return float64(cpuTime()-before) / float64(len(keys)), err
}

// latencyOf times each get.
func latencyOf(e Engine, keys [][]byte, want bool) (p50, p99 float64, err error) {
	took := make([]time.Duration, len(keys))
	use := func([]byte) {}
	for i, key := range keys {
		start := time.Now()
		found, err := e.Get(key, use)
		took[i] = time.Since(start)
		if err != nil {
			return 0, 0, err
		}
		if found != want {
			return 0, 0, fmt.Errorf("key 0x%x: found is %v", key, found)
		}
	}
	return float64(quantile(took, 0.5)), float64(quantile(took, 0.99)), nil
}

// quantile sorts values and gives the one that a share of them does not exceed.
func quantile[T int64 | float64 | time.Duration](values []T, share float64) T {
	slices.Sort(values)
	return values[min(len(values)-1, int(share*float64(len(values))))]
}

// part takes the next n keys, fewer if there are no more.
func part(keys *[][]byte, n int) [][]byte {
	n = min(n, len(*keys))
	out := (*keys)[:n]
	*keys = (*keys)[n:]
	return out
}

// measure is one round, to be called once in a process.
func measure(p Place, keysFolder string, c Counts, cold bool) (r Round, err error) {
	r = Round{Engine: p.Name, Cold: cold}
	present, err := readKeys(filepath.Join(keysFolder, presentFile))
	if err != nil {
		return r, err
	}
	absent, err := readKeys(filepath.Join(keysFolder, absentFile))
	if err != nil {
		return r, err
	}
	c = c.within(len(present), len(absent))
	files, err := p.files()
	if err != nil {
		return r, err
	}
	allKeys := [][][]byte{present, absent} // counted before and after
	debug.FreeOSMemory()
	before, err := ownMemory()
	if err != nil {
		return r, err
	}
	if err := warm(files); err != nil {
		return r, err
	}
	e, err := p.open()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if c.Warm < 10 {
		return r, errors.New("the data set has too few keys")
	}

	// Opens every file, and brings indexes and filters into memory.
	opening := part(&present, c.Warm/10)
	if _, err := loop(e, opening, true); err != nil {
		return r, err
	}
	if _, err := loop(e, part(&absent, c.Warm/10), false); err != nil {
		return r, err
	}
	if cold {
		err = r.cold(e, files, present, absent, c)
	} else {
		err = r.warm(e, p.cached(), present, absent, c.Warm)
	}
	if err != nil {
		return r, err
	}
	debug.FreeOSMemory()
	after, err := ownMemory()
	r.Memory = after - before
	runtime.KeepAlive(allKeys)
	return r, err
}

func (r *Round) warm(e Engine, twice bool, present, absent [][]byte, n int) (err error) {
	hits, timed := part(&present, n), part(&present, n)
	misses := part(&absent, n)
	if twice {
		for _, keys := range [][][]byte{hits, timed} {
			if _, err := loop(e, keys, true); err != nil {
				return err
			}
		}
	}
	if r.HitCPU, err = cpuOf(e, hits, true); err != nil {
		return err
	}
	if r.HitP50, r.HitP99, err = latencyOf(e, timed, true); err != nil {
		return err
	}
	if r.MissCPU, err = cpuOf(e, misses, false); err != nil {
		return err
	}
	r.MissP50, r.MissP99, err = latencyOf(e, misses, false)
	return err
}

func (r *Round) cold(e Engine, files []string, present, absent [][]byte, c Counts) error {
	d, err := openDevice(files[0])
	if err != nil {
		return err
	}
	if err := drop(files); err != nil {
		return err
	}
	if err := r.coldHits(e, d, part(&present, c.Cold)); err != nil {
		return err
	}
	if err := drop(files); err != nil {
		return err
	}
	timed := part(&present, c.Cold)
	before := cpuTime()
	if r.HitP50, r.HitP99, err = latencyOf(e, timed, true); err != nil {
		return err
	}
	r.HitCPU = float64(cpuTime()-before) / float64(len(timed))
	if err := drop(files); err != nil {
		return err
	}
	return r.coldMisses(e, d, part(&absent, c.Miss))
}

// coldHits looks at the device's counters around every get.
func (r *Round) coldHits(e Engine, d *device, keys [][]byte) error {
	bytes, requests := make([]float64, len(keys)), make([]float64, len(keys))
	for i := range keys {
		bytesBefore, err := d.readBytes()
		if err != nil {
			return err
		}
		requestsBefore, err := d.requests()
		if err != nil {
			return err
		}
		if _, err := loop(e, keys[i:i+1], true); err != nil {
			return err
		}
		requestsAfter, err := d.requests()
		if err != nil {
			return err
		}
		bytesAfter, err := d.readBytes()
		if err != nil {
			return err
		}
		bytes[i], requests[i] = float64(bytesAfter-bytesBefore), float64(requestsAfter-requestsBefore)
	}
	n := float64(len(keys))
	for i := range keys {
		r.HitBytes += bytes[i] / n
		r.HitReads += requests[i] / n
		if bytes[i] > 8<<10 {
			r.HitOver8K += 1000 / n
		}
		if requests[i] <= 1 {
			r.HitOneRead += 1000 / n
		}
	}
	r.HitBytesMax, r.HitReadsP50 = quantile(bytes, 0.99), quantile(requests, 0.5)
	return nil
}

func (r *Round) coldMisses(e Engine, d *device, keys [][]byte) error {
	read := 0
	before, err := d.readBytes()
	if err != nil {
		return err
	}
	for i := range keys {
		if _, err := loop(e, keys[i:i+1], false); err != nil {
			return err
		}
		after, err := d.readBytes()
		if err != nil {
			return err
		}
		if after != before {
			read++
		}
		before = after
	}
	r.MissesToDisk = float64(read) / float64(len(keys)) * 1000
	return nil
}
