"""Image files as inputs: Hinge gives a network the numbers that Pillow, NumPy and torchvision's rules give it.

The network passes its input on. Each case is a file that Pillow writes, what `--image` says of it, and the same said in Python. Pixels
of another size are the very ones of Pillow. Those of lossy files may be off by one level of 255, since Pillow brings libraries of its
own to decode them.
"""

import io

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image, ImageOps

from report import run

LEVEL = 1 / 255
ROUNDING = 1e-6


def picture(height, width, seed):
    """Something between noise and a photograph."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 8, 3), np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    noise = random.integers(-20, 21, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(coarse) + noise, 0, 255).astype(np.uint8))


def encoded(image, kind, orientation=1, **options):
    file = io.BytesIO()
    if kind == "TIFF":
        options["tiffinfo"] = {0x112: orientation}
    elif orientation != 1:
        exif = Image.Exif()
        exif[0x112] = orientation
        options["exif"] = exif
    image.save(file, kind, **options)
    return file.getvalue()


def passing(path, dims, element=TensorProto.FLOAT):
    """A model that gives its input back."""
    x, y = (helper.make_tensor_value_info(name, element, dims) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def seen(hinge, folder, data, words, dims, element=TensorProto.FLOAT):
    """The input that Hinge makes of a file."""
    (folder / "image").write_bytes(data)
    passing(folder / "model.onnx", dims, element)
    run(
        hinge, "run", folder / "model.onnx", "--input", folder / "image", "--output-dir", folder, "--quiet",
        *(["--image", words] if words else []))
    return np.load(folder / "y.npy")


def near(found, expected, tolerance):
    if found.shape != expected.shape or found.dtype != expected.dtype:
        raise ValueError(f"expected {expected.dtype}{expected.shape}, found {found.dtype}{found.shape}")
    error = np.abs(found.astype(np.float64) - expected).max()
    if not error <= tolerance:
        raise ValueError(f"the error {error:.2e} is above {tolerance:.1e}")
    return f"error {error:.1e}"


def fractions(image):
    """`[1, C, H, W]` from 0 to 1."""
    array = np.asarray(image)
    array = array[..., None] if array.ndim == 2 else array
    return (array.astype(np.float64) / 255).transpose(2, 0, 1)[None].astype(np.float32)


def check_sizes(hinge, report, folder):
    for name in ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"):
        for source, target in (((240, 320), (96, 64)), ((61, 47), (200, 33)), ((33, 200), (33, 50)), ((5, 5), (64, 64))):
            def resize():
                image = picture(*source, 1)
                found = seen(hinge, folder, encoded(image, "PNG"), f"interpolation={name}", [1, 3, *target])
                resized = image.resize(target[::-1], getattr(Image.Resampling, name.upper()))
                return near(found, fractions(resized), ROUNDING)

            report.check(f"images: {source} -> {target}, {name}", resize)


def check_photographs(hinge, report, folder):
    """The preparation that networks of ImageNet are trained with, of files as cameras write them."""
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    words = "size=256 crop=224 mean=0.485,0.456,0.406 std=0.229,0.224,0.225"

    def expected(image):
        size = tuple(int(side * 256 / min(image.size)) for side in image.size)
        image = image.resize(size, Image.Resampling.BILINEAR)
        left, top = (int(round((side - 224) / 2.0)) for side in size)
        array = np.asarray(image.crop((left, top, left + 224, top + 224)), np.float64) / 255
        return ((array - mean) / deviation).transpose(2, 0, 1)[None].astype(np.float32)

    for kind, options in (("JPEG", {"quality": 90}), ("WEBP", {"quality": 90}), ("PNG", {}), ("TIFF", {})):
        for size in ((480, 641), (300, 257)):
            def prepare():
                data = encoded(picture(*size, 2), kind, **options)
                image = Image.open(io.BytesIO(data)).convert("RGB")
                found = seen(hinge, folder, data, words, [1, 3, 224, 224])
                return near(found, expected(image), LEVEL / deviation.min() + ROUNDING if options else ROUNDING)

            report.check(f"images: {kind} of {size} as ImageNet's", prepare)


def check_orientations(hinge, report, folder):
    for kind, options in (("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        for orientation in range(1, 9):
            def turn():
                data = encoded(picture(17, 29, 3), kind, orientation, **options)
                image = Image.open(io.BytesIO(data))
                upright = fractions(ImageOps.exif_transpose(image).convert("RGB"))
                found = seen(hinge, folder, data, "", [1, 3, "h", "w"])
                note = near(found, upright, ROUNDING)
                ignored = seen(hinge, folder, data, "orientation=ignored", [1, 3, "h", "w"])
                near(ignored, fractions(Image.open(io.BytesIO(data)).convert("RGB")), ROUNDING)
                return note

            report.check(f"images: {kind} with orientation {orientation}", turn)


def check_layouts(hinge, report, folder):
    image = picture(20, 30, 4)
    data, rgb = encoded(image, "PPM"), fractions(image)
    cases = {
        "channels last": ("", [1, "h", "w", 3], TensorProto.FLOAT, rgb.transpose(0, 2, 3, 1)),
        "without images": ("", [3, "h", "w"], TensorProto.FLOAT, rgb[0]),
        "bgr": ("channels=bgr", [1, 3, "h", "w"], TensorProto.FLOAT, rgb[:, ::-1]),
        "gray": ("", ["n", 1, "h", "w"], TensorProto.FLOAT, fractions(image.convert("L"))),
        "bytes": ("", [1, "h", "w", 3], TensorProto.UINT8, np.asarray(image)[None]),
        "half": ("scale=2/255 mean=1", [1, 3, "h", "w"], TensorProto.FLOAT16,
                 (np.asarray(image, np.float64).transpose(2, 0, 1)[None] / 127.5 - 1).astype(np.float16)),
        "the file itself": ("", ["bytes"], TensorProto.UINT8, np.frombuffer(data, np.uint8)),
    }
    for name, (words, dims, element, expected) in cases.items():
        report.check(
            f"images: {name}", lambda: near(seen(hinge, folder, data, words, dims, element), expected, ROUNDING))


def check(hinge, report, folder):
    check_sizes(hinge, report, folder)
    check_photographs(hinge, report, folder)
    check_orientations(hinge, report, folder)
    check_layouts(hinge, report, folder)
