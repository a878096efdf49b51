"""Where the scripts of this folder keep what they generate: outside the repository."""

import os
import pathlib


def cache_folder(name):
    """A folder of Hinge's cache, made when it is missing. See `make-venv.sh` for where the cache is."""
    base = os.environ.get("HINGE_CACHE") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "hinge"
    )
    folder = pathlib.Path(base) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
