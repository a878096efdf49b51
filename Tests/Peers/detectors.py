"""torchvision's detectors, as PyTorch exports them: Hinge finds what ONNX Runtime finds.

    detectors.py HINGE

Each is NAME.onnx in the cache, and NAME.npz with an image (in_0): SSDLite and Faster R-CNN of MobileNetV3, and RetinaNet of
ResNet-50, with seeded random weights that make them find something. What is missing is exported first, with the tools of
`make-venv.sh fixtures`.

The outputs of both are the same detections: boxes, labels and scores. Rounding may change the order of scores that are all but
equal, so each detection is looked for among those of the other.
"""

import pathlib
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
            order, kept = scores.argsort(descending=True), []
            while order.numel():
                kept.append(order[0])
                order = order[1:][box_iou(boxes[order[:1]], boxes[order[1:]])[0] <= threshold]
            return torch.stack(kept) if kept else order

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


# Name, the function that makes the network and its last layers, the size of the image, the version of the standard. The size
# is one that the network takes as it is: where an image is resized, ONNX Runtime counts places in single precision.
MODELS = [
    ("ssdlite320_mobilenet_v3_large", ssdlite, (320, 320), 16),
    ("fasterrcnn_mobilenet_v3_large_320_fpn", faster_rcnn, (320, 416), 11),
    ("retinanet_resnet50_fpn", retinanet, (192, 256), 18),
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


def export(name, make, size, opset, folder):
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(2)
    network, last = make()
    network.eval()
    image = torch.rand(3, *size)
    # Something to see: blocks of colour rather than noise.
    image = torch.nn.functional.interpolate(torch.rand(1, 3, 12, 16), size)[0] * 0.8 + image * 0.2
    settle(network, last, image)
    path, unfinished = folder / f"{name}.onnx", folder / f"{name}.unfinished"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.no_grad():
            names = list(network([image])[0])
        torch.onnx.export(
            network, ([image],), str(unfinished), opset_version=opset, dynamo=False, input_names=["image"],
            output_names=names)
    np.savez(folder / f"{name}.npz", in_0=image.numpy())
    unfinished.rename(path)


def exported(folder):
    """The paths of the models, exporting what is missing."""
    for name, make, size, opset in MODELS:
        if not (folder / f"{name}.onnx").exists():
            print(f"exporting {name}", file=sys.stderr, flush=True)
            export(name, make, size, opset, folder)
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


def outputs_of(hinge, path, image, engine, folder):
    np.save(folder / "image.npy", image)
    run(
        hinge, "run", path, "--input", f"image={folder / 'image.npy'}", "--engine", engine, "--output-dir", folder,
        "--quiet", timeout=1200)
    return {name: np.load(folder / f"{name}.npy") for name in OUTPUTS}


def check(hinge, report, folder):
    import onnx

    try:
        paths = exported(cache_folder("models"))
    except ImportError as error:
        return report.fail("detectors: export", f"{error}; Tests/Peers/make-venv.sh fixtures installs what it takes")
    for path in paths:
        image = np.load(path.with_suffix(".npz"))["in_0"]
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


if __name__ == "__main__":
    import tempfile

    report = Report(verbose=True)
    with tempfile.TemporaryDirectory() as temporary:
        check(pathlib.Path(sys.argv[1]), report, pathlib.Path(temporary))
    print(report.summary())
    sys.exit(1 if report.failed else 0)
