"""Makes the files of this folder with NumPy.

    python make.py          # needs numpy 2

NAME.npy is what numpy.save writes; its elements, as JSON, stand in expected.json.
"""

import json
import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
expected = {}


def save(name, values, version=None):
    with open(f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, values, version)
    parts = values
    if values.dtype.kind == "c":
        parts = np.stack([values.real, values.imag], -1)
    if values.dtype.kind == "S":
        parts = values.astype("U")
    expected[name] = {"shape": list(values.shape), "elements": np.ravel(parts).tolist()}


for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 c8 c16".split():
    values = (np.arange(6).reshape(2, 3) * 37 % 101).astype(kind)
    if kind[0] == "c":
        values = values * (1 - 2j)
    save(f"little_{kind}", values.astype("<" + kind))
    save(f"big_{kind}", values.astype(">" + kind))
ramp = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
save("bool", np.array([True, False, True]))
save("fortran", np.asfortranarray(ramp))
save("fortran_big", np.asfortranarray(ramp.astype(">f4")))
save("scalar", np.array(2.5))
save("empty", np.zeros((3, 0, 2), np.int32))
save("vector", np.arange(5))
save("version2", ramp, (2, 0))
save("version3", ramp, (3, 0))
save("unicode", np.array([["", "digits"], ["größer", "終😀"]]))
save("unicode_big", np.array(["a", "größer"]).astype(">U8"))
save("bytes", np.array([b"", b"ab", b"cde"]))
save("many", np.zeros((1,) * 32, np.int8))
with open("expected.json", "w") as output:
    json.dump(expected, output, separators=(",", ":"), sort_keys=True)
    output.write("\n")

# These must be refused.
np.save("objects.npy", np.array([{}], object), allow_pickle=True)
np.save("record.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.save("date.npy", np.array(["2020-01-01"], "M8[D]"))
np.save("long_double.npy", np.zeros(2, np.longdouble))
