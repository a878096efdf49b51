"""torchvision's detectors, as PyTorch exports them: Hinge finds what ONNX Runtime finds.

    detectors.py HINGE

Each is NAME.onnx in the cache, and NAME.npz with images (in_0, …): SSDLite and Faster R-CNN of MobileNetV3, and RetinaNet of
ResNet-50, with seeded random weights that make them find something. What is missing is exported first, with the tools of
`make-venv.sh fixtures`, which takes a minute.

The outputs of both are the same detections: boxes, labels and scores. Rounding may change the order of scores that are all but
equal, so each detection is looked for among those of the other.

Faster R-CNN takes images of any size and also gets one that it makes larger. There, ONNX Runtime counts places in single
precision, 1.6e-5 off, of which random weights make 1.5e-3 in boxes. So the larger image is judged by itself, against double
precision: Hinge's is 1.8e-7 off, and must be nearer than ONNX Runtime's. What both make of Hinge's larger image is compared then.
"""

import pathlib
import re
import sys
import types
import warnings

import numpy as np

from cache import cache_folder
from report import Report, run, run_onnx

# The largest difference of a score, and of a coordinate beside the size of the image: rounding through some sixty layers of
# random weights. ONNX Runtime with and without its optimizations differs from itself by 5e-5.
TOLERANCE = 5e-4

OUTPUTS = {"boxes", "labels", "scores"}


def has_operators() -> bool:
    return True


def torchvision_detection():
    """torchvision's detectors, whether or not its compiled operators fit the installed torch.

    Where they don't, the two that detectors use are of Python: enough to trace a network, whose graph holds them as
    operators of the standard.
    """
    import torch

    try:
        import torchvision
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        # Registering shapes for the compiled operators fails without them.
        sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
        import torchvision
        from torchvision.ops import box_iou
        from torchvision.ops.roi_align import _roi_align

        def nms(boxes, scores, threshold):
            order = scores.argsort(descending=True)
            overlaps = (box_iou(boxes[order], boxes[order]) > threshold).numpy()
            is_left, kept = np.ones(len(order), bool), []
            for index in range(len(order)):
                if is_left[index]:
                    kept.append(index)
                    is_left &= ~overlaps[index]
            return order[torch.tensor(kept, dtype=torch.int64)]

        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define(
            "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
            "int sampling_ratio, bool aligned) -> Tensor")
        library.impl("nms", nms, "CPU")
        library.impl("roi_align", _roi_align.__wrapped__, "CPU")
        for module in ("torchvision.extension", "torchvision.ops.roi_align"):
            sys.modules[module]._has_ops = has_operators
        torchvision.library_of_python = library
    return torchvision.models.detection


def ssdlite():
    network = torchvision_detection().ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=7, score_thresh=0.4, detections_per_img=100)
    head = network.head
    return network, [*(m[-1] for m in head.classification_head.module_list), *(m[-1] for m in head.regression_head.module_list)]


def faster_rcnn():
    network = torchvision_detection().fasterrcnn_mobilenet_v3_large_320_fpn(
        weights=None, weights_backbone=None, num_classes=7, box_score_thresh=0.4, box_detections_per_img=50)
    predictor = network.roi_heads.box_predictor
    return network, [network.rpn.head.cls_logits, network.rpn.head.bbox_pred, predictor.cls_score, predictor.bbox_pred]


def retinanet():
    network = torchvision_detection().retinanet_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=7, score_thresh=0.3, detections_per_img=100, min_size=256,
        max_size=256)
    return network, [network.head.classification_head.cls_logits, network.head.regression_head.bbox_reg]


# Name, the function that makes the network and its last layers, the sizes of images, the version of the standard. The first
# size is one that the network takes as it is; where there is another, the network takes any.
MODELS = [
    ("ssdlite320_mobilenet_v3_large", ssdlite, [(320, 320)], 16),
    ("fasterrcnn_mobilenet_v3_large_320_fpn", faster_rcnn, [(320, 416), (237, 311)], 11),
    ("retinanet_resnet50_fpn", retinanet, [(192, 256)], 18),
]


def settle(network, last, image):
    """Makes random weights find things, as trained ones do.

    Batch normalization gets the statistics of its inputs; the last layers, which give scores and boxes, are scaled so that what they give
    differs from place to place.
    """
    import torch

    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.train()
                module.momentum = None  # the plain average of what is seen
            if hasattr(module, "bn3"):
                module.bn3.weight *= 0.2
        network([image, image.flip(1), image.flip(2), image.flip(1, 2)])
        network.eval()
        for layer in last:
            seen = []
            handle = layer.register_forward_hook(lambda layer, inputs, output: seen.append(output.std()))
            network([image])
            handle.remove()
            layer.weight *= 1.5 / max(torch.stack(seen).max().item(), 1e-6)


def export(name, make, sizes, opset, folder):
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(2)
    network, last = make()
    network.eval()
    image = torch.rand(3, *sizes[0])
    # Something to see: blocks of colour rather than noise.
    image = torch.nn.functional.interpolate(torch.rand(1, 3, 12, 16), sizes[0])[0] * 0.8 + image * 0.2
    settle(network, last, image)
    images = [torch.nn.functional.interpolate(image[None], size, mode="bilinear")[0] for size in sizes]
    path, unfinished = folder / f"{name}.onnx", folder / f"{name}.unfinished"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.no_grad():
            names = list(network([image])[0])
        torch.onnx.export(
            network, ([image],), str(unfinished), opset_version=opset, dynamo=False, input_names=["image"],
            output_names=names, dynamic_axes={"image": {1: "height", 2: "width"}} if len(sizes) > 1 else None)
    np.savez(folder / f"{name}.npz", **{f"in_{index}": image.numpy() for index, image in enumerate(images)})
    unfinished.rename(path)


def exported(folder):
    """The paths of the models, exporting what is missing."""
    for name, make, sizes, opset in MODELS:
        images = folder / f"{name}.npz"
        if (folder / f"{name}.onnx").exists() and [a.shape[1:] for a in np.load(images).values()] == sizes:
            continue
        print(f"exporting {name}", file=sys.stderr, flush=True)
        export(name, make, sizes, opset, folder)
    return [folder / f"{name}.onnx" for name, *_ in MODELS]


def agree(found, expected, size):
    """Raises unless each detection is among those of the other; returns what to note."""
    count = len(expected["scores"])
    if count < 5:
        raise ValueError(f"ONNX Runtime finds {count} things only, which tells nothing")
    worst = 0.0
    for ours, theirs, whose in ((found, expected, "Hinge"), (expected, found, "ONNX Runtime")):
        for box, label, score in zip(ours["boxes"], ours["labels"], ours["scores"]):
            errors = np.maximum(
                np.abs(theirs["boxes"] - box).max(1, initial=0) / size, np.abs(theirs["scores"] - score))
            errors = errors[theirs["labels"] == label]
            error = errors.min() if errors.size else np.inf
            if not error <= TOLERANCE:
                raise ValueError(f"only {whose} finds label {label}, score {score}, {box} ({error:.1e})")
            worst = max(worst, error)
    if len(found["scores"]) != count:
        raise ValueError(f"expected {count} detections, found {len(found['scores'])}")
    return f"{count} detections, error {worst:.1e}"


def outputs_of(hinge, path, image, engine, folder, names=OUTPUTS):
    """Outputs by name; files are named as Hinge names them, with `_` for what a name can't hold."""
    np.save(folder / "image.npy", image)
    run(
        hinge, "run", path, "--input", f"image={folder / 'image.npy'}", "--engine", engine, "--output-dir", folder,
        "--quiet", timeout=1200)
    return {name: np.load(folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.npy") for name in names}


def enlarged(image, height, width):
    """`[…, H, W]` resized linearly in double precision, places counted from the middles of pixels."""
    result = image.astype(np.float64)
    for axis, extent in ((-2, height), (-1, width)):
        length = image.shape[axis]
        places = np.clip((np.arange(extent) + 0.5) * (length / extent) - 0.5, 0, length - 1)
        first = np.minimum(places.astype(int), max(length - 2, 0))
        part = (places - first).reshape([-1, 1] if axis == -2 else [-1])
        result = np.take(result, first, axis) * (1 - part) + np.take(result, first + 1, axis) * part
    return result


def check_resized(hinge, report, path, image, folder):
    """The first layer, which resizes the image, against double precision; then all that comes after it."""
    import onnx
    from onnx import TensorProto, helper
    from onnx.utils import extract_model

    model = onnx.load(path)
    names = [output.name for output in model.graph.output]
    resize = next(node for node in model.graph.node if node.op_type == "Resize")
    before, after = folder / "before.onnx", folder / "after.onnx"
    extract_model(str(path), str(before), ["image"], [resize.input[0], resize.output[0]])
    # Without the node, for extract_model doesn't see what bodies of If read.
    model.graph.node.remove(resize)
    model.graph.input.append(helper.make_tensor_value_info(resize.output[0], TensorProto.FLOAT, [1, 3, None, None]))
    onnx.save(model, after)
    small, theirs = run_onnx(before, [image])
    exact = enlarged(small, *theirs.shape[2:])
    ours, output = {}, resize.output[0]
    for engine in ("fast", "reference"):
        def resizes():
            ours[engine] = outputs_of(hinge, before, image, engine, folder, [output])[output]
            errors = [np.abs(found - exact).max() / np.abs(exact).max() for found in (ours[engine], theirs)]
            if not errors[0] <= min(errors[1], 1e-6):
                raise ValueError(f"the error is {errors[0]:.1e}, and ONNX Runtime's {errors[1]:.1e}")
            return f"error {errors[0]:.1e}, ONNX Runtime's {errors[1]:.1e}"

        def finds():
            expected = dict(zip(names, run_onnx(after, [image, ours[engine]])))
            return agree(outputs_of(hinge, path, image, engine, folder), expected, max(image.shape))

        report.check(f"detectors: {path.stem}, an image made larger ({engine})", resizes)
        report.check(f"detectors: {path.stem}, what is found there ({engine})", finds)


def check(hinge, report, folder):
    import onnx

    try:
        paths = exported(cache_folder("models"))
    except ImportError as error:
        return report.fail("detectors: export", f"{error}; Tests/Peers/make-venv.sh fixtures installs what it takes")
    for path in paths:
        image, *others = np.load(path.with_suffix(".npz")).values()
        names = [output.name for output in onnx.load(path).graph.output]
        expected = dict(zip(names, run_onnx(path, [image])))

        def simplified():
            out = folder / path.name
            run(hinge, "simplify", path, out, "--no-verify")
            return agree(dict(zip(names, run_onnx(out, [image]))), expected, max(image.shape))

        report.check(f"detectors: {path.stem}", lambda: run(hinge, "check", path) and None)
        report.check(f"detectors: {path.stem}, simplified, in ONNX Runtime", simplified)
        for engine in ("fast", "reference"):
            def compare():
                return agree(outputs_of(hinge, path, image, engine, folder), expected, max(image.shape))

            report.check(f"detectors: {path.stem} ({engine})", compare)
        for other in others:
            check_resized(hinge, report, path, other, folder)


if __name__ == "__main__":
    import tempfile

    report = Report(verbose=True)
    with tempfile.TemporaryDirectory() as temporary:
        check(pathlib.Path(sys.argv[1]), report, pathlib.Path(temporary))
    print(report.summary())
    sys.exit(1 if report.failed else 0)
