package faulty

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is what goes wrong with a call.
type Fault string

// The faults. A store that keeps its contract shows all but Shorten now and then.
const (
	None     Fault = ""         // nothing: calls are counted only
	Fail     Fault = "fail"     // nothing is done; the error is transient
	Refuse   Fault = "refuse"   // nothing is done; the error is permanent
	Delay    Fault = "delay"    // it is done after Plan.Delay, unless the context ends before
	Truncate Fault = "truncate" // a Read or List breaks off with a transient error after Plan.After bytes or names; the others fail
	Shorten  Fault = "shorten"  // a Read or List ends early with no error; the others are done. Who checks content notices
	Lose     Fault = "lose"     // it is done, but the reply is lost: a transient error
	Kill     Fault = "kill"     // it is done, then this process is killed (SIGKILL)
)

// Plan says which calls go wrong and how. The zero Plan lets all pass.
type Plan struct {
	Fault Fault
	Call  int           // number of the first call that goes wrong, from 1, among those that Op and Name let count
	Every int           // if not 0, also each Every-th call after that, Times of them
	Times int           // how many calls go wrong; 0 is one, negative is without end. More than one needs Every
	Op    Op            // only calls of this kind count; "" for all
	Name  string        // only calls whose name or prefix contains this count
	After int64         // of Truncate and Shorten: bytes of a Read or names of a List that still come
	Delay time.Duration // of Delay
	Tally string        // a local file that counts the calls of several processes and logs them; "" counts in memory
}

// Op is a kind of call.
type Op string

// The kinds of calls.
const (
	Any    Op = ""
	Write  Op = "write"
	Read   Op = "read"
	Stat   Op = "stat"
	List   Op = "list"
	Delete Op = "delete"
)

// Validate reports all that makes no sense in a plan.
func (p Plan) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(slices.Contains([]Fault{None, Fail, Refuse, Delay, Truncate, Shorten, Lose, Kill}, p.Fault), "unknown fault %q", p.Fault)
	check(slices.Contains([]Op{Any, Write, Read, Stat, List, Delete}, p.Op), "unknown op %q", p.Op)
	check(p.Fault == None || p.Call >= 1, "call is %d; calls are counted from 1", p.Call)
	check(p.Every >= 0, "every is %d", p.Every)
	check(p.Times == 0 || p.Times == 1 || p.Every > 0, "times is %d without every", p.Times)
	check(p.After >= 0, "after is %d", p.After)
	check(p.Fault != Delay || p.Delay > 0, "fault delay without a delay")
	if len(errs) > 0 {
		return fmt.Errorf("checking the plan of faults: %w", errors.Join(errs...))
	}
	return nil
}

// hits reports whether the call with this number goes wrong.
func (p Plan) hits(number int) bool {
	if p.Fault == None || number < p.Call {
		return false
	}
	if number == p.Call {
		return true
	}
	if p.Every == 0 || (number-p.Call)%p.Every != 0 {
		return false
	}
	return p.Times < 0 || (number-p.Call)/p.Every < p.Times
}

// counts reports whether a call is one of those that are numbered.
func (p Plan) counts(op Op, name string) bool {
	return (p.Op == Any || p.Op == op) && strings.Contains(name, p.Name)
}

// String writes the plan as Parse reads it, in the form of a URL's query: call=7&fault=lose&op=write.
func (p Plan) String() string {
	v := url.Values{}
	set := func(key, value, zero string) {
		if value != zero {
			v.Set(key, value)
		}
	}
	set("fault", string(p.Fault), "")
	set("call", strconv.Itoa(p.Call), "0")
	set("every", strconv.Itoa(p.Every), "0")
	set("times", strconv.Itoa(p.Times), "0")
	set("op", string(p.Op), "")
	set("name", p.Name, "")
	set("after", strconv.FormatInt(p.After, 10), "0")
	set("delay", p.Delay.String(), "0s")
	set("tally", p.Tally, "")
	return v.Encode()
}

// Parse reads what String writes and validates it.
func Parse(text string) (Plan, error) {
	v, err := url.ParseQuery(text)
	if err != nil {
		return Plan{}, fmt.Errorf("parsing the plan of faults %q: %w", text, err)
	}
	var p Plan
	for key, values := range v {
		if err := p.set(key, values[0]); err != nil {
			return Plan{}, fmt.Errorf("parsing the plan of faults %q: %s: %w", text, key, err)
		}
		if len(values) > 1 {
			return Plan{}, fmt.Errorf("parsing the plan of faults %q: %s stands twice", text, key)
		}
	}
	return p, p.Validate()
}

// set sets one field from its text.
func (p *Plan) set(key, value string) (err error) {
	switch key {
	case "fault":
		p.Fault = Fault(value)
	case "call":
		p.Call, err = strconv.Atoi(value)
	case "every":
		p.Every, err = strconv.Atoi(value)
	case "times":
		p.Times, err = strconv.Atoi(value)
	case "op":
		p.Op = Op(value)
	case "name":
		p.Name = value
	case "after":
		p.After, err = strconv.ParseInt(value, 10, 64)
	case "delay":
		p.Delay, err = time.ParseDuration(value)
	case "tally":
		p.Tally = value
	default:
		err = errors.New("unknown field")
	}
	return err
}
