#!/usr/bin/env python3
"""Writes operators.json: what the installed `onnx` package states about every operator at every version.

Only facts that a program can use are taken (names, versions, arity, types, defaults); no documentation text.
The file is deterministic: one operator version a line, sorted by domain, name and version.

    python Schemas/generate.py            writes Schemas/operators.json
    python Schemas/generate.py --check    exits 1 when the file differs from what would be written
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import defs, helper

UNLIMITED = 2**31 - 1


def shortest_float(value):
    """The shortest decimal that reads back as the same float32."""
    return float(str(np.float32(value)))


def attribute_default(attribute):
    """The default as a JSON value, or None when the attribute has none."""
    proto = attribute.default_value
    if not proto.name:
        return None
    value = helper.get_attribute_value(proto)
    match attribute.type.name:
        case "INT" | "INTS":
            return value if isinstance(value, int) else list(value)
        case "FLOAT":
            return shortest_float(value)
        case "FLOATS":
            return [shortest_float(item) for item in value]
        case "STRING":
            return value.decode("utf-8")
        case "STRINGS":
            return [item.decode("utf-8") for item in value]
    raise ValueError(f"{attribute.name}: no rule for a default of type {attribute.type.name}")


def describe_attribute(attribute):
    fact = {"name": attribute.name, "type": attribute.type.name, "required": attribute.required}
    default = attribute_default(attribute)
    if default is not None:
        fact["default"] = default
    return fact


def describe_parameter(parameter):
    return {
        "name": parameter.name,
        "option": parameter.option.name.lower(),
        "min_arity": parameter.min_arity,
        "homogeneous": parameter.is_homogeneous,
        "type": parameter.type_str,
    }


def describe_schema(schema):
    return {
        "domain": schema.domain,
        "name": schema.name,
        "since_version": schema.since_version,
        "deprecated": schema.deprecated,
        "function": schema.has_function or schema.has_context_dependent_function,
        "deterministic": schema.node_determinism != defs.OpSchema.NodeDeterminism.NonDeterministic,
        "min_input": schema.min_input,
        "max_input": None if schema.max_input == UNLIMITED else schema.max_input,
        "min_output": schema.min_output,
        "max_output": None if schema.max_output == UNLIMITED else schema.max_output,
        "attributes": [
            describe_attribute(schema.attributes[name]) for name in sorted(schema.attributes)
        ],
        "inputs": [describe_parameter(parameter) for parameter in schema.inputs],
        "outputs": [describe_parameter(parameter) for parameter in schema.outputs],
        "type_constraints": [
            {"name": constraint.type_param_str, "types": sorted(constraint.allowed_type_strs)}
            for constraint in schema.type_constraints
        ],
    }


def document():
    """The whole file as text."""
    schemas = sorted(
        defs.get_all_schemas_with_history(), key=lambda s: (s.domain, s.name, s.since_version)
    )
    latest = {domain: versions[1] for domain, versions in sorted(defs.C.schema_version_map().items())}
    used = {schema.domain for schema in schemas}
    compact = {"separators": (",", ":"), "ensure_ascii": True}
    head = json.dumps(
        {"source": f"onnx {onnx.__version__}", "opsets": {d: v for d, v in latest.items() if d in used}},
        **compact,
    )
    rows = ",\n".join(json.dumps(describe_schema(schema), **compact) for schema in schemas)
    return f'{head[:-1]},"operators":[\n{rows}\n]}}\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    path = pathlib.Path(__file__).resolve().parent / "operators.json"
    text = document()
    if arguments.check:
        if path.read_text() != text:
            sys.exit(f"{path.name} differs from what onnx {onnx.__version__} states")
        return
    path.write_text(text)
    print(f"{path}: {text.count(chr(10)) - 2} operator versions, {len(text)} bytes")


if __name__ == "__main__":
    main()
