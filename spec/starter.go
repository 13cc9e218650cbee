package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// Starter writes a commented spec for the columns of the Parquet file at path. overrides holds, by column, the type that the
// source proposes where it saw values that the column's own type cannot hold, such as timestamp(truncate).
func Starter(path string, columns []Offered, overrides map[string]string) []byte {
	return nil
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

var _ = fmt.Sprint
var _ = cql.Of
