"""Damaged and malicious files, given to the whole program: it must end by itself, soon, small, and with one clear line.

Fixtures/hostile (ONNX) and Fixtures/keras/hostile; their manifest says which files must give an error.
"""

import json
import resource
import subprocess

import numpy as np

from report import FIXTURES, compare

TIME_LIMIT = 10  # seconds; each of these files is answered in milliseconds when it is answered rightly
MEMORY_LIMIT = 2 << 30  # bytes of address space that may be written to
ENDINGS = (0, 1, 64, 65, 66, 69, 74)  # success, a check that found something, and the errors that input can cause
VERBS = ["inspect", "check", "run", "convert"]


def limit_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))


def attempt(hinge, verb, path, out):
    """The exit status of one command; raises when it ended otherwise than a program should."""
    command = [str(hinge), verb, str(path)]
    if verb == "convert":
        command.append(str(out / "converted.onnx"))
    if verb == "run":
        command += ["--output-dir", str(out)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIME_LIMIT, preexec_fn=limit_memory
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"{verb}: still running after {TIME_LIMIT} s") from None
    lines = done.stderr.strip().splitlines()
    if done.returncode not in ENDINGS:
        raise ValueError(f"{verb}: ended with status {done.returncode}: {' '.join(lines)[-300:]}")
    if done.returncode > 1 and len(lines) != 1:
        raise ValueError(f"{verb}: expected one line on standard error, found {len(lines)}: {lines[:3]}")
    return done.returncode


def check_file(hinge, path, expect, out):
    out.mkdir(parents=True)
    statuses = {verb: attempt(hinge, verb, path, out) for verb in VERBS}
    # `run` ends with an error for lack of inputs too; `convert` runs the model on inputs of its own.
    deciding = [verb for verb in VERBS if verb != "run"]
    if expect == "error" and not any(statuses[verb] for verb in deciding):
        raise ValueError(f"{', '.join(deciding)}: no error")
    if expect == "answer":
        if wrong := [verb for verb, status in statuses.items() if status != 0]:
            raise ValueError(f"{', '.join(wrong)}: an error, though the file is valid")
        with np.load(path.with_suffix(".npz")) as recorded:
            expected = recorded["out_0"]
        compare([np.load(out / "y.npy")], [expected], tolerance=0)
    return ", ".join(f"{verb} {status}" for verb, status in statuses.items())


def check(hinge, report, folder):
    manifest = json.loads((FIXTURES / "hostile" / "manifest.json").read_text())
    for name, entry in manifest.items():
        path = FIXTURES / "hostile" / f"{name}.onnx"
        report.check(
            f"hostile: {path.name}: {entry['reason']}", lambda: check_file(hinge, path, entry["expect"], folder / name)
        )
    for path in sorted((FIXTURES / "keras" / "hostile").iterdir()):
        report.check(f"hostile: keras {path.name}", lambda: check_file(hinge, path, "either", folder / path.name))
