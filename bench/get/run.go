package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Summary is the medians of an engine's rounds.
type Summary struct {
	Engine string  `json:"engine"`
	Bytes  int64   `json:"bytes"` // on disk
	Warm   Round   `json:"warm"`
	Cold   Round   `json:"cold"`
	Rounds []Round `json:"rounds"`
}

// run measures all engines in turn, as often as there are rounds.
func run(list, keys string, c Counts, rounds int, progress io.Writer) ([]Summary, error) {
	places, err := parsePlaces(list)
	if err != nil {
		return nil, err
	}
	out := make([]Summary, len(places))
	for i, p := range places {
		out[i].Engine = p.Name
		if out[i].Bytes, err = p.bytes(); err != nil {
			return nil, err
		}
	}
	for n := range rounds {
		for k := range places {
			i := (k + n) % len(places) // another one begins each round
			for _, mode := range []string{"warm", "cold"} {
				if mode == "cold" && (places[i].cached() || c.Cold == 0) {
					continue // a dropped page cache means nothing to what a block cache holds
				}
				fmt.Fprintf(progress, "round %d of %d: %s, %s\n", n+1, rounds, places[i].Name, mode)
				r, err := child(list, i, keys, c, mode)
				if err != nil {
					return nil, fmt.Errorf("measuring %s, %s: %w", places[i].Name, mode, err)
				}
				out[i].Rounds = append(out[i].Rounds, r)
			}
		}
	}
	for i := range out {
		if err := out[i].summarize(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// child measures one engine in a new process.
func child(list string, index int, keys string, c Counts, mode string) (r Round, err error) {
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	cmd := exec.Command(self, "round", "-engines", list, "-index", fmt.Sprint(index), "-keys", keys, "-mode", mode,
		"-warm", fmt.Sprint(c.Warm), "-cold", fmt.Sprint(c.Cold), "-miss", fmt.Sprint(c.Miss))
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(b, &r)
}

// summarize takes the median of every figure over the rounds, warm and cold apart.
func (s *Summary) summarize() error {
	for _, cold := range []bool{false, true} {
		values := map[string][]float64{}
		for _, r := range s.Rounds {
			if r.Cold != cold {
				continue
			}
			figures, err := figuresOf(r)
			if err != nil {
				return err
			}
			for name, v := range figures {
				values[name] = append(values[name], v)
			}
		}
		medians := map[string]any{"engine": s.Engine, "cold": cold}
		for name, list := range values {
			m := quantile(list, 0.5) // the upper of two
			if name == "memory" {
				medians[name] = int64(m)
			} else {
				medians[name] = m
			}
		}
		b, err := json.Marshal(medians)
		if err != nil {
			return err
		}
		target := &s.Warm
		if cold {
			target = &s.Cold
		}
		if err := json.Unmarshal(b, target); err != nil {
			return err
		}
	}
	return nil
}

// figuresOf is a round's numbers by their JSON names.
func figuresOf(r Round) (map[string]float64, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for name, v := range all {
		if number, ok := v.(float64); ok {
			out[name] = number
		}
	}
	return out, nil
}
