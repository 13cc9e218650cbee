package main

import (
	"fmt"
	"io"
)

// printTables writes the summaries as two Markdown tables.
func printTables(w io.Writer, all []Summary) {
	fmt.Fprint(w, "Page cache warm, one thread, us:\n\n"+
		"| engine | MB on disk | MB of memory | hit CPU | hit p50 | hit p99 | miss CPU | miss p50 | miss p99 |\n"+
		"|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range all {
		r := s.Warm
		fmt.Fprintf(w, "| %s | %.1f | %.0f | %s | %s | %s | %s | %s | %s |\n", s.Engine, float64(s.Bytes)/1e6, float64(r.Memory)/1e6,
			us(r.HitCPU), us(r.HitP50), us(r.HitP99), us(r.MissCPU), us(r.MissP50), us(r.MissP99))
	}
	fmt.Fprint(w, "\nPage cache dropped, one thread, us, device counters a hit:\n\n"+
		"| engine | hit CPU | hit p50 | hit p99 | bytes | bytes p99 | of 1000 over 8 KiB | reads | reads p50 | of 1000 with one read or none | misses of 1000 that read |\n"+
		"|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range all {
		r := s.Cold
		if r.HitP50 == 0 {
			continue
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %.0f | %.0f | %.1f | %.2f | %.0f | %.1f | %.2f |\n", s.Engine,
			us(r.HitCPU), us(r.HitP50), us(r.HitP99), r.HitBytes, r.HitBytesMax, r.HitOver8K, r.HitReads, r.HitReadsP50, r.HitOneRead, r.MissesToDisk)
	}
}

// us shows nanoseconds.
func us(ns float64) string { return fmt.Sprintf("%.2f", ns/1000) }
