"""Operators of vision: both of Hinge's engines compute what ONNX Runtime and PyTorch do, over random shapes and attributes.

    vision.py HINGE [--seed N] [--count N] [--only TEXT] [--keep FOLDER]

Each function of OPERATORS makes a random case: a node with its inputs, and what it should give: by ONNX Runtime, by PyTorch
where that is installed, or, where neither has it, by the reference evaluator of onnx. A model holds some cases side by side. Run by itself, the script
makes COUNT models of each operator from SEED on. `check` makes a few, converts them to other versions, which must give
the same, and runs what is special: NaN, nothing at all, what must be refused, and a spatial transformer network.
"""

import argparse
import dataclasses
import pathlib
import sys
import tempfile
import typing

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from report import Report, run

try:
    import torch
except ImportError:
    torch = None
try:
    from torchvision import ops as torchvision_ops
except (ImportError, RuntimeError):  # not installed, or built for another PyTorch
    torchvision_ops = None

MODELS = 3
CASES_PER_MODEL = 8

# Relative to the greater of a number's size and 1: what rounding once, or a few times, in each type leaves.
TOLERANCE = {np.float16: 2e-3, np.float32: 2e-5, np.float64: 1e-12}


@dataclasses.dataclass
class Case:
    """A node, its inputs (`None` for an absent one), and functions that give its output besides ONNX Runtime."""

    operator: str
    attributes: dict
    inputs: list
    # Whether ONNX Runtime has it for these types and shapes.
    runtime: bool = True
    expected: typing.Callable | None = None
    # Inputs that the model holds as constants.
    constant: tuple = ()


def in_torch(function, module=torch):
    """A function of tensors as one of arrays, if PyTorch, or a module that the function needs, is there."""
    if module is None:
        return None
    return lambda *arrays: function(*(torch.from_numpy(np.array(a)) for a in arrays)).numpy()


def evaluated(case, opset):
    """The output that the reference evaluator gives."""
    (output,) = ReferenceEvaluator(model_of([case], opset)).run(None, feeds([case]))
    return output


def model_of(cases, opset, ranks=None):
    """The model of some cases, whose outputs have `ranks` dimensions."""
    nodes, inputs, constants, outputs = [], [], [], []
    for index, case in enumerate(cases):
        names = ["" if value is None else f"i{index}_{position}" for position, value in enumerate(case.inputs)]
        while not names[-1]:
            names.pop()
        nodes.append(helper.make_node(case.operator, names, [f"o{index}"], name=f"n{index}", **case.attributes))
        outputs.append(helper.make_empty_tensor_value_info(f"o{index}"))
        for position, (name, value) in enumerate(zip(names, case.inputs)):
            if position in case.constant:
                constants.append(numpy_helper.from_array(value, name))
            elif value is not None:
                kind = helper.np_dtype_to_tensor_dtype(value.dtype)
                inputs.append(helper.make_tensor_value_info(name, kind, value.shape))
    graph = helper.make_graph(nodes, "vision", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if ranks is not None:
        typed = onnx.shape_inference.infer_shapes(model).graph.output
        del model.graph.output[:]
        for info, rank in zip(typed, ranks):
            kind = info.type.tensor_type.elem_type
            model.graph.output.append(helper.make_tensor_value_info(info.name, kind, [None] * rank))
    return model


def feeds(cases):
    return {
        f"i{index}_{position}": value
        for index, case in enumerate(cases)
        for position, value in enumerate(case.inputs)
        if value is not None and position not in case.constant
    }


def agree(found, expected, name):
    """Raises unless two arrays agree."""
    expected = np.asarray(expected)
    if found.shape != expected.shape or found.dtype != expected.dtype:
        raise ValueError(
            f"{name}: expected {expected.dtype}{list(expected.shape)}, found {found.dtype}{list(found.shape)}")
    if expected.dtype.kind not in "fc":
        if not np.array_equal(found, expected):
            raise ValueError(f"{name}: expected {expected.ravel()[:8]}, found {found.ravel()[:8]}")
        return
    tolerance = TOLERANCE[expected.dtype.type]
    if not np.allclose(found, expected, tolerance, tolerance, equal_nan=True):
        worst = np.nanmax(np.abs(found.astype(np.float64) - expected))
        raise ValueError(f"{name}: differs by {worst:.1e}")


def hinge_outputs(hinge, path, inputs, folder, engine, names):
    out = folder / engine
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    arguments = []
    for name, value in inputs.items():
        np.save(folder / f"{name}.npy", value)
        arguments += ["--input", f"{name}={folder / name}.npy"]
    run(hinge, "run", path, *arguments, "--engine", engine, "--output-dir", out, "--quiet")
    return [np.load(out / f"{name}.npy") for name in names]


def in_runtime(path, inputs, names):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(names, inputs)


def references(cases, opset):
    """What each case should give: pairs of a peer's name and its output."""
    results = [[] for _ in cases]
    ours = [index for index, case in enumerate(cases) if case.runtime]
    if ours:
        model = model_of([cases[index] for index in ours], opset)
        values = in_runtime_bytes(model, feeds([cases[index] for index in ours]))
        for index, value in zip(ours, values):
            results[index].append(("ONNX Runtime", value))
    for index, case in enumerate(cases):
        if case.expected is not None:
            dense = [value for value in case.inputs if value is not None]
            results[index].append(("PyTorch", case.expected(*dense)))
        elif not case.runtime:
            results[index].append(("the evaluator of onnx", evaluated(case, opset)))
    return results


def in_runtime_bytes(model, inputs):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def try_cases(hinge, report, name, cases, opset, targets, folder):
    """Runs cases as one model, and again as it is at other versions."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    names = [f"o{index}" for index in range(len(cases))]
    wanted = []

    def compare(path):
        for engine in ("reference", "fast"):
            outputs = hinge_outputs(hinge, path, feeds(cases), folder, engine, names)
            for index, (case, output) in enumerate(zip(cases, outputs)):
                for peer, value in wanted[index]:
                    agree(output, value, f"{case.operator} {index} {case.attributes} beside {peer} ({engine})")

    def check():
        wanted.extend(references(cases, opset))
        onnx.save(model_of(cases, opset, [np.ndim(peers[0][1]) for peers in wanted]), path)
        run(hinge, "check", path)
        compare(path)

    report.check(f"vision: {name} at opset {opset}", check)
    for target in targets:
        def convert():
            out = folder / f"opset-{target}.onnx"
            run(hinge, "convert", path, out, "--opset", target, "--no-verify")
            onnx.checker.check_model(str(out))
            found = next(entry.version for entry in onnx.load(out).opset_import if entry.domain == "")
            if found != target:
                raise ValueError(f"expected opset {target}, found {found}")
            compare(out)

        if wanted:
            report.check(f"vision: {name} at opset {opset} -> {target}", convert)


# The cases: each function takes a random generator and a version of the standard.


def numbers(random, shape, dtype=np.float32):
    return random.standard_normal(shape).astype(dtype)


def grid_sample(random, opset):
    rank = 2 if opset < 20 else int(random.choice([1, 2, 2, 2, 3]))
    mode = str(random.choice(["nearest", "linear", "cubic"]))
    padding = str(random.choice(["zeros", "border", "reflection"]))
    corners = bool(random.integers(2))
    spatial = [int(random.integers(1, 8)) for _ in range(rank)]
    positions = [int(random.integers(1, 6)) for _ in range(rank)]
    batch, channels = int(random.integers(1, 4)), int(random.integers(1, 5))
    dtype = [np.float32, np.float32, np.float64][random.integers(3)]
    if rank != 2 and mode == "cubic":
        dtype = np.float32  # in which the evaluator counts places
    if rank == 3 and mode == "cubic":
        padding, spatial, positions = "zeros", [max(2, extent) for extent in spatial], [2, 1, 2]
    x = numbers(random, [batch, channels, *spatial], dtype)
    grid = random.uniform(-1.7, 1.7, [batch, *positions, rank]).astype(dtype)
    older = {"linear": "bilinear", "cubic": "bicubic", "nearest": "nearest"}

    def sample(x, grid):
        if rank == 1:  # an image of one row
            x, grid = x[:, :, None], torch.stack([grid[:, None, :, 0], torch.zeros_like(grid[:, None, :, 0])], -1)
        y = torch.nn.functional.grid_sample(
            x, grid, mode=older[mode], padding_mode=padding, align_corners=corners)
        return y[:, :, 0] if rank == 1 else y

    runtime = dtype == np.float32 and rank > 1 and not (rank == 3 and mode == "cubic")
    has_torch = not (rank == 3 and mode == "cubic") and not (rank == 1 and mode == "cubic")
    attributes = {
        "mode": older[mode] if opset < 20 else mode, "padding_mode": padding, "align_corners": int(corners)}
    # The evaluator divides by the extent less one where an image is reflected at its corners.
    if not runtime and not has_torch and padding == "reflection" and corners:
        attributes["padding_mode"] = "zeros"
    # It clamps a place itself, before it takes the neighbours, where the others clamp each neighbour.
    if not runtime and not has_torch and padding == "border":
        attributes["padding_mode"] = "zeros"
    return Case("GridSample", attributes, [x, grid], runtime, in_torch(sample) if has_torch else None)


def grid_sample_of_others(random, opset):
    """Elements that aren't mixed, of any type, and integers, whose mixtures are cut off."""
    dtype = [np.uint8, np.int16, np.int64, np.uint32, np.bool_][random.integers(5)]
    x = (numbers(random, [2, 3, 4, 5]) * 40).astype(np.int64)
    x = (np.abs(x) if np.dtype(dtype).kind in "ub" else x).astype(dtype)
    grid = random.uniform(-1.3, 1.3, [2, 3, 2, 2]).astype(np.float32)
    nearest = bool(random.integers(2)) or dtype == np.bool_ or torch is None
    mode = ("nearest" if nearest else "bilinear" if opset < 20 else "linear")
    if nearest:
        return Case("GridSample", {"mode": mode}, [x, grid], runtime=False)

    def sample(x, grid):
        grid = ((grid + 1) * torch.tensor([5, 4], dtype=torch.float32) - 1) / 2  # rounded as float32 is
        grid = (grid.double() * 2 + 1) / torch.tensor([5, 4]) - 1
        y = torch.nn.functional.grid_sample(x.double(), grid, mode="bilinear", align_corners=False)
        return y.trunc().to(x.dtype)

    return Case("GridSample", {"mode": mode}, [x, grid], False, in_torch(sample))


def affine_grid(random, opset):
    rank, corners = int(random.integers(2, 4)), bool(random.integers(2))
    batch = int(random.integers(1, 4))
    size = [batch, int(random.integers(1, 4))] + [int(random.integers(2, 6)) for _ in range(rank)]
    theta = numbers(random, [batch, rank, rank + 1], [np.float32, np.float64][random.integers(2)])
    return Case(
        "AffineGrid", {"align_corners": int(corners)}, [theta, np.array(size)],
        expected=in_torch(lambda theta, _: torch.nn.functional.affine_grid(theta, size, align_corners=corners)),
        constant=(1,))


def center_crop_pad(random, opset):
    rank = int(random.integers(1, 5))
    shape = random.integers(1, 7, rank)
    dtype = [np.float32, np.int64, np.bool_, np.float64, np.int32][random.integers(5)]
    x = (numbers(random, shape) * 9).astype(dtype)
    axes = sorted(random.choice(rank, random.integers(1, rank + 1), replace=False).tolist())
    axes = [int(axis) - (rank if random.integers(2) else 0) for axis in axes]
    extents = random.integers(0, 9, len(axes))
    return Case("CenterCropPad", {"axes": axes}, [x, extents.astype(np.int64)], constant=(1,))


def col2im(random, opset):
    rank = int(random.choice([1, 2, 2, 3]))
    block, strides, dilations = (random.integers(1, 4, rank) for _ in range(3))
    pads = random.integers(0, 2, 2 * rank)
    places = random.integers(1, 4, rank)
    image = (places - 1) * strides + dilations * (block - 1) + 1 - pads[:rank] - pads[rank:]
    image = np.maximum(image, 1)
    places = (image + pads[:rank] + pads[rank:] - dilations * (block - 1) - 1) // strides + 1
    if (places < 1).any():
        return col2im(random, opset)
    batch, channels = int(random.integers(1, 3)), int(random.integers(1, 4))
    dtype = [np.float32, np.float64, np.int32, np.int64, np.float16][random.integers(5)]
    x = (numbers(random, [batch, channels * int(np.prod(block)), int(np.prod(places))]) * 8).astype(dtype)
    attributes = {"strides": strides.tolist(), "dilations": dilations.tolist(), "pads": pads.tolist()}

    def fold(x, *_):
        lists = [image.tolist(), block.tolist(), dilations.tolist(), pads[:rank].tolist(), strides.tolist()]
        if rank == 1:  # an image of one row
            lists = [[1, *lists[0]], [1, *lists[1]], [1, *lists[2]], [0, *lists[3]], [1, *lists[4]]]
        y = torch.nn.functional.fold(x.double(), *lists).to(x.dtype)
        return y[:, :, 0] if rank == 1 else y

    is_even = rank < 3 and (pads[:rank] == pads[rank:]).all()
    # ONNX Runtime gives something else where images of other than two dimensions are padded.
    return Case(
        "Col2Im", attributes, [x, image.astype(np.int64), block.astype(np.int64)],
        runtime=dtype == np.float32 and rank == 2, expected=in_torch(fold) if is_even else None)


def deformed(x, weights, offsets, bias, mask, strides, pads, dilations, group, offset_group):
    """A deformable convolution of any number of dimensions, of PyTorch's grid_sample and sums."""
    rank = x.dim() - 2
    kernel, output = weights.shape[2:], offsets.shape[2:]
    batch, channels = x.shape[:2]
    x, weights = x.double(), weights.double()
    offsets = offsets.double().reshape(batch, offset_group, *kernel, rank, *output)
    mask = torch.ones(batch, offset_group, *kernel, *output) if mask is None else mask
    mask = mask.double().reshape(batch, offset_group, *kernel, *output)
    # A border of zeros, so that places between it and the image are mixed, and no extent is 1.
    padded = torch.nn.functional.pad(x, [1, 1] * rank)
    parts = []
    for element in np.ndindex(*kernel):
        places = []
        for axis in range(rank):
            start = torch.arange(output[axis], dtype=torch.float64) * strides[axis] - pads[axis]
            start = (start + element[axis] * dilations[axis]).reshape([-1] + [1] * (rank - 1 - axis))
            place = start + offsets[(slice(None), slice(None), *element, axis)] + 1
            places.append(2 * place / (padded.shape[2 + axis] - 1) - 1)
        grid = torch.stack(places[::-1], -1).reshape(batch * offset_group, *output, rank)
        images = padded.reshape(batch * offset_group, channels // offset_group, *padded.shape[2:])
        part = torch.nn.functional.grid_sample(images, grid, align_corners=True)
        part = part.reshape(batch, offset_group, channels // offset_group, *output)
        part = part * mask[(slice(None), slice(None), *element)].unsqueeze(2)
        parts.append(part.reshape(batch, group, channels // group, *output))
    samples = torch.stack(parts, 3).flatten(4)
    weights = weights.reshape(group, weights.shape[0] // group, weights.shape[1], -1)
    result = torch.einsum("ngckp,gmck->ngmp", samples, weights).reshape(batch, -1, *output)
    return result if bias is None else result + bias.double().reshape([-1] + [1] * rank)


def deform_conv(random, opset):
    rank = int(random.choice([2, 2, 2, 3]))
    group, offset_group = int(random.integers(1, 3)), int(random.integers(1, 3))
    channels, maps = 2 * int(random.integers(1, 3)), 2 * int(random.integers(1, 4))
    kernel, strides, dilations = (random.integers(1, 4, rank) for _ in range(3))
    pads = random.integers(0, 3, 2 * rank)
    output = random.integers(1, 5, rank)
    image = (output - 1) * strides + dilations * (kernel - 1) + 1 - pads[:rank] - pads[rank:]
    if (image < 1).any():
        return deform_conv(random, opset)
    batch, size = int(random.integers(1, 3)), int(np.prod(kernel))
    dtype = [np.float32, np.float64][random.integers(2)]
    x = numbers(random, [batch, channels, *image], dtype)
    weights = numbers(random, [maps, channels // group, *kernel], dtype)
    offsets = numbers(random, [batch, offset_group * size * rank, *output], dtype) * dtype(1.5)
    bias = numbers(random, [maps], dtype) if random.integers(2) else None
    mask = random.random([batch, offset_group * size, *output]).astype(dtype) if random.integers(2) else None
    attributes = {
        "strides": strides.tolist(), "dilations": dilations.tolist(), "pads": pads.tolist(), "group": group,
        "offset_group": offset_group, "kernel_shape": kernel.tolist(),
    }

    def convolve(x, weights, offsets, *rest):
        rest = list(rest)
        bias_ = rest.pop(0) if bias is not None else None
        mask_ = rest.pop(0) if mask is not None else None
        if torchvision_ops and rank == 2 and (pads[:2] == pads[2:]).all():
            return torchvision_ops.deform_conv2d(
                x, offsets, weights, bias_, strides.tolist(), pads[:2].tolist(), dilations.tolist(), mask_)
        return deformed(
            x, weights, offsets, bias_, mask_, strides, pads, dilations, group, offset_group).to(x.dtype)

    return Case(
        "DeformConv", attributes, [x, weights, offsets, bias, mask], runtime=rank == 2, expected=in_torch(convolve))


def det(random, opset):
    side = int(random.integers(0, 6))
    dtype = [np.float32, np.float64, np.float16][random.integers(3)]
    x = numbers(random, [*random.integers(1, 4, random.integers(0, 3)), side, side], dtype)
    if dtype == np.float16:
        return Case("Det", {}, [x], False, lambda x: np.asarray(np.linalg.det(x.astype(np.float64))).astype(x.dtype))
    return Case(
        "Det", {}, [x], runtime=dtype == np.float32, expected=lambda x: np.asarray(np.linalg.det(x)).astype(x.dtype))


def regions(random, count, size):
    """Corners, some of which lie outside, or the wrong way round."""
    corners = random.uniform(-0.3 * size, 1.3 * size, [count, 4])
    ordered = np.concatenate([np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])], 1)
    return np.where(random.random([count, 1]) < 0.8, ordered, corners).astype(np.float32)


def roi_align(random, opset):
    batch, channels, height, width = (int(random.integers(1, limit)) for limit in (4, 5, 14, 14))
    x = numbers(random, [batch, channels, height, width])
    count, scale = int(random.integers(0, 6)), float(np.float32(random.choice([1, 0.5, 0.8])))
    attributes = {
        "mode": str(random.choice(["avg", "max"])), "output_height": int(random.integers(1, 5)),
        "output_width": int(random.integers(1, 5)), "sampling_ratio": int(random.integers(0, 4)), "spatial_scale": scale,
    }
    if opset >= 16:
        attributes["coordinate_transformation_mode"] = str(random.choice(["half_pixel", "output_half_pixel"]))
    aligned = attributes.get("coordinate_transformation_mode") == "half_pixel"

    def align(x, rois, images):
        rois = torch.cat([images[:, None].float(), rois], 1)
        size = attributes["output_height"], attributes["output_width"]
        return torchvision_ops.roi_align(x, rois, size, scale, attributes["sampling_ratio"] or -1, aligned)

    return Case(
        "RoiAlign", attributes,
        [x, regions(random, count, max(height, width) / scale), random.integers(0, batch, count)],
        expected=in_torch(align, torchvision_ops) if attributes["mode"] == "avg" else None)


def max_roi_pool(random, opset):
    batch, channels, height, width = (int(random.integers(1, limit)) for limit in (4, 5, 14, 14))
    x = numbers(random, [batch, channels, height, width])
    count, scale = int(random.integers(1, 6)), float(np.float32(random.choice([1, 0.5, 0.8])))
    rois = regions(random, count, max(height, width) / scale)
    rois = np.concatenate([random.integers(0, batch, [count, 1]).astype(np.float32), rois], 1)
    pooled = random.integers(1, 5, 2).tolist()
    return Case("MaxRoiPool", {"pooled_shape": pooled, "spatial_scale": scale}, [x, rois])


def max_unpool(random, opset):
    rank = int(random.integers(1, 4))
    kernel = random.integers(1, 4, rank)
    strides = random.integers(1, 4, rank)
    pads = [int(random.integers(0, extent // 2 + 1)) for extent in kernel] * 2
    pooled = random.integers(1, 5, rank)
    frame = (pooled - 1) * strides + kernel - pads[:rank] - pads[rank:]
    if (frame < 1).any():
        return max_unpool(random, opset)
    batch, channels = int(random.integers(1, 3)), int(random.integers(1, 3))
    shape = [batch, channels, *pooled]
    count = batch * channels * int(np.prod(frame))
    if count < np.prod(shape):
        return max_unpool(random, opset)
    places = random.choice(count, np.prod(shape), replace=False).reshape(shape).astype(np.int64)
    output = np.array([batch, channels, *frame]) if random.integers(2) else None
    attributes = {"kernel_shape": kernel.tolist(), "strides": strides.tolist(), "pads": pads}
    return Case("MaxUnpool", attributes, [numbers(random, shape), places, output])


def non_max_suppression(random, opset):
    batch, classes, count = int(random.integers(1, 3)), int(random.integers(1, 4)), int(random.integers(0, 40))
    centers = bool(random.integers(2))
    boxes = random.random([batch, count, 4]).astype(np.float32)
    # A grid, on which overlaps are often equal, and boxes without an area.
    if random.integers(3) == 0:
        boxes = np.round(boxes * 4).astype(np.float32)
    scores = np.round(random.random([batch, classes, count]), 2).astype(np.float32)
    scalar = [[], [1]][random.integers(2)]
    most = np.full(scalar, random.choice([0, 3, 100]), np.int64)
    overlap = np.full(scalar, random.choice([0, 0.3, 0.5, 1]), np.float32)
    threshold = np.full(scalar, random.choice([0.2, 0.5]), np.float32) if random.integers(2) else None

    def suppress(boxes, scores, most, overlap, threshold=None):
        if centers:
            boxes = torch.cat([boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2], -1)
        else:
            boxes = torch.cat([torch.minimum(boxes[..., :2], boxes[..., 2:]),
                               torch.maximum(boxes[..., :2], boxes[..., 2:])], -1)
        rows = []
        for image, group in np.ndindex(batch, classes):
            indices = torch.arange(count)
            if threshold is not None:
                indices = indices[scores[image, group] > threshold.item()]
            own = scores[image, group][indices]
            kept = torchvision_ops.nms(boxes[image][indices], own, overlap.item())[: most.item()]
            rows += [[image, group, box] for box in indices[kept].tolist()]
        return torch.tensor(rows, dtype=torch.int64).reshape(-1, 3)

    return Case(
        "NonMaxSuppression", {"center_point_box": int(centers)}, [boxes, scores, most, overlap, threshold],
        expected=in_torch(suppress, torchvision_ops))


# Each operator: its function, the version of the standard, and the versions to convert to.
OPERATORS = {
    "GridSample": (grid_sample, 16, [20, 22]),
    "GridSample of any rank": (grid_sample, 20, [22]),
    "GridSample of other types": (grid_sample_of_others, 20, [22]),
    "AffineGrid": (affine_grid, 20, [16, 21]),
    "CenterCropPad": (center_crop_pad, 18, [13, 21]),
    "Col2Im": (col2im, 18, [21]),
    "DeformConv": (deform_conv, 19, [22]),
    "Det": (det, 11, [22]),
    "RoiAlign": (roi_align, 16, [22]),
    "RoiAlign of version 10": (roi_align, 10, [16, 22]),
    "MaxRoiPool": (max_roi_pool, 8, [16, 22]),
    "MaxUnpool": (max_unpool, 9, [11, 22]),
    "NonMaxSuppression": (non_max_suppression, 10, [11, 22]),
}


def check_random(hinge, report, folder, seeds, wanted=""):
    for name, (make, opset, targets) in OPERATORS.items():
        if wanted not in name:
            continue
        for seed in seeds:
            random = np.random.default_rng([seed, sum(name.encode())])
            cases = [make(random, opset) for _ in range(CASES_PER_MODEL)]
            place = folder / f"{name.replace(' ', '-')}-{seed}"
            try_cases(hinge, report, f"{name} {seed}", cases, opset, targets if seed == seeds[0] else [], place)


def suppression(boxes, scores, *rest):
    return Case("NonMaxSuppression", {}, [np.array(boxes, np.float32), np.array(scores, np.float32), *rest])


def special_cases():
    """Cases by name; the version is 16."""
    most, overlap, threshold = np.array([9]), np.array([0.5], np.float32), np.array([0.0], np.float32)
    nan, inf = np.nan, np.inf
    boxes = [[[0, 0, 1, 1], [0, 0, nan, 1], [0, 0, 1, 1.1], [nan] * 4, [0, 0, 0, 0], [2, 2, 2, 5], [0, 0, inf, inf]]]
    scores = [[[0.5, 0.9, 0.8, 0.7, 0.6, 0.4, 0.3]]]
    return {
        "boxes with NaN and without area": [suppression(boxes, scores, most, overlap)],
        "scores that are NaN": [suppression(boxes, [[[0.5, nan, 0.8, nan, 0.6, 0.4, 0.3]]], most, overlap, threshold)],
        "scores that are infinite": [suppression(boxes, [[[0.5, inf, -inf, 1, 1, 1, inf]]], most, overlap)],
        "no boxes, no classes, no images": [
            suppression(np.zeros([1, 0, 4]), np.zeros([1, 2, 0]), most, overlap),
            suppression(np.zeros([1, 3, 4]), np.zeros([1, 0, 3]), most, overlap),
            suppression(np.zeros([0, 3, 4]), np.zeros([0, 2, 3]), most, overlap),
        ],
        "no number of boxes": [suppression(boxes, scores)],
        "regions far outside, and larger than the image": [
            Case("RoiAlign", {"mode": mode, "output_height": 2, "output_width": 2}, [
                np.arange(32, dtype=np.float32).reshape(1, 2, 4, 4) - 9,
                np.array([[-90, -90, -80, -80], [-50, -50, 50, 50], [3, 3, 1, 1]], np.float32), np.zeros(3, np.int64)])
            for mode in ("avg", "max")
        ],
    }


# Cases that Hinge refuses, with a part of the message.
def refused_cases():
    x, roi = np.zeros([2, 1, 4, 4], np.float32), np.array([[0, 0, 1, 1]], np.float32)
    one = np.zeros(1, np.int64)
    large = {"output_height": 1 << 20, "output_width": 1 << 20}
    box = np.zeros([1, 1, 4], np.float32), np.zeros([1, 1, 1], np.float32), np.array([1])
    return {
        "a region of an image that there isn't": (
            Case("RoiAlign", {}, [x, roi, one + 2]), "expected indices of images from 0 to 1, found 2"),
        "a region that is NaN": (Case("RoiAlign", {}, [x, roi * np.float32(np.nan), one]), "expected finite regions"),
        "a grid that fits no memory": (Case("RoiAlign", large, [x, roi, one]), "is too large"),
        "more samples than fit in memory": (
            Case("RoiAlign", {"sampling_ratio": 1 << 50}, [x, roi, one]), "more than fit in memory"),
        "a pooled region of an image that there isn't": (
            Case("MaxRoiPool", {"pooled_shape": [1, 1]}, [x, np.array([[-1, 0, 0, 1, 1]], np.float32)]),
            "expected indices of images from 0 to 1, found -1"),
        "an overlap beyond 1": (
            Case("NonMaxSuppression", {}, [*box, np.array([1.5], np.float32)]), "expected an overlap from 0 to 1"),
        "an overlap that is NaN": (
            Case("NonMaxSuppression", {}, [*box, np.array([np.nan], np.float32)]), "expected an overlap from 0 to 1"),
        "a place outside": (
            Case("MaxUnpool", {"kernel_shape": [2]}, [np.zeros([1, 1, 2], np.float32), np.array([[[0, 3]]])]),
            "expected places from 0 to 2, found 3"),
    }


def check_special(hinge, report, folder):
    for index, (name, cases) in enumerate(special_cases().items()):
        try_cases(hinge, report, name, cases, 16, [], folder / f"special-{index}")
    for index, (name, (case, message)) in enumerate(refused_cases().items()):
        for engine in ("reference", "fast"):
            def refuse():
                place = folder / f"refused-{index}"
                place.mkdir(exist_ok=True)
                path = place / "model.onnx"
                onnx.save(model_of([case], 16), path)
                hinge_outputs(hinge, path, feeds([case]), place, engine, ["o0"])

            report.check(f"vision: {name} ({engine})", refuse, message)


def transformer_network(random, opset):
    """A spatial transformer network: where to look is computed from the image, then what is seen there is classified."""
    def weights(name, *shape, scale=0.2):
        return numpy_helper.from_array(numbers(random, shape) * np.float32(scale), name)

    theta = np.array([1, 0, 0, 0, 1, 0], np.float32)
    constants = [
        weights("w0", 8, 1, 5, 5), weights("w1", 10, 8, 3, 3), weights("w2", 6, 10, scale=0.3),
        numpy_helper.from_array(theta, "b2"), weights("w3", 8, 1, 3, 3), weights("w4", 5, 8 * 14 * 14, scale=0.05),
        numpy_helper.from_array(np.array([0, 2, 3]), "maps"), numpy_helper.from_array(np.array([0, 1568]), "flat"),
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["c0"], strides=[2, 2]), helper.make_node("Relu", ["c0"], ["r0"]),
        helper.make_node("Conv", ["r0", "w1"], ["c1"]), helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("GlobalAveragePool", ["r1"], ["p1"]), helper.make_node("Flatten", ["p1"], ["f1"]),
        helper.make_node("Gemm", ["f1", "w2", "b2"], ["t"], transB=1), helper.make_node("Reshape", ["t", "maps"], ["theta"]),
        helper.make_node("Shape", ["x"], ["size"]), helper.make_node("AffineGrid", ["theta", "size"], ["grid"]),
        helper.make_node("GridSample", ["x", "grid"], ["seen"], padding_mode="border"),
        helper.make_node("Conv", ["seen", "w3"], ["c2"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], ["r2"]), helper.make_node("Reshape", ["r2", "flat"], ["f2"]),
        helper.make_node("Gemm", ["f2", "w4"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes, "transformer", [helper.make_tensor_value_info("x", 1, ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("seen", 1, None), helper.make_tensor_value_info("y", 1, ["N", 5])], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def check_transformer(hinge, report, folder):
    path = folder / "transformer.onnx"
    random = np.random.default_rng(7)
    onnx.save(transformer_network(random, 20), path)
    inputs = {"x": numbers(random, [3, 1, 28, 28])}
    for engine in ("reference", "fast"):
        def compare():
            outputs = hinge_outputs(hinge, path, inputs, folder, engine, ["seen", "y"])
            for output, value in zip(outputs, in_runtime(path, inputs, ["seen", "y"])):
                agree(output, value, "output")

        report.check(f"vision: spatial transformer network ({engine})", compare)


def check(hinge, report, folder):
    if torch is None:
        report.note("vision: PyTorch is not installed, so nothing is compared with it")
    elif torchvision_ops is None:
        report.note("vision: the operators of torchvision can't be loaded, so nothing is compared with them")
    check_random(hinge, report, folder, range(MODELS))
    check_special(hinge, report, folder)
    check_transformer(hinge, report, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=MODELS, help="how many models to make of each operator")
    parser.add_argument("--only", default="", help="only the operators whose names contain this")
    parser.add_argument("--keep", type=pathlib.Path, help="where to leave the models")
    arguments = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        seeds = range(arguments.seed, arguments.seed + arguments.count)
        check_random(arguments.hinge, report, folder, seeds, arguments.only)
    print(report.summary())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
