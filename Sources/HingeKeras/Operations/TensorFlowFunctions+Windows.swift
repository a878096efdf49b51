import HingeGraph
import HingeOperators

/// The functions of TensorFlow in which a window slides over spatial axes, or that exchange them with
/// channels.
///
/// Source: TensorFlow 2 `tf.nn`.
extension TensorFlowFunctions {
    static let windows: [String: Function] = {
        var table: [String: Function] = [:]
        for (name, rank) in [
            ("nn.max_pool", nil), ("nn.max_pool1d", 1), ("nn.max_pool2d", 2),
            ("nn.max_pool3d", 3), ("compat.v1.nn.max_pool", nil),
        ] as [(String, Int?)] {
            table[name] = pooling(rank) { MaxPool(window: $0) }
        }
        for (name, rank) in [
            ("nn.avg_pool", nil), ("nn.avg_pool1d", 1), ("nn.avg_pool2d", 2),
            ("nn.avg_pool3d", 3), ("compat.v1.nn.avg_pool", nil),
        ] as [(String, Int?)] {
            table[name] = pooling(rank) { AveragePool(window: $0) }
        }
        for name in ["nn.conv1d", "nn.conv2d", "nn.conv3d", "nn.convolution"] {
            table[name] = convolution("filters")
        }
        table["compat.v1.nn.conv1d"] = convolution("filters")
        table["compat.v1.nn.conv2d"] = convolution("filter")
        table["nn.depthwise_conv2d"] = depthwise
        table["compat.v1.nn.depthwise_conv2d"] = depthwise
        for name in ["nn.depth_to_space", "compat.v1.nn.depth_to_space"] {
            table[name] = Function(["block_size"]) {
                [try exchanged($0) { DepthToSpace(blockSize: $0) }]
            }
        }
        for name in ["nn.space_to_depth", "compat.v1.nn.space_to_depth"] {
            table[name] = Function(["block_size"]) {
                [try exchanged($0) { SpaceToDepth(blockSize: $0) }]
            }
        }
        return table
    }()

    private static let windowArguments: Set<String> = [
        "ksize", "strides", "padding", "data_format", "dilations", "use_cudnn_on_gpu",
    ]

    /// How a call's window slides.
    private static func window(
        _ size: [Int], _ call: OperationCall, _ x: Operand
    ) throws -> WindowSettings {
        let values = call.values()
        if let format = try values.string("data_format"), format.hasPrefix("NC") {
            throw values.unsupported("data_format", "the layout '\(format)' is not supported")
        }
        guard
            let padding = try values.string("padding").flatMap({
                KerasPadding(rawValue: $0.lowercased())
            }), padding != .causal
        else {
            throw values.unsupported("padding", "expected \"SAME\" or \"VALID\"")
        }
        func sizes(_ key: String) throws -> [Int]? {
            try values.ints(key).map { try spatial($0, key, size.count, values) }
        }
        return WindowSettings(
            size: size, strides: try sizes("strides"), padding: padding,
            dilation: try sizes("dilations"))
    }

    /// The numbers for the spatial axes: one for all, one each, or with 1 for batch and channels.
    private static func spatial(
        _ sizes: [Int], _ key: String, _ rank: Int, _ values: ConfigReader
    ) throws -> [Int] {
        var result = sizes
        if sizes.count == 1 { result = [Int](repeating: sizes[0], count: rank) }
        if sizes.count == rank + 2, sizes.first == 1, sizes.last == 1 {
            result = Array(sizes[1...rank])
        }
        guard result.count == rank, result.allSatisfy({ (1...ConfigReader.greatest).contains($0) })
        else { throw values.error(key, "expected \(rank) positive integers, found \(sizes)") }
        return result
    }

    private static func pooling(
        _ rank: Int?, _ make: @escaping @Sendable (SpatialWindow) -> any Operator
    ) -> Function {
        Function(windowArguments) { call in
            let values = call.values()
            let x = try call.tensor("input", 0)
            let rank = try rank ?? call.context.rank(x) - 2
            try call.context.requireRank(x, rank + 2...rank + 2)
            let size = try spatial(
                values.required("ksize", values.ints("ksize")), "ksize", rank, values)
            let settings = try window(size, call, x)
            let operation = make(
                try settings.window(for: call.context.shape(x), call.context.semantics))
            return [try call.context.append(ChannelsLast(operation), x)]
        }
    }

    private static func convolution(_ key: String) -> Function {
        Function(windowArguments.union([key, "stride"])) { call in
            let x = try call.tensor("input", 0)
            let kernel = try kernel(key, call, x)
            let settings = try window(Array(kernel.shape.dropLast(2)), call, x)
            let channels = try call.context.extent(x, -1)
            let inputs = kernel.shape[kernel.rank - 2]
            guard inputs > 0, channels % inputs == 0 else {
                throw HingeError(.mismatch, "expected \(inputs) channels, found \(channels)")
            }
            let convolution = Conv(
                window: try settings.window(for: call.context.shape(x), call.context.semantics),
                group: channels / inputs)
            let weights = call.context.constant(
                try call.context.operatorKernel(kernel), "kernel")
            return [try call.context.append(ChannelsLast(convolution), x, weights)]
        }
    }

    private static let depthwise = Function(windowArguments.union(["filter"])) { call in
        let x = try call.tensor("input", 0)
        let kernel = try kernel("filter", call, x)
        guard kernel.rank == 4 else {
            throw HingeError(.mismatch, "expected a kernel of 4 dimensions, found \(kernel.shape)")
        }
        let settings = try window(Array(kernel.shape.prefix(2)), call, x)
        let (channels, multiplier) = (kernel.shape[2], kernel.shape[3])
        let weights = try call.context.fold(Transpose([2, 3, 0, 1]), [kernel])
            .reshaped(to: [channels * multiplier, 1] + settings.size)
        let convolution = Conv(
            window: try settings.window(for: call.context.shape(x), call.context.semantics),
            group: channels)
        return [
            try call.context.append(
                ChannelsLast(convolution), x, call.context.constant(weights, "kernel"))
        ]
    }

    /// A kernel that the file holds.
    private static func kernel(
        _ key: String, _ call: OperationCall, _ x: Operand
    ) throws -> Tensor {
        guard let json = call.argument(key)?.plain else {
            throw HingeError(.unsupported, "a kernel that is computed is not supported")
        }
        let kernel = try ConfigTensor.tensor(json, call.context.dataType(x))
        let rank = try call.context.rank(x)
        guard kernel.rank == rank, rank >= 3, !kernel.shape.contains(0) else {
            throw HingeError(
                .mismatch, "expected a kernel of \(rank) dimensions, found \(kernel.shape)")
        }
        return kernel
    }

    private static func exchanged(
        _ call: OperationCall, _ make: (Int) -> any Operator
    ) throws -> Operand {
        let x = try call.tensor("input", 0)
        try call.context.requireRank(x, 4...4)
        let size = try call.values().requiredPositive("block_size")
        // TensorFlow has the channels of a block behind its places.
        return try call.context.append(ChannelsLast(make(size)), x)
    }
}
