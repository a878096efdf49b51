"""Values that only running meets: sizes out of proportion, indices outside, arithmetic without a result."""

import numpy as np
from onnx import TensorProto

from build import INT64, case, constant, f32, i64, image


@case("4 TiB of zeros")
def fill_bomb():
    return constant("ConstantOfShape", i64(2**20, 2**20))


@case("a negative size")
def fill_negative():
    return constant("ConstantOfShape", i64(-1))


@case("a size whose product overflows")
def fill_overflow():
    return constant("ConstantOfShape", i64(2**62, 2**62))


@case("4 TiB by repeating one number")
def expand_bomb():
    return constant("Expand", f32(1), i64(2**20, 2**20))


@case("4 TiB by repeating one number")
def tile_bomb():
    return constant("Tile", f32(1), i64(2**40))


@case("10^15 numbers counted")
def range_bomb():
    return constant("Range", np.int64(0), np.int64(10**15), np.int64(1), output=INT64)


@case("counting by 0")
def range_step_zero():
    return constant("Range", np.int64(0), np.int64(10), np.int64(0), output=INT64)


@case("4 TiB of border")
def pad_bomb():
    return constant("Pad", f32(1, 2), i64(2**39, 2**39))


@case("more cut away than there is")
def pad_negative():
    return constant("Pad", f32(1, 2), i64(-2, -2))


@case("an image of 2^80 points")
def resize_bomb():
    return constant("Resize", image(1, 1, 2, 2), None, f32(1, 1, 1e12, 1e12))


@case("an image of negative size")
def resize_negative():
    return constant("Resize", image(1, 1, 2, 2), None, f32(1, 1, -1, 2))


@case("a size that is not a number")
def resize_nan():
    return constant("Resize", image(1, 1, 2, 2), None, f32(1, 1, np.nan, 2))


@case("another number of elements")
def reshape_mismatch():
    return constant("Reshape", f32(1, 2, 3), i64(2, 2))


@case("two free dimensions")
def reshape_two_free():
    return constant("Reshape", f32(1, 2, 3, 4), i64(-1, -1))


@case("an axis outside")
def softmax_axis():
    return constant("Softmax", f32(1, 2), axis=5)


@case("an axis outside, by the smallest integer, whose absolute value does not exist")
def concat_axis():
    return constant("Concat", f32(1), f32(2), axis=-(2**63))


@case("a permutation that names an axis twice")
def transpose_twice():
    return constant("Transpose", image(2, 3), perm=[0, 0])


@case("a permutation of too few axes")
def transpose_short():
    return constant("Transpose", image(2, 3), perm=[0])


@case("an axis outside")
def reduce_axis():
    return constant("ReduceSum", image(2, 3), i64(7))


@case("a step of 0")
def slice_step_zero():
    return constant("Slice", f32(1, 2, 3), i64(0), i64(3), i64(0), i64(0))


@case("from the largest to the smallest integer, backwards", "answer")
def slice_extremes():
    return constant("Slice", f32(1, 2, 3), i64(2**63 - 1), i64(-(2**63)), i64(0), i64(-1))


@case("a step of the smallest integer", "answer")
def slice_step_extreme():
    return constant("Slice", f32(1, 2, 3), i64(2), i64(-(2**63)), i64(0), i64(-(2**63)))


@case("an index outside")
def gather_outside():
    return constant("Gather", f32(1, 2, 3), i64(3))


@case("an index outside, by the smallest integer")
def gather_extreme():
    return constant("Gather", f32(1, 2, 3), i64(-(2**63)))


@case("parts that do not add up")
def split_mismatch():
    made = constant("Split", f32(1, 2, 3), i64(1, 1))
    made.graph.node[0].output.append("z")
    return made


@case("parts of negative size that do add up")
def split_negative():
    made = constant("Split", f32(1, 2, 3), i64(4, -1))
    made.graph.node[0].output.append("z")
    return made


@case("more of the largest than there are")
def topk_too_many():
    made = constant("TopK", f32(1, 2, 3), i64(5))
    made.graph.node[0].output.append("z")
    return made


@case("0 groups")
def conv_group_zero():
    return constant("Conv", image(1, 2, 4, 4), image(2, 2, 3, 3), group=0)


@case("groups that do not divide the channels")
def conv_groups():
    return constant("Conv", image(1, 3, 4, 4), image(2, 1, 3, 3), group=2)


@case("a stride of 0")
def conv_stride_zero():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), strides=[0, 0])


@case("a dilation of 2^62")
def conv_dilation():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), dilations=[2**62, 2**62])


@case("three strides for two dimensions")
def conv_strides():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), strides=[1, 1, 1])


@case("a kernel larger than the image")
def conv_kernel_large():
    return constant("Conv", image(1, 1, 2, 2), image(1, 1, 3, 3))


@case("a kernel_shape that is not the kernel's")
def conv_kernel_shape():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), kernel_shape=[2, 2])


@case("a border of 2^62")
def pool_padding():
    return constant("MaxPool", image(1, 1, 4, 4), kernel_shape=[2, 2], pads=[2**62] * 4)


@case("an empty window")
def pool_window_zero():
    return constant("AveragePool", image(1, 1, 4, 4), kernel_shape=[0, 0])


@case("inner dimensions that differ")
def matmul_mismatch():
    return constant("MatMul", image(2, 3), image(4, 2))


@case("weights of another hidden size")
def lstm_mismatch():
    made = constant("LSTM", image(2, 1, 3), image(1, 16, 3), image(1, 16, 5), hidden_size=4)
    return made


@case("a hidden size of 2^62")
def lstm_hidden_size():
    return constant("LSTM", image(2, 1, 3), image(1, 16, 3), image(1, 16, 4), hidden_size=2**62)


@case("an integer divided by 0", "either")
def divide_by_zero():
    return constant("Div", i64(1, 2), i64(0, 1), output=INT64)


@case("the smallest integer divided by -1, which overflows", "either")
def divide_overflow():
    return constant("Div", i64(-(2**63)), i64(-1), output=INT64)


@case("the remainder of a division by 0", "either")
def modulo_zero():
    return constant("Mod", i64(5), i64(0), output=INT64)


@case("the smallest integer modulo -1, which traps on x86", "either")
def modulo_overflow():
    return constant("Mod", np.array([-(2**31)], np.int32), np.array([-1], np.int32), output=TensorProto.INT32)


@case("integers whose sum and product overflow", "answer")
def integer_overflow():
    made = constant("Mul", i64(2**62, -(2**63)), i64(4, 3), output=INT64)
    return made


@case("the absolute value of the smallest integer", "answer")
def absolute_overflow():
    return constant("Abs", np.array([-128, 127], np.int8), output=TensorProto.INT8)


@case("the negative of the smallest integer", "answer")
def negate_overflow():
    return constant("Neg", np.array([-128, 127], np.int8), output=TensorProto.INT8)


@case("NaN, infinity and 10^30 cast to an integer", "either")
def cast_infinite():
    return constant("Cast", f32(np.nan, np.inf, -np.inf, 1e30), to=INT64, output=INT64)


@case("bits shifted by more than there are", "either")
def shift_too_far():
    bits = np.array([1, 255], np.uint8)
    return constant("BitShift", bits, np.array([200, 8], np.uint8), direction="LEFT", output=TensorProto.UINT8)


@case("an integer to a power that overflows", "either")
def power_overflow():
    return constant("Pow", i64(10, 0), i64(400, -1), output=INT64)


@case("nothing to find the largest of")
def argmax_empty():
    return constant("ArgMax", np.zeros((0,), np.float32), output=INT64)


@case("the product of no rows is 0, by the rules of an empty sum", "answer")
def matmul_empty():
    return constant("MatMul", np.zeros((2, 0), np.float32), np.zeros((0, 3), np.float32))


@case("the smallest number above the largest one", "answer")
def clip_crossed():
    return constant("Clip", f32(-5, 0, 5), np.float32(3), np.float32(-3))
