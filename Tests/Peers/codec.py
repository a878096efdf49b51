"""The ONNX codec, checked by another protobuf implementation: read, written again, equal.

Equal means field by field, with presence (a field that is given with its default value stays given) and with unknown
fields. The files are those of the installed `onnx` package, the standard's node tests, this repository's fixtures,
and messages made here, among them models in which every field of every message is set.

Of each model, the skeleton is looked at too: the message as Hinge hands it to protobuf-c, in which two 64-bit numbers,
offset and length in the file, stand for each `raw_data` of 16 bytes or more.

`hinge debug-roundtrip --list FILE` does the rewriting. FILE holds lines `kind<TAB>input<TAB>output`; Hinge prints a
line on standard error, beginning with the input's path, for each file that it can't rewrite.
"""

import pathlib
import random
import struct
import subprocess

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from onnx import (
    AttributeProto, MapProto, ModelProto, OptionalProto, SequenceProto, SparseTensorProto, TensorProto, helper,
    numpy_helper,
)

from operators import node_tests
from report import FIXTURES

MESSAGES = {
    "model": ModelProto, "tensor": TensorProto, "sparse_tensor": SparseTensorProto, "sequence": SequenceProto,
    "map": MapProto, "optional": OptionalProto, "skeleton": ModelProto,
}
REFERENCE_BYTES = 16  # of a payload's stand-in in a skeleton
VALUE_KINDS = {"tensor_type": "tensor", "sequence_type": "sequence", "optional_type": "optional", "map_type": "map"}
UNKNOWN_FIELD = bytes([0xFA, 0xFF, 0x03, 0x03]) + b"abc"  # number 8191, three bytes


# MARK: Files


def value_kind(path, models):
    """The message that a .pb file of a test holds: the model beside it says so."""
    model_path = path.parent.parent / "model.onnx"
    if not model_path.exists():
        return "tensor"
    if model_path not in models:
        models[model_path] = onnx.load(model_path, load_external_data=False).graph
    side, _, index = path.stem.partition("_")
    infos = models[model_path].input if side == "input" else models[model_path].output
    return VALUE_KINDS[infos[int(index)].type.WhichOneof("value")]


def files():
    """(kind, path) of every file to read and write."""
    folders = [pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data", node_tests(), FIXTURES]
    models = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.parent.name == "hostile":
                continue
            if path.suffix == ".onnx":
                # A model with external data is written with its weights elsewhere; `check.py` converts that one.
                if b"location" not in path.read_bytes() or not is_external(path):
                    yield "model", path
            elif path.suffix == ".pb":
                yield value_kind(path, models), path


def is_external(path):
    model = onnx.load(path, load_external_data=False)
    return any(tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer)


# MARK: Models with every field


class Filler:
    """Makes messages in which every field is set, valid where the standard ties fields to each other."""

    def __init__(self, zero, seed):
        self.zero = zero  # whether scalars get their default value, present all the same
        self.count = 0
        self.random = random.Random(seed)

    def scalar(self, field):
        self.count += 1
        if field.name in ("elem_type", "key_type"):
            return 0 if self.zero else self.random.randint(TensorProto.FLOAT, TensorProto.INT4)
        match field.cpp_type:
            case FieldDescriptor.CPPTYPE_STRING:
                text = "" if self.zero else f"{field.name} {self.count} \u00fc"
                return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
            case FieldDescriptor.CPPTYPE_FLOAT | FieldDescriptor.CPPTYPE_DOUBLE:
                return 0.0 if self.zero else self.count / 8
            case FieldDescriptor.CPPTYPE_ENUM:
                values = field.enum_type.values
                return values[0 if self.zero else self.count % len(values)].number
        return 0 if self.zero else self.count

    def fill(self, message, depth):
        """Sets every field, down to `depth` messages below this one, and adds an unknown field."""
        tied = {"TensorProto": self.tensor, "AttributeProto": self.attribute}.get(message.DESCRIPTOR.name)
        if tied:
            tied(message, depth)
        else:  # a sparse tensor is nothing without its values
            self.fields(message, max(depth, 1) if message.DESCRIPTOR.name == "SparseTensorProto" else depth)
        message.MergeFromString(UNKNOWN_FIELD)

    def fields(self, message, depth, skipped=()):
        left_out = set()
        for oneof in message.DESCRIPTOR.oneofs:
            left_out |= set(oneof.fields) - {self.random.choice(oneof.fields)}
        for field in message.DESCRIPTOR.fields:
            if field in left_out or field.name in skipped:
                continue
            if field.cpp_type != FieldDescriptor.CPPTYPE_MESSAGE:
                if field.is_repeated:
                    getattr(message, field.name).extend([self.scalar(field), self.scalar(field)])
                else:
                    setattr(message, field.name, self.scalar(field))
            elif depth > 0:
                part = getattr(message, field.name)
                if field.is_repeated:
                    for _ in range(2 if depth < 4 else 1):
                        self.fill(part.add(), depth - 1)
                else:
                    part.SetInParent()
                    self.fill(part, depth - 1)

    def tensor(self, message, depth):
        """Element type and storage must agree, and the number of elements with the dimensions."""
        kinds = [
            (TensorProto.FLOAT, "float_data", [1.5, -0.0]), (TensorProto.INT32, "int32_data", [-1, 7]),
            (TensorProto.INT64, "int64_data", [-(2**40), 0]), (TensorProto.DOUBLE, "double_data", [0.1, 0.0]),
            (TensorProto.UINT64, "uint64_data", [2**63, 0]), (TensorProto.STRING, "string_data", [b"", b"a\0\xff"]),
            (TensorProto.INT64, "raw_data", bytes(16)), (TensorProto.FLOAT16, "int32_data", [15360, 0]),
        ]
        data_type, storage, values = self.random.choice(kinds)
        message.dims.append(2)
        message.data_type = data_type
        if storage == "raw_data":
            message.raw_data = values
        else:
            getattr(message, storage).extend(values)
        typed = {f.name for f in message.DESCRIPTOR.fields if f.name.endswith("_data")}
        self.fields(message, depth, {*typed, "dims", "data_type", "external_data", "data_location", "segment"})
        message.data_location = TensorProto.DEFAULT

    def attribute(self, message, depth):
        """An attribute holds the one value that its type names, or in a function refers to an attribute of that."""
        storage = {
            "FLOAT": "f", "INT": "i", "STRING": "s", "TENSOR": "t", "GRAPH": "g", "SPARSE_TENSOR": "sparse_tensor",
            "TYPE_PROTO": "tp", "FLOATS": "floats", "INTS": "ints", "STRINGS": "strings", "TENSORS": "tensors",
            "GRAPHS": "graphs", "SPARSE_TENSORS": "sparse_tensors", "TYPE_PROTOS": "type_protos",
        }
        flat = ["FLOAT", "INT", "STRING", "FLOATS", "INTS", "STRINGS"]
        kind = self.random.choice(list(storage) if depth > 0 else flat)
        held = "ref_attr_name" if not self.zero and self.random.random() < 0.2 else storage[kind]
        self.fields(message, depth, {*storage.values(), "type", "ref_attr_name"} - {held})
        message.type = AttributeProto.AttributeType.Value(kind)


def synthetic():
    """Models with every field set, flat and deep, with and without default values."""
    for seed in range(32):
        model = ModelProto()
        Filler(zero=seed % 2 == 1, seed=seed).fill(model, depth=3 if seed < 8 else 7)
        yield f"every-field-{seed}", model


def values():
    """(kind, name, message) of values that no test file holds: maps, sparse tensors, containers inside containers."""
    keys, numbers = np.array([3, -1, 2**40]), np.array([0.5, -0.0, np.inf], np.float32)
    tensors = helper.make_sequence("tensors", SequenceProto.TENSOR, [numpy_helper.from_array(n) for n in (keys, numbers)])
    counts = helper.make_map("counts", TensorProto.INT64, [3, -1], tensors)
    words = helper.make_map("words", TensorProto.STRING, [b"", "\u00fc".encode()], tensors)
    sparse = helper.make_sparse_tensor(numpy_helper.from_array(numbers), numpy_helper.from_array(keys[:0]), [7])
    yield "sparse_tensor", "sparse", sparse
    yield "map", "numbered", counts
    yield "map", "named", words
    yield "sequence", "empty", helper.make_sequence("", SequenceProto.TENSOR, [])
    yield "sequence", "sequences", helper.make_sequence("both", SequenceProto.SEQUENCE, [tensors, tensors])
    yield "sequence", "maps", helper.make_sequence("maps", SequenceProto.MAP, [counts, words])
    yield "optional", "something", helper.make_optional("something", OptionalProto.SEQUENCE, tensors)
    yield "optional", "nothing", OptionalProto(name="nothing", elem_type=OptionalProto.TENSOR)


# MARK: Comparing


def difference(found, expected, path=""):
    """The first place where two messages differ, or None."""
    for field in expected.DESCRIPTOR.fields:
        here = f"{path}.{field.name}" if path else field.name
        if field.is_repeated:
            left, right = getattr(found, field.name), getattr(expected, field.name)
            if len(left) != len(right):
                return f"{here}: expected {len(right)} elements, found {len(left)}"
            pairs = [(f"{here}[{i}]", *pair) for i, pair in enumerate(zip(left, right))]
        else:
            if found.HasField(field.name) != expected.HasField(field.name):
                return f"{here}: expected {'present' if expected.HasField(field.name) else 'absent'}"
            if not expected.HasField(field.name):
                continue
            pairs = [(here, getattr(found, field.name), getattr(expected, field.name))]
        for name, left, right in pairs:
            if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
                if left.SerializeToString(deterministic=True) != right.SerializeToString(deterministic=True):
                    return difference(left, right, name) or f"{name}: unknown fields differ"
            elif left != right and not (left != left and right != right):
                return f"{name}: expected {str(right)[:80]!r}, found {str(left)[:80]!r}"
    return None


def fill_in(message, content):
    """Puts the payloads of a skeleton back: `content` is the file that it was cut from."""
    for field, value in message.ListFields():
        if message.DESCRIPTOR.name == "TensorProto" and field.name == "raw_data":
            if len(value) == REFERENCE_BYTES:
                offset, length = struct.unpack("<qq", value)
                message.raw_data = content[offset : offset + length]
        elif field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            for part in value if field.is_repeated else [value]:
                fill_in(part, content)


def compare_files(kind, before, after):
    if not after.exists():
        raise ValueError("not written")
    content = before.read_bytes()
    expected = MESSAGES[kind].FromString(content)
    found = MESSAGES[kind].FromString(after.read_bytes())
    if kind == "skeleton":
        fill_in(found, content)
    if found.SerializeToString(deterministic=True) != expected.SerializeToString(deterministic=True):
        raise ValueError(difference(found, expected) or "unknown fields differ, or a NaN has other bits")


def work(folder):
    """(kind, path) of everything to rewrite; what is made here is written into `folder`."""
    yield from files()
    for name, model in synthetic():
        path = folder / f"{name}.onnx"
        path.write_bytes(model.SerializeToString())
        yield "model", path
    for kind, name, message in values():
        path = folder / f"{kind}-{name}.pb"
        path.write_bytes(message.SerializeToString())
        yield kind, path


def check(hinge, report, folder):
    made, rewritten = folder / "made", folder / "rewritten"
    made.mkdir()
    rewritten.mkdir()
    pairs = list(work(made))
    pairs += [("skeleton", path) for kind, path in pairs if kind == "model"]
    rows = [(kind, path, rewritten / f"{index}{path.suffix}") for index, (kind, path) in enumerate(pairs)]
    listing = folder / "list.tsv"
    listing.write_text("".join(f"{kind}\t{path}\t{out}\n" for kind, path, out in rows))
    command = [str(hinge), "debug-roundtrip", "--list", str(listing)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode not in (0, 1):
        report.fail("codec", f"hinge debug-roundtrip ended with status {done.returncode}: {done.stderr[-400:]}")
    reasons = {line.split(" \u203a ")[0].split(": ")[0]: line for line in done.stderr.splitlines()}
    for kind, path, out in rows:
        name = f"codec: {kind} {'/'.join(path.parts[-3:])}"
        if not out.exists() and str(path) in reasons:
            report.fail(name, reasons[str(path)])
        else:
            report.check(name, lambda: compare_files(kind, path, out))
