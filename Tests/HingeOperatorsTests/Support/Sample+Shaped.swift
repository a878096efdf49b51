import HingeGraph

@testable import HingeOperators

/// Operators whose inputs or attributes must fit each other.
extension Sample {
    private typealias S = Specimens
    /// `[1, 2, 4, 4]`.
    private static let image = waves(1, 2, 4, 4)
    private static let one = Tensor(scalar: Int64(1))

    /// Numbers without a pattern, from −1 to 1.
    private static func waves(_ shape: Int...) -> Tensor {
        let values = (0..<shape.reduce(1, *)).map { index -> Float in
            let number = Float((index * 37 + 11) % 101)
            return number / 50.5 - 1
        }
        return Tensor(values, shape: shape)
    }

    private static func bytes(_ shape: Int...) -> Tensor {
        let count = shape.reduce(1, *)
        let values = (0..<count).map { (index: Int) -> UInt8 in UInt8((index * 37 + 11) % 101) }
        return Tensor(values, shape: shape)
    }

    private static func places(_ values: [Int64], _ shape: Int...) -> Tensor {
        Tensor(values, shape: shape)
    }

    static let shaped: [Sample] = visual + moving + networks + quantized + generated

    private static let visual: [Sample] = [
        Sample(AffineGrid(), [waves(1, 2, 3), .ints(1, 1, 2, 3)]),
        Sample(CenterCropPad(), [S.x, .ints(2, 2, 6)]),
        Sample(Col2Im(), [waves(1, 8, 4), .ints(3, 3), .ints(2, 2)]),
        Sample(DeformConv(), [image, waves(2, 2, 2, 2), waves(1, 8, 3, 3)]),
        Sample(GridSample(), [image, waves(1, 2, 3, 2)]),
        Sample(
            MaxRoiPool(pooledShape: [2, 2]),
            [image, Tensor([0, 0, 0, 3, 3] as [Float], shape: [1, 5])]),
        Sample(
            MaxUnpool(kernel: [2, 2], strides: [2, 2]),
            [waves(1, 1, 2, 2), places([0, 3, 9, 15], 1, 1, 2, 2)]),
        Sample(
            NonMaxSuppression(),
            [
                Tensor([0, 0, 1, 1, 0, 0, 1, 0.9, 2, 2, 3, 3] as [Float], shape: [1, 3, 4]),
                Tensor([0.9, 0.8, 0.7] as [Float], shape: [1, 1, 3]), .ints(3), S.slopes(1),
            ]),
        Sample(
            RoiAlign(outputHeight: 2, outputWidth: 2),
            [image, Tensor([0, 0, 3, 3] as [Float], shape: [1, 4]), .ints(0)]),
    ]

    private static let moving: [Sample] = [
        Sample(Compress(axis: 1), [S.x, Tensor([true, false, true], shape: [3])]),
        Sample(Concat(axis: 1), [S.x, S.above]),
        Sample(DepthToSpace(blockSize: 2), [waves(1, 4, 2, 2)]),
        Sample(SpaceToDepth(blockSize: 2), [image]),
        Sample(Expand(), [S.x, .ints(2, 2, 3, 4)]),
        Sample(Gather(axis: 1), [S.x, places([2, 0, 1], 3)]),
        Sample(GatherElements(axis: 1), [waves(2, 2), places([1, 0, 1, 1], 2, 2)]),
        Sample(GatherND(), [S.x, places([0, 1, 1, 2], 2, 2)]),
        Sample(NonZero(), [S.x]), Sample(Pad(pads: [1, 0, 0, 0, 0, 1]), [S.x]),
        Sample(Reshape(shape: [4, 6]), [S.x]),
        Sample(Resize(.linear, scales: [1, 1, 2, 2]), [image]),
        Sample(ReverseSequence(), [waves(4, 2), .ints(3, 2)]),
        Sample(
            ScatterElements(axis: 1), [waves(2, 3), places([2, 0], 2, 1), waves(2, 1)]),
        Sample(ScatterND(), [waves(4), places([3, 0], 2, 1), waves(2)]),
        Sample(SliceOf(starts: [1], ends: [3], axes: [2]), [S.x]),
        Sample(Split(axis: 2, sizes: [4]), [S.x]), Sample(Squeeze(axes: [0]), [waves(1, 3)]),
        Sample(TensorScatter(), [waves(1, 4, 2), waves(1, 2, 2), .ints(1)]),
        Sample(Tile(repeats: [1, 2, 1]), [S.x]), Sample(Transpose([1, 0, 2]), [S.x]),
        Sample(Unique(axis: 0), [places([1, 2, 1, 2], 2, 2)]),
        Sample(Unsqueeze(axes: [0]), [S.x]),
    ]

    private static let networks: [Sample] = [
        Sample(Attention(), [waves(1, 2, 3, 4), waves(1, 2, 3, 4), waves(1, 2, 3, 4)]),
        Sample(AveragePool(kernel: [2, 2]), [image]),
        Sample(
            BatchNormalization(),
            [image, S.slopes(2), S.slopes(2), S.slopes(2), S.slopes(2)]),
        Sample(CausalConvWithState(), [waves(1, 2, 5), waves(2, 1, 3)]),
        Sample(Conv(), [image, waves(2, 2, 3, 3)]),
        Sample(ConvTranspose(), [image, waves(2, 2, 3, 3)]),
        Sample(Gemm(), [waves(2, 3), waves(3, 3)]),
        Sample(GroupNormalization(groupCount: 1), [image, S.slopes(2), S.slopes(2)]),
        Sample(InstanceNormalization(), [image, S.slopes(2), S.slopes(2)]),
        Sample(LRN(size: 3, alpha: 0.5), [waves(1, 4, 2, 2)]),
        Sample(LayerNormalization(), [S.x, S.slopes(4)]),
        Sample(
            LinearAttention(queryHeadCount: 1, keyHeadCount: 1, updateRule: .linear),
            [waves(1, 3, 4), waves(1, 3, 4), waves(1, 3, 4)]),
        Sample(LpPool(kernel: [2, 2]), [image]), Sample(MatMul(), [waves(3, 3), waves(3, 3)]),
        Sample(MaxPool(kernel: [2, 2]), [image]),
        Sample(RMSNormalization(), [S.x, S.slopes(4)]),
        Sample(RotaryEmbedding(), [waves(1, 2, 3, 4), waves(1, 3, 2), waves(1, 3, 2)]),
        Sample(RNN(hiddenSize: 2), [waves(3, 1, 2), waves(1, 2, 2), waves(1, 2, 2)]),
        Sample(GRU(hiddenSize: 2), [waves(3, 1, 2), waves(1, 6, 2), waves(1, 6, 2)]),
        Sample(LSTM(hiddenSize: 2), [waves(3, 1, 2), waves(1, 8, 2), waves(1, 8, 2)]),
    ]

    private static let quantized: [Sample] = [
        Sample(ConvInteger(), [bytes(1, 2, 4, 4), bytes(2, 2, 2, 2)]),
        Sample(DequantizeLinear(), [bytes(2, 3), S.scalar(0.5)]),
        Sample(DynamicQuantizeLinear(), [S.x]),
        Sample(MatMulInteger(), [bytes(2, 3), bytes(3, 2)]),
        Sample(
            QLinearConv(),
            [
                bytes(1, 2, 4, 4), S.scalar(0.5), Tensor(scalar: UInt8(3)), bytes(2, 2, 2, 2),
                S.scalar(0.25), Tensor(scalar: UInt8(2)), S.scalar(4), Tensor(scalar: UInt8(1)),
            ]),
        Sample(
            QLinearMatMul(),
            [
                bytes(2, 3), S.scalar(0.5), Tensor(scalar: UInt8(3)), bytes(3, 2),
                S.scalar(0.25), Tensor(scalar: UInt8(2)), S.scalar(4), Tensor(scalar: UInt8(1)),
            ]),
        Sample(QuantizeLinear(), [S.x, S.scalar(0.5)]),
    ]

    private static let generated: [Sample] = [
        Sample(ConstantOfShape(), [.ints(2, 3)]), Sample(EyeLike(), [waves(3, 3)]),
        Sample(NumberRange(), [Tensor(scalar: Int64(0)), Tensor(scalar: Int64(5)), one]),
        Sample(OneHot(), [places([0, 2], 2), .ints(3), S.slopes(2)]),
        Sample(ShapeOf(), [S.x]), Sample(SizeOf(), [S.x]),
    ]
}
