"""Makes the files of this folder with Python's zipfile.

    python make.py

good.zip has one member stored and one deflated; the others must be refused, wholly or in the member
that their name tells.
"""

import os
import struct
import warnings
import zipfile

os.chdir(os.path.dirname(os.path.abspath(__file__)))
warnings.simplefilter("ignore")
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
DATE = (1980, 1, 1, 0, 0, 0)


def write(name, members, force_zip64=False):
    with zipfile.ZipFile(name, "w") as file:
        for member, content, method in members:
            info = zipfile.ZipInfo(member, DATE)
            info.compress_type = method
            with file.open(info, "w", force_zip64=force_zip64) as output:
                output.write(content)


def patch(name, source, change):
    with open(source, "rb") as file:
        data = bytearray(file.read())
    change(data)
    with open(name, "wb") as file:
        file.write(data)


text = b"".join(b"line %d\n" % n for n in range(500))
write("good.zip", [("folder/stored.txt", text, STORED), ("größe.txt", text, DEFLATED), ("empty", b"", STORED)])
write("zip64.zip", [("stored.txt", text, STORED), ("deflated.txt", text, DEFLATED)], force_zip64=True)
write("duplicate.zip", [("a.txt", b"one", STORED), ("a.txt", b"two", STORED)])
write("bomb.zip", [("zeros", bytes(32 << 20), DEFLATED)])
write("bzip2.zip", [("a.txt", text, zipfile.ZIP_BZIP2)])


def central(data):
    return data.index(b"PK\1\2")


def encrypted(data):
    data[6] |= 1
    data[central(data) + 8] |= 1


def wrong_sum(data):
    for at in (14, central(data) + 16):
        data[at] ^= 1


def mismatch(data):
    struct.pack_into("<I", data, central(data) + 24, 7)


def longer(data):
    for at in (18, 22, central(data) + 20, central(data) + 24):
        struct.pack_into("<I", data, at, 1 << 20)


def elsewhere(data):
    struct.pack_into("<I", data, central(data) + 42, 1 << 20)


write("one.zip", [("a.txt", text, STORED)])
patch("encrypted.zip", "one.zip", encrypted)
patch("wrong_sum.zip", "one.zip", wrong_sum)
patch("mismatch.zip", "one.zip", mismatch)
patch("longer.zip", "one.zip", longer)
patch("elsewhere.zip", "one.zip", elsewhere)
os.remove("one.zip")
