"""Whether the shapes of a model's outputs depend on the values of its inputs, and not on their types and shapes alone.

What no inference can know is shown by an example: inputs of the recorded types and shapes with other values, for which
the reference evaluator of `onnx` gives outputs of other shapes. Where no example is found, nothing is said.
"""

import itertools
import warnings

import numpy
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

# Larger inputs hold data rather than shapes: of those only a few other values are tried.
MOST_ELEMENTS = 64
# The most elements of inputs that are changed in pairs.
MOST_IN_PAIRS = 8


def replaced(values, index, number):
    """The values with one of them replaced."""
    result = values.ravel().copy()
    result[index] = number
    return result.reshape(values.shape)


def others(values):
    """Other values of the same type and shape."""
    if values.size == 0:
        return
    if values.dtype == object:
        for text in ("monday", "tuesday", "a b c d e"):
            yield numpy.full_like(values, text)
        return
    yield numpy.zeros_like(values)
    yield numpy.ones_like(values)
    if values.dtype == bool:
        yield ~values
        return
    if values.size > MOST_ELEMENTS:
        return
    ramp = numpy.arange(values.size).reshape(values.shape).astype(values.dtype)
    flat = values.ravel()
    yield from (values + 1, values - 1, values * 2, -values, values // 2, values * 0 + 2, values * 0 - 1, values + ramp)
    yield from (numpy.roll(values, 1), flat[::-1].reshape(values.shape))
    for index in (0, -1):
        yield replaced(values, index, flat[index] + 1)
        yield replaced(values, index, flat[index] - 1)
    # As a shape: all elements along one dimension, stated or left to be found, and the first two extents exchanged.
    ones = numpy.ones_like(values)
    yield replaced(ones, 0, numpy.prod(flat))
    yield replaced(ones, 0, -1)
    if values.size > 1:
        yield replaced(replaced(values, 0, flat[1]), 1, flat[0])


def inputs_that_decide(folder):
    """The names of inputs whose values the shape of an output of a test depends on; `None` if none are found."""
    model = onnx.load(folder / "model.onnx")
    recorded = folder / "test_data_set_0"

    def load(kind, index):
        return onnx.load_tensor(recorded / f"{kind}_{index}.pb")

    values = {info.name: numpy_helper.to_array(load("input", index)) for index, info in enumerate(model.graph.input)}
    expected = [tuple(load("output", index).dims) for index in range(len(model.graph.output))]
    evaluator = ReferenceEvaluator(model)

    def differs(**changed):
        try:
            found = evaluator.run(None, values | changed)
        except Exception:  # values that the operator refuses say nothing
            return False
        return [numpy.asarray(item).shape for item in found] != expected

    for name in sorted(values, key=lambda name: values[name].size):
        if any(differs(**{name: other}) for other in others(values[name])):
            return [name]
    small = [name for name in values if values[name].size <= MOST_IN_PAIRS]
    for a, b in itertools.combinations(small, 2):
        for left, right in itertools.product(others(values[a]), others(values[b])):
            if differs(**{a: left, b: right}):
                return [a, b]
    return None


def count_dependent(folders):
    """The number of tests, of those in the folders, whose outputs' shapes are shown to depend on values."""
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return sum(inputs_that_decide(folder) is not None for folder in folders)
