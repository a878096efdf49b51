#!/usr/bin/env bash
# Unpacks oneDNN 3 outside the repository, and prints the path of the folder that has its include/ and lib/.
#
#   Tests/Peers/get-onednn.sh PYTHON    with an interpreter that has pip
#
# Nothing is fetched when requirements-onednn.txt has not changed since the last time. HINGE_CACHE names another cache folder.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: ${0##*/} PYTHON" >&2; exit 64; }
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "${0##*/}: PyPI has oneDNN 3 for Linux on x86-64 only, not for $(uname -sm)" >&2
    exit 69
fi
needed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/requirements-onednn.txt
folder=${HINGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hinge}/onednn-3
hash=$(cksum <"$needed")
if [ "$(cat "$folder/.installed" 2>/dev/null)" != "$hash" ]; then
    echo "Unpacking oneDNN 3 into $folder" >&2
    rm -rf "$folder"
    "$1" -m pip install --quiet --disable-pip-version-check --no-warn-script-location --no-deps \
        --ignore-installed --require-hashes --prefix "$folder" -r "$needed" >&2
    # The wheel has the library three times. What is linked has a name that the system's doesn't have.
    rm "$folder"/lib/libdnnl.so "$folder"/lib/libdnnl.so.3.2
    ln -s libdnnl.so.3 "$folder/lib/libdnnl3.so"
    echo "$hash" >"$folder/.installed"
fi
echo "$folder"
