package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	humanize "github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/verdigris-db/verdigris/workers"
)

// logEvery is how often a build that nobody watches says how far it is.
const logEvery = 10 * time.Second

// progress shows how far a build is: a bar for each phase on a terminal, log lines elsewhere.
type progress struct {
	out    io.Writer
	log    *slog.Logger
	screen bool
	bar    *progressbar.ProgressBar
	phase  workers.Phase
	logged time.Duration // into the phase, at the last log line
	last   workers.Status
}

func (c *cli) newProgress() *progress {
	f, ok := c.messages.(*os.File)
	return &progress{out: c.messages, log: c.log, screen: ok && term.IsTerminal(int(f.Fd()))}
}

// observe takes one status; it is a workers.Observer.
func (p *progress) observe(s workers.Status) {
	if p.screen {
		p.show(s)
		return
	}
	switch {
	case s.Phase != p.phase:
		p.finished()
		p.phase, p.logged = s.Phase, 0
	case s.Elapsed-p.logged >= logEvery:
		p.logged = s.Elapsed
		p.say("building", s)
	}
	p.last = s
}

// finished logs the phase that is over.
func (p *progress) finished() {
	if p.last.Phase != "" {
		p.say("phase done", p.last)
	}
	p.last = workers.Status{}
}

// say logs one status.
func (p *progress) say(message string, s workers.Status) {
	attrs := []any{"phase", s.Phase, "elapsed", s.Elapsed.Round(time.Millisecond)}
	if s.TasksTotal > 0 {
		attrs = append(attrs, "tasks", s.Tasks, "of", s.TasksTotal)
	}
	if s.Rows > 0 {
		attrs = append(attrs, "rows", s.Rows, "of_rows", s.RowsTotal, "rows_per_second", rate(s.Rows, s.Elapsed))
	}
	p.log.Info(message, append(attrs, "written", s.Bytes, "memory", s.Memory, "budget", s.Budget)...)
}

// show draws the phase's bar.
func (p *progress) show(s workers.Status) {
	total, now := int64(s.TasksTotal), int64(s.Tasks)
	if s.RowsTotal > 0 && (s.Phase == workers.Mapping || s.Phase == workers.Reducing) {
		total, now = s.RowsTotal, min(s.Rows, s.RowsTotal)
		if s.Tasks == s.TasksTotal && s.TasksTotal > 0 {
			now = total // folded rows are never stored
		}
	}
	if s.Phase != p.phase {
		p.end()
		p.phase = s.Phase
		p.bar = progressbar.NewOptions64(max(total, 1),
			progressbar.OptionSetWriter(p.out), progressbar.OptionSetWidth(16), progressbar.OptionSetPredictTime(total > 1),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetDescription(string(s.Phase)),
		)
	}
	p.bar.Describe(fmt.Sprintf("%-6s %s", s.Phase, p.numbers(s)))
	_ = p.bar.Set64(now) // a bar that cannot be drawn is no reason to stop
}

// numbers are the phase's rows, rate and bytes where it has them, and the memory.
func (p *progress) numbers(s workers.Status) string {
	memory := fmt.Sprintf("%9s/%s", humanize.IBytes(uint64(s.Memory)), humanize.IBytes(uint64(s.Budget)))
	if s.Phase != workers.Mapping && s.Phase != workers.Reducing {
		return memory
	}
	return fmt.Sprintf("%s  %9s rows  %9s/s  %8s out", memory, humanize.SIWithDigits(float64(s.Rows), 1, ""),
		humanize.SIWithDigits(float64(rate(s.Rows, s.Elapsed)), 1, ""), humanize.IBytes(uint64(s.Bytes)))
}

// end is called when a phase is over: it fills the bar and leaves it there, or logs the last phase.
func (p *progress) end() {
	if !p.screen {
		p.finished()
	}
	if p.bar != nil {
		_ = p.bar.Finish()
		fmt.Fprintln(p.out)
		p.bar = nil
	}
}

// rate is n per second.
func rate(n int64, d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64(float64(n) / d.Seconds())
}
