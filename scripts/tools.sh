#!/bin/sh
# What the tests want beside Go and make: a C compiler (the race detector) and Python with DuckDB and pyarrow (oracles that
# share no code with this project). Named when missing; as root on a Debian machine in CI, installed.
set -eu
venv=$1

missing=""
command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v git >/dev/null 2>&1 || missing="$missing git"
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing="$missing python3-venv"
if [ -n "$missing" ]; then
  if [ "${CI:-}" != "" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
  else
    echo "the tests want Debian packages that are not here:$missing" >&2
    echo "install them (as root: apt-get install$missing), or run: make quick" >&2
    exit 1
  fi
fi

if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import duckdb, pyarrow' >/dev/null 2>&1; then
  python3 -m venv "$venv"
  "$venv/bin/pip" -q install --disable-pip-version-check -r scripts/requirements.txt
fi
