"""Makes the files of this folder with h5py, and records what h5py and NumPy read from them.

    python make.py          # needs h5py 3.14, numpy 2, ml_dtypes

types.h5      every element type, byte order, shape and storage that Hinge reads
types.npz     the same datasets as NumPy reads them, '/' as '|' in the names
keras.json    the datasets (type, shape, CRC-32 of the little-endian bytes) and attributes of ../keras/*.h5
*.h5          files that must be refused; the name says why
"""

import glob
import json
import os
import zlib

import h5py
import ml_dtypes
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(HERE)


def create(name, **options):
    return h5py.File(name, "w", **options)


def types():
    numbers = {
        "float16": np.array([[0.5, -2.0, 65504.0], [6e-8, np.inf, -0.0]], np.float16),
        "float32": np.array([1.5, -2.25, 3e38, 1e-45], np.float32),
        "float64": np.array([[[1 / 3, -1e308]]], np.float64),
        "int8": np.array([-128, 127], np.int8),
        "int16": np.array([-32768, 32767], np.int16),
        "int32": np.array([-(2**31), 2**31 - 1], np.int32),
        "int64": np.array([-(2**63), 2**63 - 1], np.int64),
        "uint8": np.array([0, 255], np.uint8),
        "uint16": np.array([0, 65535], np.uint16),
        "uint32": np.array([0, 2**32 - 1], np.uint32),
        "uint64": np.array([0, 2**64 - 1], np.uint64),
        "complex64": np.array([1 + 2j, -3.5j], np.complex64),
        "complex128": np.array([1 / 3 + 2j, -3.5j], np.complex128),
    }
    bools = np.array([True, False, True])
    recorded = {}
    with create("types.h5") as file:

        def add(name, values, stored=None, **options):
            file.create_dataset(name, data=values if stored is None else stored, **options)
            recorded[name] = values

        for name, values in numbers.items():
            add(f"little/{name}", values)
            add(f"big/{name}", values, values.astype(values.dtype.newbyteorder(">")))
        add("little/bool", bools)
        add("little/bfloat16", np.array([1.5, -2.0], ml_dtypes.bfloat16).view("V2"))

        add("shape/scalar", np.float32(7.25))
        add("shape/empty", np.zeros((0, 3), np.float32))
        add("shape/rank8", np.arange(256, dtype=np.int16).reshape((2,) * 8))

        ramp = np.arange(1000, dtype=np.float32).reshape(20, 50) / 8
        big_ramp = ramp.astype(">f4")
        add("storage/chunked", ramp, chunks=(7, 11))
        add("storage/gzip", ramp, chunks=(7, 11), compression="gzip")
        add("storage/shuffle", ramp, chunks=(7, 11), compression="gzip", shuffle=True)
        add("storage/fletcher32", ramp, chunks=(7, 11), fletcher32=True)
        add("storage/big", ramp, big_ramp, chunks=(20, 50), compression="gzip", shuffle=True)
        add("storage/bool", np.tile(bools, 20), chunks=(8,), compression="gzip")
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        small = ramp[0].copy()
        h5py.h5d.create(
            file["storage"].id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((50,)), compact
        ).write(h5py.h5s.ALL, h5py.h5s.ALL, small)
        recorded["storage/compact"] = small
        file.create_dataset("storage/fill", shape=(5,), dtype="f4", fillvalue=2.5)
        recorded["storage/fill"] = np.full(5, 2.5, np.float32)
        file.create_dataset("storage/chunked_fill", shape=(5, 5), dtype="i4", chunks=(2, 2), fillvalue=-3)
        recorded["storage/chunked_fill"] = np.full((5, 5), -3, np.int32)

        words = np.array([["", "digits"], ["größer", "終"]])
        add("string/variable", words, words.astype(object), dtype=h5py.string_dtype())
        add("string/chunked", words, words.astype(object), dtype=h5py.string_dtype(), chunks=(1, 2),
            compression="gzip")
        plain = np.array([["", "digits"], ["ab", "c"]])
        add("string/ascii", plain, plain.astype(object), dtype=h5py.string_dtype("ascii"))
        add("string/fixed", plain, plain.astype("S8"))
        add("string/scalar", np.array("one"), "one")
        spaces = h5py.h5t.C_S1.copy()
        spaces.set_size(8)
        spaces.set_strpad(h5py.h5t.STR_SPACEPAD)
        h5py.h5d.create(
            file["string"].id, b"spaces", spaces, h5py.h5s.create_simple((2,))
        ).write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"ab      ", b"c d     "], "S8"), mtype=spaces)
        recorded["string/spaces"] = np.array(["ab", "c d"])

        narrow = file.create_group("narrow")
        for name in ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"]:
            values = np.array([1.5, -2.0, 0.25], getattr(ml_dtypes, name))
            narrow.create_dataset(name, data=values.view("V1")).attrs["dtype"] = name
        for name in ["int4", "uint4"]:
            values = np.array([1, 7, 3], getattr(ml_dtypes, name))
            narrow.create_dataset(name, data=values.view("V1")).attrs["dtype"] = name

        other = file.create_group("other")
        other.create_dataset("record", data=np.zeros(2, [("a", "f4"), ("b", "i4")]))
        other.create_dataset("opaque", data=np.zeros(2, "V3"))
        other["named type"] = np.dtype("f4")
        other.create_dataset("reference", data=file.ref, dtype=h5py.ref_dtype)

        attributes = file.create_group("attributes").attrs
        attributes["text"] = "größer"
        attributes["ascii"] = np.bytes_("fixed")
        attributes["one"] = np.array([b"only"])
        attributes["names"] = ["a", "bcd", ""]
        attributes["fixed names"] = np.array([b"a", b"bcd"])
        attributes["no names"] = []
        attributes["long"] = "x" * 200_000
        attributes["int"] = np.int64(-5)
        attributes["big"] = np.array([1, 256], ">i4")
        attributes["floats"] = np.array([[0.5, 1.5]], np.float32)
        attributes["bool"] = np.bool_(True)
        attributes["null"] = h5py.Empty("f4")
        attributes["record"] = np.zeros(1, [("a", "f4")])
    np.savez("types.npz", **{name.replace("/", "|"): values for name, values in recorded.items()})


def refused():
    with create("virtual.h5", libver=("earliest", "v110")) as file:
        layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
        layout[:] = h5py.VirtualSource("/etc/hostname", "data", shape=(4,))
        file.create_virtual_dataset("data", layout)
    with create("lzf.h5") as file:
        file.create_dataset("data", data=np.zeros(1000, np.float32), compression="lzf")
    with create("scaleoffset.h5") as file:
        file.create_dataset("data", data=np.arange(100), chunks=(100,), scaleoffset=0)
    with create("deflate_bomb.h5") as file:
        # Deflated twice, 128 MiB of zeros take under a kilobyte.
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((1 << 27,))
        for _ in range(2):
            properties.set_filter(h5py.h5z.FILTER_DEFLATE, 0, (9,))
        space = h5py.h5s.create_simple((1 << 27,))
        data = h5py.h5d.create(file.id, b"data", h5py.h5t.STD_I8LE, space, properties)
        data.write(h5py.h5s.ALL, h5py.h5s.ALL, np.zeros(1 << 27, np.int8))
    with create("deep.h5") as file:
        file.create_group("/".join("g" * 70))
    with create("huge_chunk.h5") as file:
        file.create_dataset("data", shape=(1,), maxshape=(None,), dtype="i1", chunks=(1 << 30,))
        file["data"].id.write_direct_chunk((0,), b"\0")
    with create("huge_shape.h5") as file:
        file.create_dataset("data", shape=(1 << 40, 1 << 40), dtype="f8", chunks=(1, 1))
    with create("soft.h5") as file:
        file["link"] = h5py.SoftLink("/elsewhere")
    with create("external.h5") as file:
        file["link"] = h5py.ExternalLink("/etc/hostname", "/")


def keras():
    files = {}
    for path in sorted(glob.glob("../keras/*.h5")):
        datasets, attributes = {}, {}

        def visit(name, item):
            for key, value in item.attrs.items():
                value = [v.decode() if isinstance(v, bytes) else v for v in np.ravel(value).tolist()]
                text = [v for v in value if isinstance(v, str)]
                if any(len(v) > 200 for v in text):
                    value = [zlib.crc32(v.encode()) for v in text]
                attributes[f"{name}@{key}"] = value
            if isinstance(item, h5py.Dataset):
                kind = "bfloat16" if item.dtype == "V2" else item.dtype.name
                datasets[name] = [kind, list(item.shape), zlib.crc32(item[()].tobytes())]

        with h5py.File(path) as file:
            visit("", file)
            file.visititems(visit)
        files[os.path.basename(path)] = {"datasets": datasets, "attributes": attributes}
    with open("keras.json", "w") as output:
        json.dump(files, output, separators=(",", ":"), sort_keys=True)
        output.write("\n")


types()
refused()
keras()
