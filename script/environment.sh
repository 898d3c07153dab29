# Sourced by the other scripts: finds Python, makes .venv from a lock file, and leaves its Python in $python.
# $lock names the lock file. SALESFLOW_PYTHON names an environment that is ready, which is then used as it is.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

started_in=$PWD
cd "$(dirname "$0")/.." || exit 1
root=$(pwd -P)
venv=$root/.venv
# Compiled modules are kept, whatever is set: without them each of our processes would compile two thousand at its start.
unset PYTHONDONTWRITEBYTECODE
space_needed_kb=900000

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }

find_python() {
    found=
    for name in python3.13 python3.12 python3.11 python3 python; do
        command -v "$name" >/dev/null 2>&1 || continue
        if suits "$name"; then base=$name; return; fi
        found="$found $("$name" -c 'import platform; print(platform.python_version())' 2>/dev/null)"
    done
    # shellcheck disable=SC2086  # the versions are words
    set -- $found
    [ $# -gt 0 ] && fail "SalesFlow needs Python 3.11, 3.12 or 3.13, but only Python $* was found."
    fail "SalesFlow needs Python 3.11, 3.12 or 3.13, but no Python was found."
}

make_venv() {
    "$base" -c 'import ensurepip, venv' 2>/dev/null || fail "This Python lacks its venv module: install it first" \
        "(on Debian and Ubuntu: apt install python3-venv)."
    free=$(df -Pk "$root" 2>/dev/null | awk 'END { print $4 }')
    [ "${free:-$space_needed_kb}" -ge "$space_needed_kb" ] ||
        fail "The disk of $root is full: $((free / 1024)) MB are free, $((space_needed_kb / 1024)) MB are needed."
    say "Setting up the environment (once, under a minute) …"
    "$base" -m venv --clear "$venv" 2>"$log" || broken "could not be made"
}

broken() { tail -n 20 "$log" >&2; fail "The environment $venv $1; the reason stands above."; }

install() {
    "$venv/bin/python" -m uv --version >/dev/null 2>&1 ||
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv >"$log" 2>&1 || say "Going on without uv."
    if "$venv/bin/python" -m uv --version >/dev/null 2>&1 &&
        "$venv/bin/python" -m uv pip sync --quiet --require-hashes --python "$venv/bin/python" "$lock" 2>"$log"; then
        return
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" >>"$log" 2>&1 ||
        broken "could not be filled from $lock (is the network there, the disk full?)"
}

wanted() { cksum <"$lock"; }

if [ -n "${SALESFLOW_PYTHON:-}" ]; then
    python=$SALESFLOW_PYTHON
else
    python=$venv/bin/python
    stamp=$venv/.salesflow-lock
    # an environment of requirements-dev.lock holds all of requirements.lock as well
    if ! [ -f "$stamp" ] || ! suits "$python" || ! { [ "$(wanted)" = "$(cat "$stamp")" ] ||
        { [ "$lock" = requirements.lock ] && [ "$(cksum <requirements-dev.lock)" = "$(cat "$stamp")" ]; }; }; then
        log=$(mktemp) && trap 'rm -f "$log"' EXIT
        suits "$python" || { find_python && make_venv; }
        rm -f "$stamp"
        install
        wanted >"$stamp"
        rm -f "$log" && trap - EXIT
    fi
fi
