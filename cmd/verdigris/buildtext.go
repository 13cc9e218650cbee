package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	humanize "github.com/dustin/go-humanize"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/workers"
)

// lines prints pairs of a name and a text, aligned.
type lines struct {
	w   *tabwriter.Writer
	err error
}

func (c *cli) newLines() *lines { return &lines{w: tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)} }

func (l *lines) add(name, format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
}

func (l *lines) flush() error {
	if l.err != nil {
		return fmt.Errorf("writing result: %w", l.err)
	}
	if err := l.w.Flush(); err != nil {
		return fmt.Errorf("writing result: %w", err)
	}
	return nil
}

func size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

func count(n int64) string { return humanize.Comma(n) }

// printOutline prints what a build would do.
func (c *cli) printOutline(o *workers.Outline) error {
	l := c.newLines()
	l.add("view", "%s", o.View)
	if o.Already > 0 {
		l.add("nothing to do", "version %d was built from this spec and this input", o.Already)
	}
	l.add("build", "%s, after version %d", o.Build, o.Parent)
	l.add("source", "%d files, %d row groups, %s rows, %s; %d files skipped", o.Files, o.RowGroups, count(o.Rows), size(o.Bytes), o.Skipped)
	l.add("schema", "%s", schemaText(&o.Schema))
	l.add("partitions", "%d of about %s of rows", o.Partitions, size(o.Output/int64(max(o.Partitions, 1))))
	l.add("expected output", "at most about %s (%s rows of %d bytes before packing)", size(o.Output), count(o.Rows), o.RowBytes)
	if o.Mode == "memory" {
		l.add("rows wait", "in the memory of the one worker")
	} else {
		l.add("rows wait", "in runs of %d map tasks below %s", o.Tasks, o.Scratch)
	}
	m := o.Memory
	l.add("memory", "%s: coordinator %s, %d workers of %s", size(m.Total), size(m.Coordinator), m.Workers, size(m.Worker))
	l.add("a worker", "%d row groups at a time of %s; rows %s, entries %s", m.Lanes, size(m.Decode), size(m.Arenas), size(m.Sorted))
	if m.Merge > 0 {
		l.add("a partition", "rows from runs %s, packed rows %s", size(m.Merge), size(m.Writer))
	} else {
		l.add("a partition", "packed rows %s", size(m.Writer))
	}
	return l.flush()
}

// schemaText is a schema on one line.
func schemaText(s *cql.Schema) string {
	var b strings.Builder
	for i, k := range s.Key {
		b.WriteString(separated(i, "key (", ", "))
		fmt.Fprintf(&b, "%s %s", k.Name, k.Type)
	}
	b.WriteString(")")
	for i, k := range s.Clustering {
		b.WriteString(separated(i, " clustering (", ", "))
		fmt.Fprintf(&b, "%s %s %s", k.Name, k.Type, k.Order)
	}
	if len(s.Clustering) > 0 {
		b.WriteString(")")
	}
	for i, k := range s.Values {
		b.WriteString(separated(i, " values (", ", "))
		fmt.Fprintf(&b, "%s %s", k.Name, k.Type)
	}
	if len(s.Values) > 0 {
		b.WriteString(")")
	}
	return b.String()
}

func separated(i int, first, next string) string {
	if i == 0 {
		return first
	}
	return next
}

// printReport prints what a build did.
func (c *cli) printReport(r *workers.Report) error {
	l := c.newLines()
	t := r.Totals
	if r.Result == workers.Already {
		l.add("view", "%s: already version %d", r.View, r.Version)
		if r.Newest != r.Version {
			l.add("newest", "version %d; --new-version publishes this input again", r.Newest)
		}
		l.add("rows", "%s", count(t.Rows))
		return l.flush()
	}
	l.add("view", "%s: version %d", r.View, r.Version)
	l.add("source", "%d files, %s; %d files skipped", r.Files, size(r.BytesIn), r.Skipped)
	l.add("rows", "%s read, %s filtered, %s folded, %s stored under %s keys", count(t.Read), count(t.Filtered), count(t.Folded), count(t.Rows), count(t.Keys))
	l.add("partitions", "%d, %d of them reused", r.Partitions, r.Reused)
	l.add("tables", "%s", size(t.TableBytes))
	l.add("bloom filters", "%s, measured rate %s", size(t.BloomBytes), ppm(r.Bloom))
	l.add("dictionary", "%s", r.Dictionary)
	if r.Resumed > 0 {
		l.add("resumed", "%d tasks were finished by earlier runs of this build", r.Resumed)
	}
	for _, p := range r.Phases {
		l.add(string(p.Phase), "%s, %s of CPU", seconds(p.Wall), seconds(p.CPU))
	}
	l.add("total", "%s, %s of CPU, %s rows a second", seconds(r.Wall), seconds(r.CPU), count(rate(t.Read, time.Duration(r.Wall))))
	l.add("memory", "%s of %s (%s, %d processes)", size(r.PeakMemory), size(r.Budget), r.Mode, r.Workers+1)
	q := r.Requests
	l.add("requests", "%d writes, %d reads, %d stats, %d lists, %d deletes", q.Writes, q.Reads, q.Stats, q.Lists, q.Deletes)
	return l.flush()
}

func ppm(r workers.Rate) string {
	if r.Probes == 0 {
		return "not measured"
	}
	return fmt.Sprintf("%.5f of %s probes", float64(r.Matches)/float64(r.Probes), count(int64(r.Probes)))
}

func seconds(s workers.Seconds) string { return time.Duration(s).Round(time.Millisecond).String() }
