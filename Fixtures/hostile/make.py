#!/usr/bin/env python3
"""Writes damaged and malicious ONNX files, and `manifest.json`, which says what is wrong with each.

Run by `./dev fixtures`.

Whoever reads one must end with an error or a right answer: never with a trap, a hang, or memory that the file's size
does not explain. `manifest.json` maps each name to

    expect   "error": opening it, checking it or running it gives an error;
             "answer": it is valid, and its one output is what the `.npz` of the same name records;
             "either": an error, or the infinities and extremes that the standard leaves open
    reason   what is wrong with it

Models without inputs compute everything from constants, so that a compiler which folds constants meets them too.
"""

import json
import pathlib

import numpy as np
import onnx

# Importing them registers their cases, in this order.
import encoding  # noqa: F401
import weights  # noqa: F401
import graphs  # noqa: F401
import running  # noqa: F401
from build import CASES

HERE = pathlib.Path(__file__).resolve().parent


def answer(made):
    """The one output, by the reference evaluator of the onnx package."""
    from onnx.reference import ReferenceEvaluator

    with np.errstate(all="ignore"):
        (output,) = ReferenceEvaluator(made).run(None, {})
    return output


def state_shape(made, shape):
    """The standard wants the shapes of a model's outputs stated."""
    stated = made.graph.output[0].type.tensor_type.shape
    stated.SetInParent()
    for extent in shape:
        stated.dim.add(dim_value=extent)
    onnx.checker.check_model(made, full_check=True)


def main():
    for old in [*HERE.glob("*.onnx"), *HERE.glob("*.npz")]:
        old.unlink()
    manifest = {}
    for name, (make, expect, reason) in CASES.items():
        made = make()
        if expect == "answer":
            output = answer(made)
            np.savez_compressed(HERE / f"{name}.npz", out_0=output)
            state_shape(made, output.shape)
        content = made if isinstance(made, bytes) else made.SerializeToString(deterministic=True)
        (HERE / f"{name}.onnx").write_bytes(content)
        manifest[name] = {"expect": expect, "reason": reason}
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(CASES)} hostile files")


if __name__ == "__main__":
    main()
