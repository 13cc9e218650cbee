package spec

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// Starter writes a commented spec for the columns of the Parquet file at path. overrides holds, by column, the type that the
// source proposes where it saw values that the column's own type cannot hold, such as timestamp(truncate). The text is a
// valid spec for these columns, whatever their names and types are.
func Starter(path string, columns []Offered, overrides map[string]string) []byte {
	s := starter{path: path, overrides: overrides, names: map[string]string{}}
	for _, c := range columns {
		if c.Origin == FromPseudo {
			continue
		}
		if t, _, err := cql.ParseOverride(overrides[c.Name]); err == nil {
			c.Type = t
		}
		if c.Name == "" {
			c.Type, c.Refused = cql.Type{}, "it has no name"
		}
		if c.Type.Kind == cql.Invalid {
			s.refused = append(s.refused, c)
		} else {
			s.columns = append(s.columns, c)
		}
	}
	s.rename()
	return s.write()
}

// starter is one starter spec on its way.
type starter struct {
	path      string
	columns   []Offered // that can be read, with the overrides applied
	refused   []Offered
	overrides map[string]string
	names     map[string]string // new names, by column
}

// rename finds another name for columns whose own is reserved.
func (s *starter) rename() {
	taken := map[string]bool{}
	for _, c := range s.columns {
		taken[c.Name] = true
	}
	for _, c := range s.columns {
		if !cql.Reserved(c.Name) {
			continue
		}
		name := c.Name + "_"
		for n := 2; taken[name]; n++ {
			name = c.Name + "_" + strconv.Itoa(n)
		}
		taken[name] = true
		s.names[c.Name] = name
	}
}

func (s *starter) write() []byte {
	var b strings.Builder
	key := s.key()
	fmt.Fprintf(&b, "# A starter spec. The key below is a guess: check it first. All fields: docs/guide/spec.md\n")
	fmt.Fprintf(&b, "view: %s\n", quoteYAML(viewOf(s.path)))
	fmt.Fprintf(&b, "source: [%s]    # files, folders, globs, s3://bucket/prefix; a path is relative to this file\n", strconv.Quote(s.path))
	fmt.Fprintf(&b, "store: views    # a folder, or s3://bucket/prefix?region=..\n")
	fmt.Fprintf(&b, "key: %s\n", flow(key))
	if len(s.refused) > 0 {
		s.writeColumns(&b, key)
	}
	s.writeTypes(&b)
	if by := s.recency(); by != "" {
		fmt.Fprintf(&b, "# duplicates: {rule: latest, by: %s}    # without it, two different rows with one key are an error\n", quoteYAML(by))
	}
	b.WriteString("\n# The columns:\n")
	for _, c := range append(slices.Clone(s.columns), s.refused...) {
		fmt.Fprintf(&b, "#   %s\n", s.describe(c))
	}
	return []byte(b.String())
}

// writeColumns names the columns that can be read, because the default would be all.
func (s *starter) writeColumns(b *strings.Builder, key []string) {
	var values []string
	for _, c := range s.columns {
		if !slices.Contains(key, c.Name) {
			values = append(values, c.Name)
		}
	}
	fmt.Fprintf(b, "columns: %s    # without those that cannot be read, see below\n", flow(values))
}

// writeTypes writes the overrides and renames that the columns need, and as a comment those that they may need.
func (s *starter) writeTypes(b *strings.Builder) {
	begun := false
	line := func(format string, args ...any) {
		if !begun {
			b.WriteString("types:\n")
			begun = true
		}
		fmt.Fprintf(b, "  "+format+"\n", args...)
	}
	for _, c := range s.columns {
		override, name := s.overrides[c.Name], s.names[c.Name]
		switch {
		case override != "" && name != "":
			line("%s: {type: %s, name: %s}", quoteYAML(c.Name), strconv.Quote(override), quoteYAML(name))
		case override != "":
			line("%s: %s", quoteYAML(c.Name), strconv.Quote(override))
		case name != "":
			line("%s: {name: %s}    # %s is a reserved word of CQL", quoteYAML(c.Name), quoteYAML(name), quoteYAML(c.Name))
		}
	}
}

// describe is a column's line in the list of columns.
func (s *starter) describe(c Offered) string {
	d := quoteYAML(c.Name) + "  "
	if c.Type.Kind == cql.Invalid {
		return d + "cannot be read: " + oneLine(c.Refused)
	}
	d += oneLine(c.Type.String())
	if c.Type.Kind == cql.Timestamp && s.overrides[c.Name] == "" && (c.Unit == Microseconds || c.Unit == Nanoseconds) {
		d += " (counts in " + string(c.Unit) + "; should a value not be whole milliseconds: timestamp(truncate), or bigint)"
	}
	if c.Origin == FromFolder {
		d += ", from the folders"
	}
	if !c.Nullable {
		d += ", never null"
	}
	return d
}

// key guesses the key: the column whose name and type look most like one, and if there is none that may be, file and row.
func (s *starter) key() []string {
	best, at := "", 0
	for i, c := range s.columns {
		if score := s.keyScore(i, c); score > at {
			best, at = c.Name, score
		}
	}
	if best == "" {
		return []string{FileColumn, RowColumn}
	}
	return []string{best}
}

var (
	keyName = regexp.MustCompile(`(^|_)(id|pk|uuid|guid|[a-z]*key)$`)
	keyCase = regexp.MustCompile(`[a-z](Id|ID|Key|Uuid|UUID)$`)
)

// keyScore is how much column i looks like the key; 0 for one that cannot be.
func (s *starter) keyScore(i int, c Offered) int {
	if cql.KeyType(c.Type) != nil || c.Origin == FromFolder {
		return 0
	}
	score := 10
	switch c.Type.Kind {
	case cql.BigInt, cql.Int, cql.Text, cql.UUID, cql.VarInt, cql.Blob:
		score += 20
	case cql.Boolean, cql.TinyInt, cql.Float, cql.Double:
		score -= 9
	}
	if name := strings.ToLower(c.Name); keyName.MatchString(name) || keyCase.MatchString(c.Name) {
		score += 40
		subject := strings.TrimSuffix(strings.ToLower(viewOf(s.path)), "s")
		if len(subject) > 1 && strings.Contains(name, subject) || len(name) <= 4 {
			score += 20 // o_orderkey of orders, id
		}
	}
	if i == 0 {
		score += 5
	}
	if !c.Nullable {
		score++
	}
	return score
}

// recency guesses a column that says how new a row is.
func (s *starter) recency() string {
	for _, c := range s.columns {
		name := strings.ToLower(c.Name)
		if c.Type.Kind == cql.Timestamp && (strings.Contains(name, "update") || strings.Contains(name, "modif") || strings.Contains(name, "change")) {
			return c.Name
		}
	}
	return ""
}

// viewOf makes a view's name of a file's.
func viewOf(file string) string {
	name := path.Base(strings.ReplaceAll(strings.TrimRight(file, `/\`), `\`, "/"))
	name, _, _ = strings.Cut(name, "?")
	name = strings.TrimSuffix(name, ".parquet")
	name = notInView.ReplaceAllString(name, "_")
	name = strings.TrimLeft(name, "_.-")
	if name = name[:min(len(name), 100)]; name == "" {
		return "view1"
	}
	return name
}

var notInView = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// flow writes names as a YAML list on one line.
func flow(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteYAML(n)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// plainYAML is text that YAML reads as itself wherever it stands.
var plainYAML = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// quoteYAML writes a name so that YAML reads it back as text.
func quoteYAML(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(s)
	}
	if plainYAML.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// oneLine keeps text inside of a comment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if breaks(r) {
			return ' '
		}
		return r
	}, s)
}
