package spec

import (
	"fmt"
	"math"
	"strings"

	"github.com/dustin/go-humanize"
)

// ParseSize reads an amount of memory or storage in bytes: 512MiB, 4GB, 1073741824. MiB counts by 1024, MB by 1000.
func ParseSize(text string) (int64, error) {
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > math.MaxInt64 || strings.HasPrefix(text, "-") {
		return 0, fmt.Errorf("%q is not a size; allowed: a number above 0 with B, KB, KiB, MB, MiB, GB, GiB, TB or TiB", text)
	}
	return int64(n), nil
}
