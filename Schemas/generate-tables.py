#!/usr/bin/env python3
"""Turns operators.json into the C tables of the target COperatorSchemas.

    python Schemas/generate-tables.py            writes operator_schemas.c and operator_schemas.h
    python Schemas/generate-tables.py --check    exits 1 when a file differs from what would be written

Needs nothing but the standard library.
"""

import argparse
import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Sources" / "COperatorSchemas"

# Bit n of a mask is the ONNX `TensorProto.DataType` with the number n; the names are the standard's type strings.
DATA_TYPES = [
    None, "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
    "float16", "double", "uint32", "uint64", "complex64", "complex128", "bfloat16",
    "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4",
    "float4e2m1", "float8e8m0", "uint2", "int2", "float6e2m3", "float6e3m2",
]

# Bit n of the mask of map types.
MAP_TYPES = [
    "map(int64, string)", "map(int64, float)", "map(int64, double)",
    "map(string, int64)", "map(string, float)", "map(string, double)",
    "seq(map(int64, float))", "seq(map(string, float))",
]

# The numbers of ONNX `AttributeProto.AttributeType`.
ATTRIBUTE_TYPES = {
    "FLOAT": 1, "INT": 2, "STRING": 3, "TENSOR": 4, "GRAPH": 5, "FLOATS": 6, "INTS": 7, "STRINGS": 8,
    "TENSORS": 9, "GRAPHS": 10, "SPARSE_TENSOR": 11, "SPARSE_TENSORS": 12, "TYPE_PROTO": 13, "TYPE_PROTOS": 14,
}

OPTIONS = ["single", "optional", "variadic"]

TENSOR = re.compile(r"tensor\((\w+)\)")
KINDS = [
    ("optional_sequence", re.compile(r"optional\(seq\(tensor\((\w+)\)\)\)")),
    ("optional_tensor", re.compile(r"optional\(tensor\((\w+)\)\)")),
    ("sequence", re.compile(r"seq\(tensor\((\w+)\)\)")),
    ("tensor", TENSOR),
]
MASKS = ["tensor", "sequence", "optional_tensor", "optional_sequence", "map"]

def quote(text):
    """A C string literal of the UTF-8 bytes of `text`."""
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode("utf-8")
    )
    return f'"{escaped}"'


def float_literal(value):
    """A C literal that is exactly the float32 nearest to `value`."""
    return struct.unpack("f", struct.pack("f", value))[0].hex() + "f"


def boolean(value):
    return "true" if value else "false"


def type_masks(names):
    """The masks of a list of type strings, in the order of MASKS."""
    masks = dict.fromkeys(MASKS, 0)
    for name in names:
        if name in MAP_TYPES:
            masks["map"] |= 1 << MAP_TYPES.index(name)
            continue
        for kind, pattern in KINDS:
            if match := pattern.fullmatch(name):
                masks[kind] |= 1 << DATA_TYPES.index(match[1])
                break
        else:
            raise ValueError(f"a type that the tables have no bit for: {name}")
    return "{" + ", ".join(f"{masks[kind]:#x}" for kind in MASKS) + "}"


class Lists:
    """Static arrays, each written once however many schemas share it."""

    def __init__(self):
        self.names = {}
        self.text = []

    def add(self, kind, c_type, items):
        """The name of the array that holds `items` (C initialisers), or NULL when there are none."""
        if not items:
            return "NULL"
        key = (kind, tuple(items))
        if key not in self.names:
            name = f"{kind}_{sum(other == kind for other, _ in self.names)}"
            self.names[key] = name
            rows = "".join(f"    {item},\n" for item in items)
            self.text.append(f"static const {c_type} {name}[] = {{\n{rows}}};\n")
        return self.names[key]


def attribute_initialiser(attribute, lists):
    """The C initialiser of one attribute; members that are left out are zero."""
    kind, default = attribute["type"], attribute.get("default")
    fields = [
        f".name = {quote(attribute['name'])}",
        f".type = {ATTRIBUTE_TYPES[kind]}",
        f".required = {boolean(attribute['required'])}",
        f".has_default = {boolean(default is not None)}",
    ]

    def bytes_initialiser(text):
        return f"{{{quote(text)}, {len(text.encode('utf-8'))}}}"

    if kind == "INT" and default is not None:
        fields.append(f".default_int = INT64_C({default})")
    if kind == "FLOAT" and default is not None:
        fields.append(f".default_float = {float_literal(default)}")
    text = default if kind == "STRING" and default is not None else ""
    fields.append(f".default_string = {bytes_initialiser(text)}")
    if kind in ("INTS", "FLOATS", "STRINGS") and default is not None:
        c_type, literal = {
            "INTS": ("int64_t", lambda item: f"INT64_C({item})"),
            "FLOATS": ("float", float_literal),
            "STRINGS": ("hinge_schema_bytes", bytes_initialiser),
        }[kind]
        array = lists.add(f"default_{kind.lower()}", c_type, [literal(item) for item in default])
        fields.append(f".default_{kind.lower()} = {array}")
        fields.append(f".default_count = {len(default)}")
    return "{" + ", ".join(fields) + "}"


def parameter_initialiser(parameter, constraints):
    names = [constraint["name"] for constraint in constraints]
    kind = parameter["type"]
    index = names.index(kind) if kind in names else -1
    types = constraints[index]["types"] if index >= 0 else [kind]
    fields = [
        quote(parameter["name"]), quote(kind), str(index), str(OPTIONS.index(parameter["option"])),
        str(parameter["min_arity"]), boolean(parameter["homogeneous"]), type_masks(types),
    ]
    return "{" + ", ".join(fields) + "}"


def limit(value):
    return "HINGE_SCHEMA_UNLIMITED" if value is None else str(value)


def schema_initialiser(schema, lists):
    constraints = schema["type_constraints"]
    parts = [
        ("attributes", "hinge_schema_attribute",
         [attribute_initialiser(item, lists) for item in schema["attributes"]]),
        ("inputs", "hinge_schema_parameter",
         [parameter_initialiser(item, constraints) for item in schema["inputs"]]),
        ("outputs", "hinge_schema_parameter",
         [parameter_initialiser(item, constraints) for item in schema["outputs"]]),
        ("constraints", "hinge_schema_constraint",
         [f"{{{quote(item['name'])}, {type_masks(item['types'])}}}" for item in constraints]),
    ]
    fields = [
        quote(schema["domain"]), quote(schema["name"]), str(schema["since_version"]),
        boolean(schema["deprecated"]), boolean(schema["function"]), boolean(schema["deterministic"]),
        str(schema["min_input"]), limit(schema["max_input"]),
        str(schema["min_output"]), limit(schema["max_output"]),
    ]
    for kind, c_type, items in parts:
        fields += [lists.add(kind, c_type, items), str(len(items))]
    return "    {" + ", ".join(fields) + "},"


def fill(template, parts):
    """A file of templates/, each `@name@` in it replaced by that part."""
    text = (ROOT / "Schemas" / "templates" / template).read_text()
    return re.sub(r"@(\w+)@", lambda match: parts[match[1]], text)


def documents():
    """The header and the implementation, as (path, text)."""
    facts = json.loads((ROOT / "Schemas" / "operators.json").read_text())
    lists = Lists()
    rows = [schema_initialiser(schema, lists) for schema in facts["operators"]]
    parts = {
        "source": facts["source"],
        "last_data_type": str(len(DATA_TYPES) - 1),
        "lists": "\n".join(lists.text),
        "schemas": "\n".join(rows),
        "opsets": "\n".join(f"    {{{quote(d)}, {v}}}," for d, v in facts["opsets"].items()),
        "data_types": ",\n    ".join("NULL" if name is None else quote(name) for name in DATA_TYPES),
        "map_types": ",\n    ".join(quote(name) for name in MAP_TYPES),
    }
    return [
        (TARGET / "include" / "operator_schemas.h", fill("operator_schemas.h", parts)),
        (TARGET / "operator_schemas.c", fill("operator_schemas.c", parts)),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    for path, text in documents():
        if arguments.check:
            if not path.exists() or path.read_text() != text:
                sys.exit(f"{path.relative_to(ROOT)} differs from what operators.json gives")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"{path.relative_to(ROOT)}: {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
