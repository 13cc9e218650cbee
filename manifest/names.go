package manifest

import "fmt"

// ManifestName is manifests/v00000000000000000042.json.
func ManifestName(version uint64) string { return fmt.Sprintf("manifests/v%020d.json", version) }
