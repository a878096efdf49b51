"""What the peers' checks share: counting results, running Hinge, and comparing outputs."""

import pathlib
import subprocess

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Fixtures"

# The tolerance of a conversion: what separates a right float32 conversion from a subtly wrong one.
RELATIVE_L2 = 1e-6


class Refused(Exception):
    """Hinge ended with an error."""


class Report:
    """Counts what passed and failed, and prints each failure when it happens."""

    def __init__(self, verbose=False):
        self.verbose = verbose
        self.passed = 0
        self.failed = 0

    def ok(self, name, note=""):
        self.passed += 1
        if self.verbose:
            print(f"ok    {name}{': ' if note else ''}{note}", flush=True)

    def fail(self, name, reason):
        self.failed += 1
        print(f"FAIL  {name}: {reason}", flush=True)

    def note(self, text):
        """Prints, when asked to, what is neither right nor wrong."""
        if self.verbose:
            print(f"--    {text}", flush=True)

    def check(self, name, action, refusal=None):
        """Runs `action`, which raises when something is wrong and returns what to note.

        With `refusal`, Hinge must end with an error whose message has that text: a file that Hinge takes after all is
        no longer to be listed.
        """
        try:
            note = action()
        except Refused as error:
            if refusal is None:
                self.fail(name, error)
            elif refusal not in str(error):
                self.fail(name, f"expected to be refused with '{refusal}': {error}")
            else:
                self.ok(name, f"refused: {refusal}")
        except Exception as error:  # one broken file must not hide the others
            self.fail(name, f"{type(error).__name__}: {str(error).strip()[:400]}")
        else:
            if refusal is None:
                self.ok(name, note or "")
            else:
                self.fail(name, f"listed as refused with '{refusal}', and isn't")

    def summary(self):
        return f"{self.passed} passed, {self.failed} failed"


def run(hinge, *arguments, timeout=300):
    """Standard output of Hinge; raises Refused with its error when it reports one."""
    done = subprocess.run(
        [str(hinge), *map(str, arguments)], capture_output=True, text=True, errors="replace", timeout=timeout
    )
    if done.returncode != 0:
        message = (done.stderr.strip() or done.stdout.strip() or "no message")[-400:]
        # A difference that was found (1), a bug that Hinge admits (70) and a trap are no refusals.
        kind = Refused if done.returncode in (65, 66, 69) else RuntimeError
        raise kind(f"hinge {arguments[0]} ended with status {done.returncode}: {message}")
    return done.stdout


def recorded(path):
    """The inputs and outputs of an .npz, each in order."""
    with np.load(path) as archive:
        series = []
        for prefix in ("in_", "out_"):
            # By number, or by name: those of dictionaries are in the order of their keys.
            names = [name for name in archive.files if name.startswith(prefix)]
            names.sort(key=lambda name: (len(name) if name[-1].isdigit() else 0, name))
            series.append([archive[name] for name in names])
        return series


def relative_l2(found, expected):
    """The L2 norm of the difference over that of what was expected, in double precision."""
    if found.shape != expected.shape:
        raise ValueError(f"expected shape {expected.shape}, found {found.shape}")
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    norm = np.linalg.norm(expected)
    return float(np.linalg.norm(found - expected) / norm) if norm else float(np.linalg.norm(found))


def compare(found, expected, tolerance=RELATIVE_L2):
    """Raises unless two lists of outputs agree: numbers by relative L2, everything else exactly.

    Returns the largest error as text.
    """
    if len(found) != len(expected):
        raise ValueError(f"expected {len(expected)} outputs, found {len(found)}")
    worst = 0.0
    for index, (f, e) in enumerate(zip(map(np.asarray, found), expected)):
        if e.dtype.kind == "f":
            error = relative_l2(f, e)
            if not error <= tolerance:
                raise ValueError(f"output {index}: relative L2 error {error:.2e} is above {tolerance:.0e}")
            worst = max(worst, error)
        elif not np.array_equal(f, e):
            raise ValueError(f"output {index}: the values differ")
    return f"relative L2 {worst:.1e}"


def elementwise(found, expected, tolerance):
    """Raises unless the elements of two lists of outputs agree, relative to the greater of their size and 1.

    Returns the largest error as text.
    """
    if len(found) != len(expected):
        raise ValueError(f"expected {len(expected)} outputs, found {len(found)}")
    worst = 0.0
    for index, (f, e) in enumerate(zip(map(np.asarray, found), expected)):
        if f.shape != e.shape:
            raise ValueError(f"output {index}: expected shape {e.shape}, found {f.shape}")
        f, e = f.astype(np.float64), e.astype(np.float64)
        if not np.array_equal(np.isfinite(f), np.isfinite(e)):
            raise ValueError(f"output {index}: NaN or infinity in other places")
        finite = np.isfinite(e)
        errors = np.abs(f[finite] - e[finite]) / np.maximum(1, np.abs(e[finite]))
        error = float(errors.max()) if errors.size else 0.0
        if not error <= tolerance:
            raise ValueError(f"output {index}: the error {error:.2e} is above {tolerance:.0e}")
        worst = max(worst, error)
    return f"error {worst:.1e}"


def run_onnx(path, inputs):
    """ONNX Runtime's outputs, after the standard's own full check of the model.

    Inputs that have an initializer come last in `inputs`, and may be missing there.
    """
    import onnx
    import onnxruntime

    # The check's shape inference takes a sparse initializer for a value of sparse type, which no operator accepts.
    sparse = onnx.load(path, load_external_data=False).graph.sparse_initializer
    onnx.checker.check_model(str(path), full_check=not sparse)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    required, overridable = session.get_inputs(), session.get_overridable_initializers()
    if not len(required) <= len(inputs) <= len(required) + len(overridable):
        raise ValueError(f"expected {len(inputs)} inputs, found {[item.name for item in required]}")
    return session.run(None, {item.name: value for item, value in zip([*required, *overridable], inputs)})
