"""Weights that lie about their size, type or place."""

from onnx import TensorProto, helper

from build import case, f32, i64, simple, tensor


def weight(**changes):
    """The simple model, its weight changed field by field."""
    made = simple()
    target = made.graph.initializer[0]
    for name, content in changes.items():
        target.ClearField(name)
        if content is None:
            continue
        if isinstance(content, list):
            getattr(target, name).extend(content)
        else:
            setattr(target, name, content)
    return made


def external(**entries):
    made = weight(raw_data=None, data_location=TensorProto.EXTERNAL)
    for key, content in entries.items():
        made.graph.initializer[0].external_data.add(key=key, value=str(content))
    return made


@case("raw data shorter than the dimensions say")
def raw_data_short():
    return weight(raw_data=bytes(7))


@case("raw data longer than the dimensions say")
def raw_data_long():
    return weight(raw_data=bytes(12))


@case("a negative dimension")
def negative_dimension():
    return weight(dims=[-2])


@case("dimensions whose product overflows 64 bits to 0")
def dimension_overflow():
    return weight(dims=[2**32, 2**32], raw_data=b"")


@case("2^40 elements announced, none there")
def dimension_bomb():
    return weight(dims=[2**40], raw_data=None)


@case("fewer numbers than the dimensions say")
def typed_data_short():
    return weight(raw_data=None, float_data=[1.0])


@case("the same weight twice, raw and as numbers")
def two_storages():
    return weight(float_data=[1.0, 2.0])


@case("no element type")
def undefined_data_type():
    return weight(data_type=0)


@case("an element type that does not exist")
def unknown_data_type():
    return weight(data_type=999)


@case("strings as raw data")
def raw_strings():
    return weight(data_type=TensorProto.STRING)


@case("numbers in the storage of another element type")
def wrong_storage():
    return weight(raw_data=None, int64_data=[1, 2])


@case("external data above the model's folder")
def external_parent():
    return external(location="../../README.md")


@case("external data at an absolute path")
def external_absolute():
    return external(location="/etc/passwd")


@case("external data in the folder itself")
def external_folder():
    return external(location=".")


@case("external data without a location")
def external_without_location():
    return external(offset=0, length=8)


@case("external data that is not there")
def external_missing():
    return external(location="no-such-file.data")


@case("external data that begins past the end of its file")
def external_past_end():
    return external(location="manifest.json", offset=10**9)


@case("external data whose offset and length overflow together")
def external_overflow():
    return external(location="manifest.json", offset=2**63 - 4, length=8)


@case("external data at a negative offset")
def external_negative():
    return external(location="manifest.json", offset=-8, length=8)


@case("external data at an offset that is no number")
def external_not_a_number():
    return external(location="manifest.json", offset="eight")


@case("external data of another length than the dimensions say")
def external_length():
    return external(location="manifest.json", offset=0, length=4)


@case("a sparse weight with an index outside")
def sparse_index():
    made = simple()
    del made.graph.initializer[:]
    sparse = helper.make_sparse_tensor(tensor("weight", f32(1)), tensor("", i64(7)), [2])
    made.graph.sparse_initializer.append(sparse)
    return made
