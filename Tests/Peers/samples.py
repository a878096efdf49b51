"""Every Keras file among the fixtures, converted by Hinge, gives in ONNX Runtime what the Keras that wrote it computed.

Fixtures/keras (its manifest says which outputs belong to which file) and Fixtures/cases. ONNX Runtime loads each file at
its default optimization level.
"""

import json

from report import FIXTURES, elementwise, recorded, run, run_onnx

KERAS = FIXTURES / "keras"
CASES = FIXTURES / "cases"

# The architecture of the files that hold weights alone.
ARCHITECTURES = {
    "k213_seq.weights.h5": "k215_seq.keras", "k215_seq_w.h5": "k215_seq.h5", "k215_seq.weights.h5": "k215_seq.keras",
    "k215_func.weights.h5": "k215_func.keras", "k215_rnn.weights.h5": "k215_rnn.h5", "k224_seq_w.h5": "k224_seq.h5",
    "k30_rnn.weights.h5": "k215_rnn.h5", "k315_seq.weights.h5": "k315_seq.keras",
    "k38_seq.weights.h5": "k215_seq.keras", "k315_dtypes.weights.h5": "k315_dtypes.keras",
    "k315_shard.weights.json": "k315_shard.dir/config.json",
}

# How far outputs may be off, relative to the greater of their size and 1. Half precision keeps 3 digits; attention and
# convolutional memories sum many products; TensorFlow rounds the coefficients of its cubic interpolation to 1/1024.
TOLERANCE = 1e-5
TOLERANCES = {
    "k315_dtypes.h5": 2e-2, "k315_dtypes.keras": 2e-2, "k315_dtypes.weights.h5": 2e-2,
    "k315tf_bicubic.keras": 1e-3, "k315t_attn.keras": 1e-4, "k215_mha.h5": 1e-4, "k315_convlstm.keras": 1e-4,
}

# The files that Hinge refuses, with a part of the message: they hold code that only Python can run, or text.
LAMBDA = "a Lambda layer holds Python code, which Hinge does not run"
REFUSED = {
    "k215_lambda.h5": LAMBDA, "k224_lambda.h5": LAMBDA, "k315_lambda.h5": LAMBDA, "k315_lambda.keras": LAMBDA,
    "k315tf_text.keras": "the layer class 'StringLookup' is not supported",
}

# The files that ONNX Runtime has no kernel for, with a part of its message: layers that compute in bfloat16.
WITHOUT_KERNEL = {
    name: "Could not find an implementation for"
    for name in ("k315_dtypes.h5", "k315_dtypes.keras", "k315_dtypes.weights.h5", "policy-bfloat16.keras")
}


def check(hinge, report, folder):
    def convert(path, record, options=(), tolerance=TOLERANCE):
        out = folder / f"{path.name.replace('.', '-')}.onnx"
        run(hinge, "convert", path, out, "--no-verify", *options)
        run(hinge, "check", out)
        inputs, outputs = recorded(record)
        if (message := WITHOUT_KERNEL.get(path.name)) is None:
            return elementwise(run_onnx(out, inputs), outputs, tolerance)
        try:
            run_onnx(out, inputs)
        except Exception as error:
            if message in str(error):
                return f"no kernel: {message}"
            raise
        raise ValueError(f"listed as having no kernel ({message}), and runs")

    for entry in json.loads((KERAS / "manifest.json").read_text()):
        for name in entry["files"]:
            path, options = KERAS / name, []
            if path.is_dir():
                path /= "config.json"  # an unzipped archive
            if name in ARCHITECTURES:
                options = ["--architecture", KERAS / ARCHITECTURES[name]]
            if name.startswith("k1_"):
                options = ["--backend", "theano"]  # the files don't say
            report.check(
                f"samples: {name}",
                lambda: convert(path, KERAS / (entry["npz"] or ""), options, TOLERANCES.get(name, TOLERANCE)),
                REFUSED.get(name),
            )
    for path in sorted([*CASES.glob("*.keras"), *CASES.glob("*.h5")]):
        report.check(f"samples: cases/{path.name}", lambda: convert(path, path.with_suffix(".npz")))
