"""Every operator of the standard in every element type that it allows.

    element_types.py HINGE [--filter TEXT] [--keep FOLDER]

The node tests of the installed `onnx` package, and `made_samples`, give each operator inputs. For each type
parameter of an operator (`T`, `Tind`, …) and each element type that the standard lists for it, those inputs are
turned into that type, and the model with them. What is expected is what the standard's reference evaluator, or else
ONNX Runtime, computes of the same numbers in a type that loses none of them (float32 for the narrow ones, int64 for
integers), rounded once; where that can't be, what they compute in the type itself. What neither computes isn't tested
here: `--verbose` names it.

`hinge test` runs and judges all of it, on both engines.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import TensorProto, defs, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from operators import node_tests, value_proto
from report import Report

# How many samples of an operator are turned into each type: of those that differ in what is stated.
SAMPLES_EACH = 4

# Attributes that say the element type of an output.
TYPE_ATTRIBUTES = ["to", "dtype", "output_dtype", "output_datatype"]

# Type parameters that have one element type though the standard names them apart, unless an attribute says otherwise.
TIED = {
    ("SequenceInsert", "S"): "T", ("SequenceInsert", "T"): "S", ("SplitToSequence", "T"): "S",
    ("OptionalGetElement", "O"): "V", ("Optional", "V"): "O", ("Bernoulli", "T1"): "T2",
    ("DequantizeLinear", "T2"): "T3", ("LinearAttention", "T"): "S",
    ("SequenceAt", "S"): "T", ("SequenceConstruct", "T"): "S", ("ConcatFromSequence", "S"): "T",
    ("RandomNormalLike", "T1"): "T2", ("RandomUniformLike", "T1"): "T2",
}

# What has no meaning though the standard lists it, with the reason that Hinge gives.
REFUSED = {
    "ScatterElements/T-STRING": "strings are replaced only", "ScatterND/T-STRING": "strings are replaced only",
}

# The inputs that must be 0 when they are of a floating-point type: zero points.
ZERO_POINTS = {"DequantizeLinear": [2], "QuantizeLinear": [2], "QLinearMatMul": [2, 5, 7]}

# Attributes that hold elements of a type parameter.
ELEMENT_ATTRIBUTES = {"LabelEncoder": {"keys_tensor": "T1", "values_tensor": "T2", "default_tensor": "T2"}}

# Operators that run bodies, whose types are part of the bodies.
WITH_BODIES = {"If", "Loop", "Scan", "SequenceMap", "Gradient", "FlexAttention"}

# The relative tolerance of results in a narrow type: two units in the last place.
STEPS = {
    TensorProto.FLOAT16: 2**-9, TensorProto.BFLOAT16: 2**-6, TensorProto.FLOAT8E4M3FN: 2**-2,
    TensorProto.FLOAT8E4M3FNUZ: 2**-2, TensorProto.FLOAT8E5M2: 2**-1, TensorProto.FLOAT8E5M2FNUZ: 2**-1,
    TensorProto.FLOAT4E2M1: 1, TensorProto.FLOAT8E8M0: 1, TensorProto.FLOAT6E2M3: 2**-2, TensorProto.FLOAT6E3M2: 2**-1,
}
FLOATS = {TensorProto.FLOAT, TensorProto.DOUBLE, *STEPS}
INTEGERS = {
    value for name, value in TensorProto.DataType.items() if name.startswith(("INT", "UINT"))
}
WORD = {"float": "FLOAT", "double": "DOUBLE"}


# The versions of each operator, newest first.
HISTORY = collections.defaultdict(list)
for schema in defs.get_all_schemas_with_history():
    HISTORY[schema.domain, schema.name].append(schema.since_version)
for versions in HISTORY.values():
    versions.sort(reverse=True)


def number_of(word):
    """The number of the element type that schemas call `word`."""
    return TensorProto.DataType.Value(WORD.get(word, word.upper()))


def split(text):
    """`optional(seq(tensor(int8)))` as its kinds around the element type and that type's number."""
    head, _, rest = text.partition("tensor(")
    return head, number_of(rest.rstrip(")")) if rest else None


def element(value_type):
    """The kinds around a type's tensors and the message that holds their element type."""
    kind = value_type.WhichOneof("value")
    if kind == "tensor_type":
        return "", value_type.tensor_type
    if kind == "sequence_type":
        inner, tensor = element(value_type.sequence_type.elem_type)
        return "seq(" + inner, tensor
    if kind == "optional_type":
        inner, tensor = element(value_type.optional_type.elem_type)
        return "optional(" + inner, tensor
    return kind, None


def turned(array, kind):
    """An array's numbers in another element type, as different from each other as they fit."""
    if array is None:
        return None
    if isinstance(array, list):
        return [turned(item, kind) for item in array]
    array = np.asarray(array)
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    if kind == TensorProto.STRING:
        array = array if array.dtype.kind in "biufOU" else array.astype(np.float64)
        return array.astype(str).astype(object)
    if array.dtype.kind in "OUS":
        array = np.arange(array.size).reshape(array.shape) % 5
    if kind == TensorProto.BOOL:
        return array.astype(np.float64).real > 0
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    if kind in (TensorProto.COMPLEX64, TensorProto.COMPLEX128):
        return (array + 0.5j * array[::-1] if array.ndim and array.dtype.kind != "c" else array).astype(dtype)
    if array.dtype.kind == "c":
        array = array.real
    if kind in INTEGERS:
        is_whole = array.dtype.kind in "iu" or str(array.dtype).startswith(("int", "uint"))
        if not is_whole:
            array = array.astype(np.float64)
            array = np.nan_to_num(np.round(array * (3 if np.all(np.abs(array) < 8) else 1)))
        array = array.astype(np.int64)
        bits = int("".join(filter(str.isdigit, str(dtype))))
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if str(dtype)[0] == "i" else (0, 2**bits - 1)
        if low == 0:
            array = np.abs(array)
        return np.clip(array, low, min(high, 2**62)).astype(dtype)
    array = array.astype(np.float64)
    if kind in STEPS:
        array = np.nan_to_num(array, posinf=2**15, neginf=-(2**15))
    if kind == TensorProto.FLOAT8E8M0:
        array = np.exp2(np.round(np.log2(np.abs(array) + 0.25)))
    if kind in STEPS and kind not in (TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.FLOAT8E8M0):
        import ml_dtypes

        most = float(ml_dtypes.finfo(dtype).max)
        array = np.clip(np.nan_to_num(array), -most, most)
    return array.astype(np.float32).astype(dtype) if kind != TensorProto.DOUBLE else array


def filled(value):
    """A value whose scalars are arrays too."""
    return np.asarray(value) if isinstance(value, np.generic) else value


def bits(kind):
    """The width of an element type."""
    name = TensorProto.DataType.Name(kind)
    packed = [width for width in (2, 4, 6) if name.startswith((f"INT{width}", f"UINT{width}", f"FLOAT{width}E"))]
    return packed[0] if packed and "64" not in name else 8 * helper.tensor_dtype_to_np_dtype(kind).itemsize


def stated_types(sample, results):
    """Results in the element types that a model states."""
    return [
        value if tensor is None or value is None else retyped(value, tensor.elem_type)
        for (_, tensor), value in zip((element(info.type) for info in sample.model.graph.output), results, strict=True)
    ]


def retyped(array, kind):
    """A result in another element type: rounded, or wrapped around."""
    if array is None or isinstance(array, list):
        return array if array is None else [retyped(item, kind) for item in array]
    return np.asarray(array).astype(helper.tensor_dtype_to_np_dtype(kind))


class Sample:
    """A model of one node, with its inputs."""

    def __init__(self, name, model, inputs):
        self.name, self.model, self.inputs = name, model, inputs
        # The inputs that are of the type parameter that was turned.
        self.bound = []
        (self.node,) = model.graph.node
        self.domain = self.node.domain
        version = next(item.version for item in model.opset_import if item.domain == self.domain)
        self.schema = defs.get_schema(self.node.op_type, version, self.domain)

    def parameter(self, index, formal):
        return formal[min(index, len(formal) - 1)]

    def words(self, names, formal):
        """The name of the type parameter of each value that is there, and its place."""
        return {name: self.parameter(i, formal).type_str for i, name in enumerate(names) if name}

    def allows(self, word, kind):
        """Whether a type parameter may be bound to an element type."""
        (types,) = (c.allowed_type_strs for c in self.schema.type_constraints if c.type_param_str == word)
        return any(split(text)[1] == kind for text in types)

    def turned(self, word, kind, form):
        """The sample with a type parameter bound to an element type; None when the sample's values are of another form.

        Also the form's element type before, if the parameter is bound.
        """
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        (node,) = model.graph.node
        ins, outs = self.words(node.input, self.schema.inputs), self.words(node.output, self.schema.outputs)
        tied = "" if states_type(node) else TIED.get((node.op_type, word), "")
        if node.op_type == "LinearAttention" and tied in ins.values():
            tied = ""
        if node.op_type == "DequantizeLinear" and word == "T2" and kind == TensorProto.FLOAT8E8M0 and tied:
            tied = ""
            node.attribute.append(helper.make_attribute("output_dtype", TensorProto.FLOAT))
        if node.op_type == "BitCast":
            ends = {"T1": self.model.graph.output, "T2": self.model.graph.input}[word]
            if bits(ends[0].type.tensor_type.elem_type) != bits(kind):
                return None
        if tied and not self.allows(tied, kind):
            return None
        integers = {"TfIdfVectorizer": "pool_int64s", "OneHotEncoder": "cats_int64s"}.get(node.op_type)
        if kind == TensorProto.STRING and any(attribute.name == integers for attribute in node.attribute):
            return None  # what it looks for are integers
        if node.op_type == "Imputer" and (kind in INTEGERS) != (self.inputs["x0"].dtype.kind == "i"):
            return None
        inputs, bound, is_bound = dict(self.inputs), [], False
        for info in model.graph.input:
            if ins.get(info.name) not in (word, tied or word):
                continue
            found, tensor = element(info.type)
            if tensor is None or ins[info.name] == word and found != form:
                return None
            tensor.elem_type = kind
            inputs[info.name] = safe(node, info.name, filled(turned(inputs[info.name], kind)), kind)
            bound.append(info.name)
            is_bound = is_bound or ins[info.name] == word
        for info in model.graph.output:
            if outs.get(info.name) in (word, tied or word):
                found, tensor = element(info.type)
                if tensor is None or found != form and is_bound is False:
                    return None
                tensor.elem_type = kind
        held = ELEMENT_ATTRIBUTES.get(node.op_type, {})
        if held:
            stated = {attribute.name: attribute for attribute in node.attribute}
            for name, owner in held.items():
                if owner == word and "keys_tensor" not in stated:
                    return None
                if owner == word and name in stated:
                    values = turned(numpy_helper.to_array(stated[name].t), kind)
                    stated[name].t.CopyFrom(numpy_helper.from_array(values, name))
                    is_bound = True
        if not is_bound and (word not in outs.values() or not state_type(node, self.schema, kind)):
            return None
        typed = Sample(self.name, model, inputs)
        typed.bound = bound
        return typed


def states_type(node):
    """Whether a node says the element type of its output."""
    return any(attribute.name in TYPE_ATTRIBUTES for attribute in node.attribute)


def safe(node, name, array, kind):
    """Without what operators don't define: a division by zero, a shift or power that is too large."""
    place = list(node.input).index(name)
    if not isinstance(array, np.ndarray):
        return array
    if kind in STEPS and place in ZERO_POINTS.get(node.op_type, []):
        return np.zeros(array.shape).astype(array.dtype)
    if "int" not in str(array.dtype):
        return array
    if node.op_type in ("Div", "Mod") and place == 1:
        return np.where(array == 0, 1, array).astype(array.dtype)
    if node.op_type in ("BitShift",) and place == 1:
        return (array.astype(np.int64) % 7).astype(array.dtype)
    if node.op_type == "Pow" and place == 0:
        return (np.abs(array.astype(np.int64)) % 3 + 1).astype(array.dtype)
    if node.op_type == "Pow":
        return (np.abs(array.astype(np.int64)) % 4).astype(array.dtype)
    return array


def state_type(node, schema, kind):
    """Makes a node say the element type of its output; whether it can."""
    for name in TYPE_ATTRIBUTES:
        if name in schema.attributes:
            rest = [item for item in node.attribute if item.name != name]
            del node.attribute[:]
            node.attribute.extend([*rest, helper.make_attribute(name, int(kind))])
            return True
    for attribute in node.attribute:
        if attribute.name == "value" and attribute.type == attribute.TENSOR:
            values = turned(numpy_helper.to_array(attribute.t), kind)
            attribute.t.CopyFrom(numpy_helper.from_array(values, attribute.t.name))
            return True
    return False


def evaluated(sample):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        results = ReferenceEvaluator(sample.model).run(None, sample.inputs)
    # An optional value is a list of one there.
    return [
        value[0] if element(info.type)[0] == "optional(" and isinstance(value, list) and value else value
        for info, value in zip(sample.model.graph.output, results, strict=True)
    ]


def evaluated_by_runtime(sample):
    """ONNX Runtime's outputs, at the newest version of the operator that it has: not all are those of the standard."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    model = onnx.ModelProto()
    model.CopyFrom(sample.model)
    model.ir_version = min(model.ir_version, 10)
    (entry,) = (item for item in model.opset_import if item.domain == sample.domain)
    error = None
    for version in HISTORY[sample.domain, sample.node.op_type]:
        entry.version = version
        try:
            session = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            return session.run(None, sample.inputs)
        except Exception as failure:
            error = failure
    raise error


def expected(sample, typed, word, kind, allowed):
    """The outputs, and by whom."""
    ways = [("reference", evaluated), ("runtime", evaluated_by_runtime)]
    wide = TensorProto.FLOAT if kind in STEPS else TensorProto.INT64 if kind in INTEGERS else kind
    wider = None
    if kind in INTEGERS and typed.node.op_type in MIXED_AS_INTEGERS:
        wide = TensorProto.FLOAT
    elif kind == TensorProto.UINT64:
        wide = kind
    if wide in allowed and (typed.bound or kind in STEPS) and typed.node.op_type not in IN_THE_TYPE:
        wider = sample.turned(word, wide, "")
    if wider is not None and wide != kind:
        for name in typed.bound:
            wider.inputs[name] = retyped(typed.inputs[name], wide)
        for by, evaluate in ways:
            try:
                return stated_types(typed, evaluate(wider)), by
            except Exception:  # not everything is there
                pass
    if typed.node.op_type in BY_PARTS and kind in PARTS:
        return by_parts(sample, typed, word, kind), "reference"
    for by, evaluate in ways:
        try:
            results = evaluate(typed)
            if has_stated_types(typed, results):
                return results, by
        except Exception:
            pass
    if kind == TensorProto.DOUBLE and TensorProto.FLOAT in allowed:
        for by, evaluate in ways:
            try:
                return stated_types(typed, evaluate(sample.turned(word, TensorProto.FLOAT, ""))), by
            except Exception:
                pass
    return None, "nobody"


def by_parts(sample, typed, word, kind):
    """What the reference evaluator computes of the real parts and of the imaginary ones."""
    results = []
    for part in (np.real, np.imag):
        single = sample.turned(word, PARTS[kind], "")
        single.inputs.update({name: np.ascontiguousarray(part(typed.inputs[name])) for name in typed.bound})
        results.append(evaluated(single))
    return stated_types(typed, [real + 1j * imaginary for real, imaginary in zip(*results)])


def has_stated_types(sample, results):
    """Whether results are of the element types that a model states."""
    for info, value in zip(sample.model.graph.output, results, strict=True):
        _, tensor = element(info.type)
        if tensor is None or value is None or isinstance(value, list) or tensor.elem_type == TensorProto.STRING:
            continue
        if np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type)) != np.asarray(value).dtype:
            return False
    return True


# Operators whose results depend on the type itself.
IN_THE_TYPE = {
    "BitCast", "BitShift", "BitwiseNot", "Cast", "CastLike", "Clip", "Constant", "ConstantOfShape",
    "DynamicQuantizeLinear", "QuantizeLinear",
}

# Operators of which the reference evaluator drops the imaginary parts, and the element types of the parts.
BY_PARTS = {"Resize"}
PARTS = {TensorProto.COMPLEX64: TensorProto.FLOAT, TensorProto.COMPLEX128: TensorProto.DOUBLE}

# Operators that mix integers; the reference evaluator rounds what it mixes them by.
MIXED_AS_INTEGERS = {"GridSample", "LinearClassifier", "LinearRegressor", "SVMClassifier", "SVMRegressor"}


def write(sample, outputs, folder, tolerance):
    data = folder / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    graph = sample.model.graph
    (folder / "model.onnx").write_bytes(sample.model.SerializeToString())
    for index, info in enumerate(graph.input):
        message = value_proto(sample.inputs[info.name], info)
        (data / f"input_{index}.pb").write_bytes(message.SerializeToString())
    for index, (info, value) in enumerate(zip(graph.output, outputs or [])):
        if not isinstance(value, list) and value is not None and not isinstance(value, dict):
            value = np.asarray(value)
            if value.dtype == object:
                # The evaluator fills up with the number 0.
                words = [item if isinstance(item, (str, bytes)) else "" for item in value.flat]
                value = np.array(words, object).reshape(value.shape)
        (data / f"output_{index}.pb").write_bytes(value_proto(value, info).SerializeToString())
    (folder / "data.json").write_text(json.dumps({"rtol": tolerance, "atol": max(tolerance / 1000, 1e-6)}))


def read(folder):
    """A node test as a sample; None when it isn't a node by itself at the newest version of its operator."""
    model = onnx.load(folder / "model.onnx")
    if len(model.graph.node) != 1 or model.functions or model.graph.initializer:
        return None
    node = model.graph.node[0]
    version = next(item.version for item in model.opset_import if item.domain == node.domain)
    newest = defs.get_schema(node.op_type, node.domain)
    if defs.get_schema(node.op_type, version, node.domain).since_version != newest.since_version:
        return None
    if newest.deprecated or node.op_type in WITH_BODIES or any(not kept(folder, i) for i in range(len(node.input))):
        return None
    inputs = {}
    for index, info in enumerate(model.graph.input):
        value = load(folder / "test_data_set_0" / f"input_{index}.pb", info)
        if node.op_type in ("Cast", "CastLike") and value.dtype.kind not in "OUS":
            # What an integer type holds, whatever its width.
            value = np.abs(np.nan_to_num(value.astype(np.float32), posinf=1, neginf=1)) % 2
            value = np.where(value == 0, np.float32(1), value)
            value = value.astype(helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type))
        inputs[info.name] = value
    return Sample(folder.name, model, inputs)


def kept(folder, index):
    path = folder / "test_data_set_0" / f"input_{index}.pb"
    return not path.exists() or path.stat().st_size < 20_000


def load(path, info):
    data = path.read_bytes()
    kind = info.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.to_list(onnx.SequenceProto.FromString(data))
    if kind == "optional_type":
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(data))
    if kind == "map_type":
        return numpy_helper.to_dict(onnx.MapProto.FromString(data))
    return numpy_helper.to_array(TensorProto.FromString(data))


def wave(*shape):
    """Numbers without a pattern, in eighths from -11/8 to 11/8."""
    return (((np.arange(np.prod(shape)) * 37 + 11) % 23 - 11) / 8).astype(np.float32).reshape(shape)


def made(name, inputs, outputs, domain="", **attributes):
    """A sample of an operator that no node test is of: the inputs' values, and forms of the outputs."""
    node = helper.make_node(
        name, [f"x{index}" for index in range(len(inputs))], [f"y{index}" for index in range(len(outputs))],
        domain=domain, **attributes,
    )

    def info(label, value):
        form, kind = ("seq(", value[0].dtype) if isinstance(value, list) else ("", value.dtype)
        return typed_info(label, form, helper.np_dtype_to_tensor_dtype(kind))

    values = {f"x{index}": value for index, value in enumerate(inputs)}
    graph = helper.make_graph(
        [node], name, [info(label, value) for label, value in values.items()],
        [typed_info(f"y{index}", *output) for index, output in enumerate(outputs)],
    )
    imports = [helper.make_opsetid("", defs.onnx_opset_version())]
    if domain:
        newest = max(schema.since_version for schema in defs.get_all_schemas() if schema.domain == domain)
        imports.append(helper.make_opsetid(domain, newest))
    return Sample(name, helper.make_model(graph, opset_imports=imports), values)


def typed_info(label, form, kind):
    kinds = {
        "": lambda: helper.make_tensor_type_proto(kind, None),
        "seq(": lambda: helper.make_sequence_type_proto(helper.make_tensor_type_proto(kind, None)),
        "optional(": lambda: helper.make_optional_type_proto(helper.make_tensor_type_proto(kind, None)),
    }
    return helper.make_value_info(label, kinds[form]())


def made_samples():
    """Samples of the operators that no node test is of."""
    some, number, place = [wave(2, 3), wave(3), wave(1, 2)], TensorProto.FLOAT, np.array(1, np.int64)
    learned = {"domain": "ai.onnx.ml"}
    matrix, labels = wave(3, 4), {"classlabels_ints": [7, 5]}
    return [
        made("SequenceAt", [some, place], [("", number)]),
        made("SequenceConstruct", [wave(2, 3), wave(3)], [("seq(", number)]),
        made("SequenceErase", [some, place], [("seq(", number)]),
        made("SequenceLength", [some], [("", TensorProto.INT64)]),
        made("SequenceEmpty", [], [("seq(", number)], dtype=number),
        made("ConcatFromSequence", [[wave(2, 3), wave(1, 3)]], [("", number)], axis=0),
        made("ConcatFromSequence", [[wave(2, 3), wave(2, 3)]], [("", number)], axis=0, new_axis=1),
        made("Optional", [wave(2, 3)], [("optional(", number)]),
        made("GlobalLpPool", [wave(1, 2, 3, 3)], [("", number)]),
        made(
            "MaxRoiPool", [wave(1, 2, 4, 4), np.array([[0, 0, 0, 3, 3]], np.float32)], [("", number)],
            pooled_shape=[2, 2]),
        made("RandomNormal", [], [("", number)], shape=[40], seed=1.0),
        made("RandomUniform", [], [("", number)], shape=[40], seed=1.0),
        made("RandomNormalLike", [wave(40)], [("", number)], seed=1.0),
        made("RandomNormalLike", [wave(40)], [("", number)], seed=1.0, dtype=number),
        made("RandomUniformLike", [wave(40)], [("", number)], seed=1.0),
        made("RandomUniformLike", [wave(40)], [("", number)], seed=1.0, dtype=number),
        made("Multinomial", [wave(2, 3)], [("", TensorProto.INT32)], sample_size=40, seed=1.0),
        made("FeatureVectorizer", [matrix, wave(3, 2)], [("", number)], **learned, inputdimensions=[4, 2]),
        made(
            "Imputer", [matrix], [("", number)], **learned, imputed_value_floats=[3.0], replaced_value_float=0.0),
        made(
            "Imputer", [np.array([[1, 2], [0, 3]], np.int64)], [("", TensorProto.INT64)], **learned,
            imputed_value_int64s=[7], replaced_value_int64=0),
        made("Normalizer", [matrix], [("", number)], **learned, norm="L2"),
        made("OneHotEncoder", [np.array([1, 2, 0], np.int64)], [("", number)], **learned, cats_int64s=[2, 1, 0]),
        made("Scaler", [matrix], [("", number)], **learned, offset=[0.5], scale=[2.0]),
        made(
            "LinearRegressor", [matrix], [("", number)], **learned, coefficients=[1.0, -2.0, 3.0, 4.0],
            intercepts=[0.5]),
        made(
            "LinearClassifier", [matrix], [("", TensorProto.INT64), ("", number)], **learned, **labels,
            coefficients=[1.0, 2.0, 3.0, 4.0, 4.0, 3.0, 2.0, 1.0], intercepts=[0.5, 0.25]),
        made(
            "SVMRegressor", [matrix], [("", number)], **learned, n_supports=2,
            support_vectors=[1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 0.0, 1.0], coefficients=[0.5, -1.0], rho=[0.25], kernel_type="RBF", kernel_params=[0.1, 0.0, 3.0]),
        made(
            "SVMClassifier", [matrix], [("", TensorProto.INT64), ("", number)], **learned, **labels,
            support_vectors=[1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 0.0, 1.0], vectors_per_class=[1, 1],
            coefficients=[0.5, -1.0], rho=[0.25], kernel_type="RBF", kernel_params=[0.1, 0.0, 3.0]),
    ]


def samples():
    """Samples of each operator that differ in what they state."""
    found = collections.defaultdict(dict)
    for sample in made_samples():
        found[sample.domain, sample.node.op_type][len(found[sample.domain, sample.node.op_type])] = sample
    for folder in sorted(node_tests().iterdir()):
        if not (folder / "model.onnx").exists():
            continue
        sample = read(folder)
        if sample is None:
            continue
        node = sample.node
        signature = (
            tuple(bool(name) for name in node.input), len(node.output),
            tuple(sorted(a.name for a in node.attribute if a.name not in TYPE_ATTRIBUTES)),
            tuple(element(info.type)[0] for info in sample.model.graph.input),
        )
        found[node.domain, node.op_type].setdefault(signature, sample)
    return {key: list(group.values())[:SAMPLES_EACH] for key, group in found.items()}


def make(folder, wanted=""):
    """Writes all tests; what is expected of each, by name."""
    origins = {}
    for (domain, name), group in sorted(samples().items()):
        if wanted not in name:
            continue
        schema = defs.get_schema(name, domain)
        for constraint in schema.type_constraints:
            word = constraint.type_param_str
            kinds = [split(text) for text in sorted(constraint.allowed_type_strs)]
            for form, kind in kinds:
                if kind is None:
                    continue
                for index, sample in enumerate(group):
                    typed = sample.turned(word, kind, form)
                    if typed is None:
                        continue
                    outputs, by = expected(sample, typed, word, kind, {k for f, k in kinds if f == form})
                    text = f"{name}/{word}-{TensorProto.DataType.Name(kind)}{form.replace('(', '-')}-{index}"
                    if outputs is None:
                        origins[text] = by
                        continue
                    write(typed, outputs, folder / text, STEPS.get(kind, 1e-3))
                    origins[text] = by
    return origins


def check(hinge, report, folder, wanted=""):
    origins = make(folder, wanted)
    done = subprocess.run([hinge, "test", folder, "--json"], capture_output=True, text=True, errors="replace")
    if done.returncode not in (0, 1):
        report.fail("types", f"hinge test ended with status {done.returncode}: {done.stderr.strip()[-500:]}")
        return
    for test in json.loads(done.stdout)["tests"]:
        by, message = origins[test["name"]], test.get("message", "")
        refusal = REFUSED.get(test["name"].rpartition("-")[0], message)
        if test["isPassed"] or test["name"].rpartition("-")[0] in REFUSED and refusal in message:
            report.ok(f"types: {test['name']}", by)
        else:
            report.fail(f"types: {test['name']} ({by})", message)
    for name, by in origins.items():
        if by == "nobody":
            report.note(f"{name}: nothing to compare with")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path)
    parser.add_argument("--filter", default="")
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    report = Report(True)
    with tempfile.TemporaryDirectory() as temporary:
        check(arguments.hinge.resolve(), report, arguments.keep or pathlib.Path(temporary), arguments.filter)
    print(report.summary())
    sys.exit(1 if report.failed else 0)
