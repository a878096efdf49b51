import HingeGraph
import HingeOperators

/// The operations of neural networks that are layers, too: pooling, resizing, normalisation.
///
/// Source: Keras 3 `keras.ops.nn` and `keras.ops.image`.
extension KerasOperations {
    static let neural: [String: Build] = [
        "MaxPool": pooling { MaxPool(window: $0) },
        "AveragePool": pooling { AveragePool(window: $0) },
        "Resize": { call in
            let values = call.values("images", "size")
            let x = try call.tensor("images", 0)
            try call.context.requireRank(x, 4...4)
            guard try call.context.dataType(x).isFloatingPoint else {
                throw HingeError(.unsupported, "images of integers are not supported here")
            }
            let size = try values.required("size", values.tuple("size", count: 2))
            for key in ["crop_to_aspect_ratio", "pad_to_aspect_ratio"]
            where try values.bool(key, default: false) {
                throw values.unsupported(key, "this is not supported here")
            }
            return [
                try call.context.resized(
                    x, values.interpolation(default: .bilinear), to: size,
                    isAntialiased: values.bool("antialias", default: false), values.dataFormat())
            ]
        },
        "RGBToGrayscale": { call in
            let x = try call.tensor("images", 0)
            try call.context.requireRank(x, 4...4)
            guard try call.context.dataType(x).isFloatingPoint,
                try call.values("images").dataFormat() == .channelsLast
            else { throw HingeError(.unsupported, "images of this kind are not supported here") }
            let weights = try call.context.fold(
                Cast(to: call.context.dataType(x)),
                [Tensor([0.2989, 0.587, 0.114] as [Float], shape: [3, 1])])
            return [
                try call.context.append(MatMul(), x, call.context.constant(weights, "weights"))
            ]
        },
        "DepthToSpace": { try exchanged($0) { DepthToSpace(blockSize: $0) } },
        "SpaceToDepth": { try exchanged($0) { SpaceToDepth(blockSize: $0) } },
        "RMSNorm": { call in
            let values = call.values("x", "scale", "axis", "epsilon")
            let input = try call.floating(call.tensor("x", 0))
            let x = try call.precise(input)
            let rank = try call.context.rank(x)
            let axes = try call.context.axes(values.ints("axis") ?? [-1], rank: rank)
            let square = try call.context.append(Mul(), x, x, as: "square")
            let mean = try call.context.append(ReduceMean(axes: axes), square, as: "mean")
            let sum = try call.context.append(
                Add(), mean, call.scalar(values.number("epsilon") ?? 1e-7, like: x), as: "sum")
            let root = try call.context.append(Sqrt(), sum, as: "root")
            var result = try call.context.append(Div(), x, root, as: "normalized")
            if let scale = call.argument("scale", 1), !scale.isNone {
                let factor = try call.cast(
                    call.tensor(scale, "scale", like: x), call.context.dataType(x))
                result = try call.context.append(Mul(), result, factor)
            }
            return [try call.cast(result, call.context.dataType(input), as: nil)]
        },
        "LayerNorm": { call in
            let values = call.values("x", "gamma", "beta", "axis", "epsilon")
            guard try !values.bool("rms_scaling", default: false) else {
                throw values.unsupported("rms_scaling", "this is not supported here")
            }
            let input = try call.floating(call.tensor("x", 0))
            let x = try call.precise(input)
            let rank = try call.context.rank(x)
            let axes = try call.context.axes(values.ints("axis") ?? [-1], rank: rank)
            let mean = try call.context.append(ReduceMean(axes: axes), x, as: "mean")
            let centered = try call.context.append(Sub(), x, mean, as: "centered")
            let square = try call.context.append(Mul(), centered, centered, as: "square")
            let variance = try call.context.append(
                ReduceMean(axes: axes), square, as: "variance")
            let sum = try call.context.append(
                Add(), variance, call.scalar(values.number("epsilon") ?? 1e-7, like: x),
                as: "sum")
            var result = try call.context.append(
                Div(), centered, call.context.append(Sqrt(), sum, as: "root"), as: "normalized")
            for (index, key) in ["gamma", "beta"].enumerated() {
                guard let argument = call.argument(key, index + 1), !argument.isNone else {
                    continue
                }
                var parameter = try call.cast(
                    call.tensor(argument, key, like: x), call.context.dataType(x))
                let extents = try axes.map { try call.context.extent(x, $0) }
                if axes != Array(rank - axes.count..<rank) {
                    parameter = try call.context.append(
                        Reshape(
                            shape: call.context.broadcastShape(extents, axes, rank: rank)),
                        parameter, as: key)
                }
                result = try call.context.append(
                    index == 0 ? Mul() : Add(), result, parameter)
            }
            return [try call.cast(result, call.context.dataType(input), as: nil)]
        },
        "BatchNorm": { call in
            // The axis stands in the configuration; what follows the variance is offset and scale.
            let values = call.values()
            let x = try call.floating(call.tensor("x", 0))
            let rank = try call.context.rank(x)
            let axis = try InferenceContext.axis(
                values.required("axis", values.int("axis")), rank: rank)
            func parameter(_ name: String, _ position: Int) throws -> Operand? {
                guard let argument = call.argument(name, position), !argument.isNone else {
                    return nil
                }
                let value = try call.cast(
                    call.tensor(argument, name, like: x), call.context.dataType(x))
                guard axis < rank - 1 else { return value }
                return try call.context.append(
                    Unsqueeze(axes: Array(1..<rank - axis)), value, as: name)
            }
            guard let mean = try parameter("mean", 1), let variance = try parameter("variance", 2)
            else { throw HingeError(.mismatch, "expected a mean and a variance") }
            let sum = try call.context.append(
                Add(), variance, call.scalar(values.number("epsilon") ?? 1e-3, like: x),
                as: "sum")
            let root = try call.context.append(Sqrt(), sum, as: "root")
            let centered = try call.context.append(Sub(), x, mean, as: "centered")
            var result = try call.context.append(Div(), centered, root, as: "normalized")
            if let scale = try parameter("scale", 4) {
                result = try call.context.append(Mul(), result, scale)
            }
            if let offset = try parameter("offset", 3) {
                result = try call.context.append(Add(), result, offset)
            }
            return [result]
        },
        "MultiHot": { call in
            let values = call.values("inputs", "num_classes", "axis", "dtype")
            guard try values.int("axis") ?? -1 == -1 else {
                throw values.unsupported("axis", "another axis than the last is not supported")
            }
            let type = try values.string("dtype").flatMap { DataType(name: $0) } ?? .float32
            let indices = try call.cast(call.tensor("inputs", 0), .int64, as: "indices")
            return [
                try call.context.encode(
                    indices, .multiHot, depth: values.requiredPositive("num_classes"), as: type)
            ]
        },
    ]

    private static func pooling(
        _ make: @escaping @Sendable (SpatialWindow) -> any Operator
    ) -> Build {
        { call in
            let values = call.values("inputs", "pool_size", "strides", "padding", "data_format")
            let x = try call.tensor("inputs", 0)
            let rank = try call.context.rank(x) - 2
            guard rank > 0 else {
                throw HingeError(.mismatch, "expected at least 3 dimensions, found \(rank + 2)")
            }
            let size = try values.required("pool_size", values.tuple("pool_size", count: rank))
            let settings = WindowSettings(
                size: size, strides: try values.tuple("strides", count: rank) ?? size,
                padding: try values.padding(), dataFormat: try values.dataFormat())
            let pooling = make(
                try settings.window(for: call.context.shape(x), call.context.semantics))
            return [
                try call.context.append(call.context.laidOut(pooling, settings.dataFormat), x)
            ]
        }
    }

    private static func exchanged(
        _ call: OperationCall, _ make: (Int) -> any Operator
    ) throws -> [Operand] {
        let values = call.values("x", "block_size", "data_format")
        let x = try call.tensor("x", 0)
        try call.context.requireRank(x, 4...4)
        let size = try values.requiredPositive("block_size")
        return [
            try call.context.append(call.context.laidOut(make(size), values.dataFormat()), x)
        ]
    }
}

extension OperationCall {
    /// A floating-point value in at least single precision.
    func precise(_ x: Operand) throws -> Operand {
        try context.dataType(x).isHalf ? cast(x, .float32, as: "precise") : x
    }
}
