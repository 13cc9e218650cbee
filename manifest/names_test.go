package manifest

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const fp = "0123456789abcdef0123456789abcdef"

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		ManifestName(42):                                       "manifests/v00000000000000000042.json",
		ManifestName(math.MaxUint64):                           "manifests/v18446744073709551615.json",
		FileName{Kind: Table, Fingerprint: fp}.String():        "tables/01/" + fp + ".table",
		FileName{BloomFilter, fp, 2}.String():                  "tables/01/" + fp + ".2.bloom",
		FileName{CodecDictionary, fp, 0}.String():              "dictionaries/" + fp + ".dict",
		BuildName(fp, PlanObject):                              "builds/" + fp + "/plan.json",
		BuildName(fp, HeartbeatObject):                         "builds/" + fp + "/heartbeat",
		BuildName(fp, OutcomeObject):                           "builds/" + fp + "/outcome",
		BuildName(fp, ReportObject):                            "builds/" + fp + "/report.json",
		BuildName(fp, PinObject(fp)):                           "builds/" + fp + "/pins/" + fp,
		BuildName(fp, DoneObject("m00007", 1)):                 "builds/" + fp + "/done/m00007.1.json",
		BuildName(fp, RunObject(RunFile{"m1", "c0ffee00", 3})): "builds/" + fp + "/runs/c0/m1.c0ffee00.3.run",
		Path("orders", ManifestName(1)):                        "orders/manifests/v00000000000000000001.json",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if !(ManifestName(9) < ManifestName(10) && ManifestName(10) < ManifestName(math.MaxUint64)) {
		t.Error("byte order is not version order")
	}
}

// TestNamesReadBack: each name gives back what it was made from.
func TestNamesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.Uint64().Draw(t, "version")
		if got, err := ParseManifestName(ManifestName(version)); err != nil || got != version {
			t.Fatal(got, err)
		}
		f := FileName{
			Kind:        rapid.SampledFrom([]Kind{Table, BloomFilter, CodecDictionary}).Draw(t, "kind"),
			Fingerprint: rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "fingerprint"),
			Repair:      rapid.IntRange(0, 999_999_999).Draw(t, "repair"),
		}
		if got, err := ParseFileName(f.String()); err != nil || got != f {
			t.Fatal(got, err)
		}
		if id, err := ParsePinObject(PinObject(f.ID())); err != nil || id != f.ID() {
			t.Fatal(id, err)
		}
		task := rapid.StringMatching(`[a-z0-9-]{1,64}`).Draw(t, "task")
		n := rapid.IntRange(0, 999_999_999).Draw(t, "n")
		if gotTask, gotN, err := ParseDoneObject(DoneObject(task, n)); err != nil || gotTask != task || gotN != n {
			t.Fatal(gotTask, gotN, err)
		}
		run := RunFile{Task: task, Attempt: rapid.StringMatching(`[0-9a-f]{8,32}`).Draw(t, "attempt"), N: n}
		if got, err := ParseRunObject(RunObject(run)); err != nil || got != run {
			t.Fatal(got, err)
		}
		if build, object, err := ParseBuildName(BuildName(f.Fingerprint, RunObject(run))); err != nil || build != f.Fingerprint || object != RunObject(run) {
			t.Fatal(build, object, err)
		}
	})
}

// TestOtherNames: what no function of this package writes is not read as one of its names.
func TestOtherNames(t *testing.T) {
	parsers := map[string]func(string) error{
		"manifest": func(s string) error { _, err := ParseManifestName(s); return err },
		"file":     func(s string) error { _, err := ParseFileName(s); return err },
		"build":    func(s string) error { _, _, err := ParseBuildName(s); return err },
		"pin":      func(s string) error { _, err := ParsePinObject(s); return err },
		"done":     func(s string) error { _, _, err := ParseDoneObject(s); return err },
		"run":      func(s string) error { _, err := ParseRunObject(s); return err },
	}
	for kind, names := range map[string][]string{
		"manifest": {"", "v1.json", "manifests/v42.json", "manifests/v00000000000000000042", "manifests/v99999999999999999999.json",
			"manifests/v+0000000000000000042.json", "manifests/v00000000000000000042.json.tmp", "x/manifests/v00000000000000000042.json"},
		"file": {"", "tables/", "tables/01/" + fp, "tables/02/" + fp + ".table", "tables/01/" + fp + ".dict", "dictionaries/" + fp + ".table",
			"tables/01/" + strings.ToUpper(fp) + ".table", "tables/01/" + fp + ".0.table", "tables/01/" + fp + ".01.table", "tables/01/" + fp + ".-1.table",
			"tables/01/" + fp[:31] + ".table", "tables/01/" + fp + ".1.2.table", "tables/01/" + fp + ".tables", "tables/01/" + fp + ".9999999999.table"},
		"build": {"", "builds/", "builds/" + fp, "builds/" + fp + "/", "builds/xyz/plan.json", "build/" + fp + "/plan.json"},
		"pin":   {"", "pins/", "pins/xyz", "pins/" + fp + ".0", "pin/" + fp},
		"done":  {"", "done/m1.json", "done/m1.01.json", "done/.1.json", "done/M1.1.json", "done/m1.1", "done/m1.1.1.json", "done/m1.-1.json", "m1.1.json"},
		"run": {"", "runs/c0/m1.c0ffee00.3", "runs/c1/m1.c0ffee00.3.run", "runs/m1.c0ffee00.3.run", "runs/c0/m1.c0ffee0.3.run", "runs/c0/m1.C0FFEE00.3.run",
			"runs/c0/m1.c0ffee00.03.run", "runs/c0/a/m1.c0ffee00.3.run"},
	} {
		for _, name := range names {
			if parsers[kind](name) == nil {
				t.Errorf("%q is read as the name of a %s", name, kind)
			}
		}
	}
}

func TestCheckView(t *testing.T) {
	for _, view := range []string{"orders", "O", "9", "guest-profiles_v2.1", strings.Repeat("a", 100)} {
		if err := CheckView(view); err != nil {
			t.Error(err)
		}
	}
	for _, view := range []string{"", ".", "..", "-x", "_x", "a/b", "a b", "é", "a\x00", strings.Repeat("a", 101)} {
		if CheckView(view) == nil {
			t.Errorf("%q is allowed", view)
		}
	}
}
