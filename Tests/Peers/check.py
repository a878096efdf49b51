#!/usr/bin/env python3
"""Checks Hinge against the real tools: the onnx package, ONNX Runtime, Keras and protobuf. Run by `./dev peers`.

    check.py HINGE [--only SECTION,…] [--verbose]

schemas  See schemas.py.
onnx     What Hinge writes from each digits file passes the standard's full check, and ONNX Runtime computes what Keras
         and PyTorch recorded. The same for the small models of other tools, rewritten by Hinge.
keras    The .h5, .keras and .weights.h5 that Hinge writes from each digits file load in Keras in safe mode without
         custom objects, and compute the same.
writer   See keras_writer.py.
weights  See weights.py.
codec    See codec.py.
memory   See big_model.py.
hostile  See hostile.py.
checker  See refusals.py.
samples  See samples.py.
types    See element_types.py.
control  See control.py.
encoders See encoders.py.
learned  See learned.py.
sklearn  See sklearn_models.py.
signal   See signals.py.
vision   See vision.py.
images   See images.py.
microsoft See microsoft.py and microsoft_models.py.
voice    See voice.py.
versions See versions.py.
random   See random_keras.py, which makes more models when it is run by itself.
detectors See detectors.py; it needs PyTorch.
gradients See gradients.py; it needs PyTorch.

Everything is written to a temporary folder. The last line is 'N passed, N failed'; exits 1 on a failure.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import onnx

import big_model
import codec
import control
import detectors
import element_types
import encoders
import gradients
import hostile
import images
import keras_writer
import learned
import microsoft
import quantized
import random_keras
import refusals
import samples
import schemas
import sklearn_models
import signals
import versions
import vision
import voice
import weights
from report import FIXTURES, Report, compare, recorded, run, run_onnx

DIGITS = FIXTURES / "digits"

# Each form of the digits network, and the .npz that its own framework recorded.
SOURCES = {
    "digits.h5": "digits.npz",
    "digits.keras": "digits.npz",
    "digits.weights.h5": "digits.npz",
    "digits-torch.onnx": "digits-torch.npz",
}

# The relative L2 error allowed for networks of random weights, in which rounding errors grow more than in trained ones.
RANDOM_WEIGHTS = 1e-5

# The versions of the standard that Hinge is asked to spell the small models at.
OPSETS = [13, 17, 21]

# The small models that can't be spelled at a version, with a part of the message.
REFUSED = {}

# The small models whose outputs depend on the processor: ONNX Runtime's 8-bit products saturate on some.
PROCESSOR_DEPENDENT = ["ort-int8.onnx"]


def sources(folder):
    """Copies of the digits files, so that nothing can be written beside the fixtures."""
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    return pathlib.Path(shutil.copytree(DIGITS, folder / "sources", ignore=ignored))


def stem(name):
    return name.replace(".", "-")


def check_onnx(hinge, report, folder):
    copies = sources(folder)
    for name, record in SOURCES.items():
        def convert():
            out = folder / f"{stem(name)}.onnx"
            run(hinge, "convert", copies / name, out)
            inputs, outputs = recorded(DIGITS / record)
            return compare(run_onnx(out, inputs), outputs)

        report.check(f"onnx: {name} -> ONNX Runtime", convert)
    check_small_models(hinge, report, folder)


def opset_of(path):
    """The version of the standard that a model imports."""
    imports = onnx.load(path, load_external_data=False).opset_import
    return next((entry.version for entry in imports if entry.domain in ("", "ai.onnx")), None)


def check_small_models(hinge, report, folder):
    """Hinge rewrites each model as it is, and at other versions of the standard where it can be spelled there."""
    for path in sorted((FIXTURES / "onnx").glob("*.onnx")):
        for opset in (None, *OPSETS):
            def convert():
                out = folder / f"{path.stem}-{opset or 'same'}.onnx"
                run(hinge, "convert", path, out, "--no-verify", *(["--opset", opset] if opset else []))
                inputs, outputs = recorded(path.with_suffix(".npz"))
                if path.name in PROCESSOR_DEPENDENT:
                    outputs = run_onnx(path, inputs)
                if opset and opset_of(out) != opset:
                    raise ValueError(f"expected opset {opset}, found {opset_of(out)}")
                return compare(run_onnx(out, inputs), outputs, RANDOM_WEIGHTS)

            target = f"opset {opset}" if opset else "the same opset"
            report.check(f"onnx: {path.name} -> {target}", convert, REFUSED.get((path.name, opset)))


def outputs_of(model, inputs):
    """A Keras model's outputs. A model that came from PyTorch may take its images channels-last."""
    import keras

    (images,) = inputs
    wanted, channels_last = tuple(model.inputs[0].shape[1:]), np.moveaxis(images, 1, -1)
    if wanted != images.shape[1:] and wanted == channels_last.shape[1:]:
        images = channels_last
    return [keras.ops.convert_to_numpy(value) for value in keras.tree.flatten(model(images, training=False))]


def check_keras(hinge, report, folder):
    import keras

    copies, chain = sources(folder), folder / "chain.onnx"

    def make_chain():
        run(hinge, "convert", copies / "digits.h5", chain)

    report.check("keras: digits.h5 -> .onnx", make_chain)
    starts = {name: (copies / name, record) for name, record in SOURCES.items()}
    starts["digits.h5 -> .onnx"] = (chain, "digits.npz")

    def load(path):
        return keras.saving.load_model(path, custom_objects=None, compile=False, safe_mode=True)

    for name, (source, record) in starts.items():
        inputs, outputs = recorded(DIGITS / record)
        base = f"keras-{stem(source.name)}"

        def whole(extension):
            out = folder / f"{base}{extension}"
            run(hinge, "convert", source, out)
            return compare(outputs_of(load(out), inputs), outputs)

        def weights():
            out = folder / f"{base}.weights.h5"
            run(hinge, "convert", source, out)
            if source.suffix == ".onnx":  # its layers are those that Hinge made
                model = load(folder / f"{base}.keras")
            else:
                model = keras.models.model_from_json((DIGITS / "digits.json").read_text())
            forget(model)
            model.load_weights(out)
            return compare(outputs_of(model, inputs), outputs)

        report.check(f"keras: {name} -> .h5", lambda: whole(".h5"))
        report.check(f"keras: {name} -> .keras", lambda: whole(".keras"))
        report.check(f"keras: {name} -> .weights.h5", weights)


def forget(model):
    """Overwrites every weight, so that one which the file lacks is noticed."""
    model.set_weights([np.full_like(weight, 0.123) for weight in model.get_weights()])


SECTIONS = {
    "schemas": schemas.check,
    "onnx": check_onnx,
    "keras": check_keras,
    "writer": keras_writer.check,
    "weights": weights.check,
    "codec": codec.check,
    "memory": big_model.check,
    "hostile": hostile.check,
    "checker": refusals.check,
    "samples": samples.check,
    "types": element_types.check,
    "control": control.check,
    "encoders": encoders.check,
    "learned": learned.check,
    "sklearn": sklearn_models.check,
    "signal": signals.check,
    "vision": vision.check,
    "images": images.check,
    "microsoft": microsoft.check,
    "quantized": quantized.check,
    "voice": voice.check,
    "versions": versions.check,
    "random": random_keras.check,
    "detectors": detectors.check,
    "gradients": gradients.check,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program")
    parser.add_argument("--only", default=",".join(SECTIONS), help="the sections to run, comma-separated")
    parser.add_argument("--verbose", action="store_true", help="also print what passes and what is refused")
    arguments = parser.parse_args()
    if unknown := set(arguments.only.split(",")) - set(SECTIONS):
        parser.error(f"unknown section {', '.join(sorted(unknown))}")
    report = Report(arguments.verbose)
    with tempfile.TemporaryDirectory() as folder:
        for section in arguments.only.split(","):
            before, start = (report.passed, report.failed), time.monotonic()
            place = pathlib.Path(folder) / section
            place.mkdir()
            SECTIONS[section](arguments.hinge.resolve(), report, place)
            print(
                f"{section}: {report.passed - before[0]} passed, {report.failed - before[1]} failed, "
                f"{time.monotonic() - start:.1f} s",
                flush=True,
            )
    print(report.summary())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
