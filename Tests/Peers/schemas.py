"""Checks that the compiled tables of COperatorSchemas say what the installed `onnx` package says.

Compiles the C file with `cc`, loads it through ctypes, and compares every operator at every version of its domain.
"""

import ctypes
import pathlib
import subprocess

import numpy as np
from onnx import AttributeProto, TensorProto, defs, helper

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "COperatorSchemas"
text, size, int32, flag = ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int32, ctypes.c_bool


class Types(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ("tensor", "sequence", "optional", "optional_sequence", "map")]


class Bytes(ctypes.Structure):
    _fields_ = [("bytes", text), ("count", size)]


class Attribute(ctypes.Structure):
    _fields_ = [
        ("name", text), ("type", int32), ("required", flag), ("has_default", flag),
        ("default_int", ctypes.c_int64), ("default_float", ctypes.c_float), ("default_string", Bytes),
        ("default_ints", ctypes.POINTER(ctypes.c_int64)), ("default_floats", ctypes.POINTER(ctypes.c_float)),
        ("default_strings", ctypes.POINTER(Bytes)), ("default_count", size),
    ]


class Parameter(ctypes.Structure):
    _fields_ = [
        ("name", text), ("type_name", text), ("constraint", int32), ("option", ctypes.c_int),
        ("min_arity", int32), ("homogeneous", flag), ("types", Types),
    ]


class Constraint(ctypes.Structure):
    _fields_ = [("name", text), ("types", Types)]


class Schema(ctypes.Structure):
    _fields_ = [
        ("domain", text), ("name", text), ("since_version", int32), ("deprecated", flag), ("function", flag),
        ("deterministic", flag), ("min_input", int32), ("max_input", int32), ("min_output", int32),
        ("max_output", int32), ("attributes", ctypes.POINTER(Attribute)), ("attribute_count", size),
        ("inputs", ctypes.POINTER(Parameter)), ("input_count", size),
        ("outputs", ctypes.POINTER(Parameter)), ("output_count", size),
        ("constraints", ctypes.POINTER(Constraint)), ("constraint_count", size),
    ]


def load(folder):
    library = pathlib.Path(folder) / "schemas.so"
    command = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-warning-option", "-shared", "-fPIC"]
    if subprocess.run(["cc", "--version"], capture_output=True, text=True).stdout.find("clang") < 0:
        command += ["-D_Nonnull=", "-D_Nullable="]  # Only clang knows the nullability keywords.
    source = SOURCES / "operator_schemas.c"
    subprocess.run([*command, f"-I{SOURCES / 'include'}", str(source), "-o", str(library)], check=True)
    c = ctypes.CDLL(str(library))
    c.hinge_schema_find.restype = c.hinge_schema_at.restype = ctypes.POINTER(Schema)
    c.hinge_schema_find.argtypes = [text, text, ctypes.c_int]
    c.hinge_schema_at.argtypes = [size]
    c.hinge_schema_count.restype = size
    c.hinge_schema_latest_opset.argtypes = [text]
    c.hinge_schema_data_type_name.restype = c.hinge_schema_map_type_name.restype = text
    return c


def type_strings(c, types):
    """The set of type strings that a mask stands for."""
    wrappers = {
        "tensor": "tensor({})", "sequence": "seq(tensor({}))", "optional": "optional(tensor({}))",
        "optional_sequence": "optional(seq(tensor({})))",
    }
    found = set()
    for field, wrapper in wrappers.items():
        for bit in range(32):
            if getattr(types, field) >> bit & 1:
                found.add(wrapper.format(c.hinge_schema_data_type_name(bit).decode()))
    found |= {c.hinge_schema_map_type_name(b).decode() for b in range(32) if types.map >> b & 1}
    return found


def attribute_facts(schema):
    facts = []
    for name in sorted(schema.attributes):
        attribute = schema.attributes[name]
        proto = attribute.default_value
        default = helper.get_attribute_value(proto) if proto.name else None
        if attribute.type.name == "FLOAT" and default is not None:
            default = float(np.float32(default))
        default = list(default) if isinstance(default, (list, tuple)) else default
        number = AttributeProto.AttributeType.Value(attribute.type.name)
        facts.append((name, number, attribute.required, default))
    return facts


def attribute_facts_in_c(schema):
    facts = []
    for attribute in schema.attributes[: schema.attribute_count]:
        count = attribute.default_count
        default = {
            1: lambda: attribute.default_float,
            2: lambda: attribute.default_int,
            3: lambda: attribute.default_string.bytes,
            6: lambda: list(attribute.default_floats[:count]),
            7: lambda: list(attribute.default_ints[:count]),
            8: lambda: [item.bytes for item in attribute.default_strings[:count]],
        }[attribute.type]() if attribute.has_default else None
        facts.append((attribute.name.decode(), attribute.type, attribute.required, default))
    return facts


def parameter_facts(schema, parameters):
    constraints = {c.type_param_str: set(c.allowed_type_strs) for c in schema.type_constraints}
    return [
        (p.name, p.type_str, p.option.name, p.min_arity, p.is_homogeneous, p.type_str in constraints,
         constraints.get(p.type_str, {p.type_str}))
        for p in parameters
    ]


def parameter_facts_in_c(c, schema, parameters, count):
    facts = []
    for p in parameters[:count]:
        named = p.constraint >= 0 and schema.constraints[p.constraint].name == p.type_name
        option = ("Single", "Optional", "Variadic")[p.option]
        facts.append((p.name.decode(), p.type_name.decode(), option, p.min_arity, p.homogeneous, named,
                      type_strings(c, p.types)))
    return facts


def facts(schema):
    return {
        "since": schema.since_version,
        "deprecated": schema.deprecated,
        "function": schema.has_function or schema.has_context_dependent_function,
        "deterministic": schema.node_determinism != defs.OpSchema.NodeDeterminism.NonDeterministic,
        "arity": (schema.min_input, schema.max_input, schema.min_output, schema.max_output),
        "attributes": attribute_facts(schema),
        "inputs": parameter_facts(schema, schema.inputs),
        "outputs": parameter_facts(schema, schema.outputs),
        "constraints": [(k.type_param_str, set(k.allowed_type_strs)) for k in schema.type_constraints],
    }


def facts_in_c(c, schema):
    return {
        "since": schema.since_version,
        "deprecated": schema.deprecated,
        "function": schema.function,
        "deterministic": schema.deterministic,
        "arity": (schema.min_input, schema.max_input, schema.min_output, schema.max_output),
        "attributes": attribute_facts_in_c(schema),
        "inputs": parameter_facts_in_c(c, schema, schema.inputs, schema.input_count),
        "outputs": parameter_facts_in_c(c, schema, schema.outputs, schema.output_count),
        "constraints": [
            (k.name.decode(), type_strings(c, k.types)) for k in schema.constraints[: schema.constraint_count]
        ],
    }


def check(_, report, folder):
    def expect(name, found, expected):
        if found == expected:
            report.ok(f"schemas: {name}")
        else:
            report.fail(f"schemas: {name}", f"expected {expected}, found {found}")

    c = load(folder)
    everything = defs.get_all_schemas_with_history()
    expect("count", c.hinge_schema_count(), len(everything))
    expect("past the end", bool(c.hinge_schema_at(len(everything))), False)
    for schema in everything:
        found = c.hinge_schema_find(schema.domain.encode(), schema.name.encode(), schema.since_version)
        name = f"{schema.domain}:{schema.name} {schema.since_version}"
        expect(name, facts_in_c(c, found.contents) if found else None, facts(schema))
    check_lookup(c, everything, expect)
    for name, number in TensorProto.DataType.items():
        found = c.hinge_schema_data_type_name(number)
        expect(f"data type {number}", found and found.decode(), name.lower() if number else None)


def check_lookup(c, everything, expect):
    """Every operator at every version of its domain, and a version further."""
    latest = {domain: versions[1] for domain, versions in defs.C.schema_version_map().items()}
    versions = {}
    for schema in everything:
        versions.setdefault((schema.domain, schema.name), set()).add(schema.since_version)
    for domain in {domain for domain, _ in versions}:
        expect(f"latest opset of '{domain}'", c.hinge_schema_latest_opset(domain.encode()), latest[domain])
    for (domain, name), since in versions.items():
        for opset in range(latest[domain] + 2):
            found = c.hinge_schema_find(domain.encode(), name.encode(), opset)
            expected = max((version for version in since if version <= opset), default=None)
            expect(f"{domain}:{name} at {opset}", found.contents.since_version if found else None, expected)
    expect("unknown name", bool(c.hinge_schema_find(b"", b"NoSuchOperator", 20)), False)
    expect("unknown domain", bool(c.hinge_schema_find(b"no.such", b"Relu", 20)), False)
    expect("ai.onnx", c.hinge_schema_find(b"ai.onnx", b"Relu", 20).contents.since_version, 14)
