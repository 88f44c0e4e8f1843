#!/usr/bin/env bash
# Everything you do here, in one file. `./run.sh` without a word lists it.
set -euo pipefail
cd "$(dirname "$0")"

help() {
    cat <<'TEXT'
./run.sh install          make .venv/ with exactly the libraries of constraints.txt
./run.sh run [OPTIONS]    the monitor, as config.yaml says (monitor run --help)
./run.sh demo             the main job, whole and real: no network, no token, no config
./run.sh check            format, lint, types, import contracts, config.yaml
./run.sh test [OPTIONS]   the tests, on all cores (pytest's options); PostgreSQL too
                          where MONITOR_TEST_DATABASE_URL names one
./run.sh fmt              format the code, write the JSON Schemas anew
./run.sh bench NAME       a benchmark of benchmarks/ (crash, …); without NAME lists them
./run.sh record SPIDER URL   record a page and what the spider reads from it, as a test
./run.sh lock             pin the newest versions that pyproject.toml allows
./run.sh ci               check + test, what .ci/run calls
TEXT
}

python_311() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "needs Python 3.11 or later on the PATH; this machine has none" >&2
    return 2
}

install() {
    local python wanted
    wanted=$(cat constraints.txt pyproject.toml | cksum)
    if [ "$(cat .venv/installed 2>/dev/null)" = "$wanted" ]; then return; fi
    python=$(python_311)
    echo "setting up .venv/ (once) …" >&2
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r constraints.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
        --no-build-isolation --editable .
    echo "$wanted" >.venv/installed
}

check() {
    .venv/bin/ruff format --check .
    .venv/bin/ruff check .
    .venv/bin/mypy
    .venv/bin/lint-imports
    .venv/bin/monitor check
}

command=${1:-help}
[ $# -eq 0 ] || shift
case "$command" in
help | -h | --help) help ;;
install) install ;;
run) install && exec .venv/bin/monitor run "$@" ;;
demo) install && exec .venv/bin/monitor demo "$@" ;;
check) install && check ;;
test) install && exec .venv/bin/python -m pytest -n auto --dist worksteal "$@" ;;
fmt)
    install
    .venv/bin/ruff format .
    .venv/bin/ruff check --fix --exit-zero --quiet .
    .venv/bin/python -m monitor.config.schema
    ;;
bench)
    install
    if [ $# -eq 0 ]; then
        find benchmarks -name '*.py' -exec basename {} .py \; | sort
        exit 2
    fi
    name=$1 && shift
    exec .venv/bin/python "benchmarks/$name.py" "$@"
    ;;
record) install && exec .venv/bin/python tests/record.py "$@" ;;
lock)
    install
    .venv/bin/python -m pip install --quiet uv
    .venv/bin/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group dev \
        pyproject.toml -o constraints.txt
    ;;
ci) install && check && exec .venv/bin/python -m pytest -n auto --dist worksteal "$@" ;;
*)
    help >&2
    exit 2
    ;;
esac
