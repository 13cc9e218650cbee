package manifest

import (
	"strconv"
	"strings"
)

// The objects of a build that have one name.
const (
	PlanObject      = "plan.json"
	HeartbeatObject = "heartbeat"
	OutcomeObject   = "outcome"
	ReportObject    = "report.json"
)

// BuildName is builds/<build>/<object>; object is one of the constants or comes from PinObject, DoneObject or RunObject.
func BuildName(build, object string) string { return BuildPrefix + build + "/" + object }

// ParseBuildName is the inverse of BuildName.
func ParseBuildName(name string) (build, object string, err error) {
	rest, ok := strings.CutPrefix(name, BuildPrefix)
	build, object, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || object == "" || !isHex(build, 32) {
		return "", "", badName(name, "an object of a build")
	}
	return build, object, nil
}

// PinObject is pins/<fingerprint>: one pin holds a partition's table and bloom filter, or a dictionary.
func PinObject(id string) string { return "pins/" + id }

// ParsePinObject is the inverse of PinObject for ids that FileName.ID gives.
func ParsePinObject(object string) (id string, err error) {
	id, ok := strings.CutPrefix(object, "pins/")
	if ok {
		if _, _, err := parseID(id); err == nil {
			return id, nil
		}
	}
	return "", badName(object, "a pin")
}

// DoneObject is done/<task>.<n>.json: the n-th completion of a task, from 0; the highest decides.
func DoneObject(task string, n int) string { return "done/" + task + "." + strconv.Itoa(n) + ".json" }

// ParseDoneObject is the inverse of DoneObject.
func ParseDoneObject(object string) (task string, n int, err error) {
	rest, ok := strings.CutPrefix(object, "done/")
	rest, ok2 := strings.CutSuffix(rest, ".json")
	task, digits, ok3 := strings.Cut(rest, ".")
	if ok && ok2 && ok3 && ValidTask(task) {
		if n, err = parseCount(digits); err == nil {
			return task, n, nil
		}
	}
	return "", 0, badName(object, "a task's completion")
}

// RunFile names one run: the task, its random attempt, and the run's number in it, from 0.
type RunFile struct {
	Task    string
	Attempt string // lower-case hex digits, 8 to 32
	N       int
}

// RunObject is runs/<hh>/<task>.<attempt>.<n>.run; <hh> = the attempt's first two digits, which spread the objects evenly.
func RunObject(r RunFile) string {
	return "runs/" + r.Attempt[:2] + "/" + r.Task + "." + r.Attempt + "." + strconv.Itoa(r.N) + ".run"
}

// ParseRunObject is the inverse of RunObject.
func ParseRunObject(object string) (RunFile, error) {
	rest, ok := strings.CutPrefix(object, "runs/")
	_, base, ok2 := strings.Cut(rest, "/")
	parts := strings.Split(base, ".")
	if ok && ok2 && len(parts) == 4 && ValidTask(parts[0]) {
		r := RunFile{Task: parts[0], Attempt: parts[1]}
		n, err := parseCount(parts[2])
		r.N = n
		length := len(r.Attempt)
		if err == nil && length >= 8 && length <= 32 && isHex(r.Attempt, length) && RunObject(r) == object {
			return r, nil
		}
	}
	return RunFile{}, badName(object, "a run")
}

// ValidTask reports whether a task's name may stand in object names: 1 to 64 lower-case letters, digits and -.
func ValidTask(task string) bool {
	return task != "" && len(task) <= 64 && strings.Trim(task, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
