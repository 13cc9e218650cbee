#!/bin/sh
# Builds a view from sample data in a folder of its own, reads it, checks it, and says what to try next. Can be run again:
# the second run finds the version that there is.
set -eu
verdigris=$1
demo=$2
mkdir -p "$demo"

echo "-- sample data: guest profiles as Parquet"
if ! [ -e "$demo/profiles/guests-00003.parquet" ]; then # the last of four
	rm -rf "$demo/profiles"
	"$verdigris" sample --rows 100000 --files 4 --seed 1 "$demo/profiles"
fi

cat >"$demo/profiles.yaml" <<'YAML'
view: profiles
source: ["profiles"]
store: store
key: [guest_id]
duplicates: {rule: latest, by: updated_at}
YAML

echo "-- build"
"$verdigris" build "$demo/profiles.yaml"

echo "-- get"
key=$("$verdigris" export --store "$demo/store" --view profiles --partition 0 | sed -n '1s/.*"guest_id":"\([^"]*\)".*/\1/p')
"$verdigris" get --store "$demo/store" --view profiles "$key"

echo "-- verify"
"$verdigris" verify --store "$demo/store" --view profiles

cat <<NEXT

To try next:
  $verdigris build $demo/profiles.yaml --new-version
  $verdigris versions --store $demo/store --view profiles
  $verdigris where --store $demo/store --view profiles $key
  $verdigris inspect $demo/store/profiles/manifests/v00000000000000000001.json
  $verdigris export --store $demo/store --view profiles --format jsonl | head -n 3
NEXT
