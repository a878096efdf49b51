#!/usr/bin/env python3
"""Writes types.json: what onnx.shape_inference finds for the values of each model here.

    make_types.py

For each model, by value name: the element type and the extents, a number where it is known and null where it isn't.
What a model states of its values besides inputs is taken away before, so that all of it is inferred.
"""

import json
import pathlib

import onnx
from onnx import helper, shape_inference

HERE = pathlib.Path(__file__).parent


def types(path):
    model = onnx.load(path, load_external_data=False)
    del model.graph.value_info[:]
    for output in model.graph.output:
        if output.type.HasField("tensor_type"):
            output.type.tensor_type.ClearField("shape")
    model = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    found = {}
    for info in [*model.graph.value_info, *model.graph.output]:
        tensor = info.type.tensor_type
        if not info.type.HasField("tensor_type") or not tensor.HasField("shape"):
            continue
        name = helper.tensor_dtype_to_np_dtype(tensor.elem_type).name
        extents = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
        found[info.name] = [name, extents]
    return found


def main():
    models = [*sorted(HERE.glob("*.onnx")), HERE.parent / "digits" / "digits-torch.onnx"]
    result = {path.stem: types(path) for path in models}
    lines = [
        f" {json.dumps(model)}: {{\n"
        + ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
        + "\n }"
        for model, values in result.items()
    ]
    (HERE / "types.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
