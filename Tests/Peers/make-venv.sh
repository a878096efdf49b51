#!/usr/bin/env bash
# Makes the Python environment that holds the peers' tools, outside the repository, and prints the path of its python.
#
#   Tests/Peers/make-venv.sh peers       what ./dev conformance needs
#   Tests/Peers/make-venv.sh fixtures    that and torch, torchvision, openvino: ./dev peers, ./dev fixtures and ./dev bench
#
# Nothing is installed when the requirements have not changed since the last time.
# HINGE_CACHE names another cache folder, HINGE_PYTHON another Python (3.11 is the one that is tested).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${HINGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hinge}/peers
case ${1:-} in
peers) files=(requirements.txt) ;;
fixtures) files=(requirements.txt requirements-fixtures.txt) ;;
*) echo "usage: ${0##*/} peers|fixtures" >&2; exit 64 ;;
esac

find_python() {
    local candidate
    for candidate in ${HINGE_PYTHON:-python3.11 python3.12 python3.13 python3}; do
        "$candidate" -c 'import ensurepip, venv' 2>/dev/null && command -v "$candidate" && return
    done
    return 1
}

# A half-made environment has no pip: make it again.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    if ! python=$(find_python); then
        command -v apt-get >/dev/null || { echo "${0##*/}: no python3 with venv was found" >&2; exit 69; }
        echo "Installing python3-venv" >&2
        sudo=()
        [ "$(id -u)" -eq 0 ] || sudo=(sudo)
        "${sudo[@]}" apt-get update -q >&2
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
            python3-venv >&2
        python=$(find_python)
    fi
    echo "Making the Python environment $venv" >&2
    "$python" -m venv --clear "$venv" >&2
fi

hash=$(cd "$here" && cat "${files[@]}" | cksum)
stamp=$venv/.installed-$1
if [ "$(cat "$stamp" 2>/dev/null)" != "$hash" ]; then
    echo "Installing the Python packages of $1 into $venv (the first time takes some minutes)" >&2
    install=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/${files[-1]}")
    if ! "${install[@]}" >&2; then
        [ "$1" = fixtures ] || exit 69
        echo "Trying again with PyTorch's own index: the CPU build of torch is not on PyPI" >&2
        "${install[@]}" --extra-index-url https://download.pytorch.org/whl/cpu >&2
    fi
    echo "$hash" >"$stamp"
fi
echo "$venv/bin/python"
