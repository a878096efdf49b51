import HingeGraph
import HingeOperators

/// The functions of TensorFlow on images `[N, height, width, C]`, N the batch and C the channels.
///
/// Source: TensorFlow 2 `tf.image` and `tf.compat.v1.image`.
extension TensorFlowFunctions {
    static let images: [String: Function] = [
        "image.resize": Function(["size", "method", "antialias", "preserve_aspect_ratio"]) {
            [try resize($0, isVersion2: true)]
        },
        "compat.v1.image.resize_images": Function(["size", "method", "align_corners"]) {
            [try resize($0, isVersion2: false)]
        },
        "compat.v1.image.resize_bilinear": sampled(.bilinear),
        "compat.v1.image.resize_nearest_neighbor": sampled(.nearest),
        "compat.v1.image.resize_bicubic": sampled(.bicubic),
        "compat.v1.image.resize_area": sampled(.area),
        "image.flip_left_right": Function { [try flipped($0, axes: [2])] },
        "image.flip_up_down": Function { [try flipped($0, axes: [1])] },
        "image.transpose": Function { call in
            [try call.context.append(Transpose([0, 2, 1, 3]), image(call))]
        },
        "image.rot90": Function(["k"]) { call in
            let turns = (try call.values().int("k") ?? 1) & 3
            let x = try image(call)
            let turned =
                turns % 2 == 0
                ? x : try call.context.append(Transpose([0, 2, 1, 3]), x, as: "turned")
            let axes = [[], [1], [1, 2], [2]][turns]
            return [axes.isEmpty ? turned : try flipped(turned, axes: axes, call)]
        },
        "image.central_crop": Function(["central_fraction"]) { call in
            let values = call.values()
            let fraction = try values.required(
                "central_fraction", values.number("central_fraction"))
            guard fraction > 0, fraction <= 1 else {
                throw values.error("central_fraction", "expected at most 1, found \(fraction)")
            }
            let x = try image(call)
            let starts = try (1...2).map { axis in
                let extent = Double(try call.context.extent(x, axis))
                return Int((extent - extent * fraction) / 2)
            }
            let ends = try (1...2).map { axis in
                try call.context.extent(x, axis) - starts[axis - 1]
            }
            return [try call.context.append(SliceOf(starts: starts, ends: ends, axes: [1, 2]), x)]
        },
        "image.crop_to_bounding_box": Function(box) { call in
            let (offset, size) = try boxed(call)
            let x = try image(call)
            return [
                try call.context.append(
                    SliceOf(
                        starts: offset, ends: zip(offset, size).map { $0 + $1 }, axes: [1, 2]),
                    x)
            ]
        },
        "image.pad_to_bounding_box": Function(box) { call in
            let (offset, size) = try boxed(call)
            let x = try image(call)
            let after = try (0..<2).map { axis in
                size[axis] - offset[axis] - (try call.context.extent(x, axis + 1))
            }
            guard after.allSatisfy({ $0 >= 0 }) else {
                throw HingeError(.mismatch, "expected an image that fits \(size)")
            }
            return [try call.context.append(Pad(pads: [0] + offset + [0, 0] + after + [0]), x)]
        },
        "image.resize_with_crop_or_pad": Function(["target_height", "target_width"]) { call in
            let values = call.values()
            let size = [
                try values.requiredPositive("target_height"),
                try values.requiredPositive("target_width"),
            ]
            return [try centered(image(call), size, call)]
        },
        "image.resize_with_pad": Function(
            ["target_height", "target_width", "method", "antialias"], resizeWithPad),
        "image.rgb_to_grayscale": Function { call in
            [try mixed(call, [0.2989, 0.587, 0.114], [3, 1])]
        },
        "image.rgb_to_yiq": Function { call in
            [
                try mixed(
                    call,
                    [
                        0.299, 0.59590059, 0.2115, 0.587, -0.27455667, -0.52273617, 0.114,
                        -0.32134392, 0.31119955,
                    ], [3, 3])
            ]
        },
        "image.rgb_to_yuv": Function { call in
            [
                try mixed(
                    call,
                    [
                        0.299, -0.14714119, 0.61497538, 0.587, -0.28886916, -0.51496512, 0.114,
                        0.43601035, -0.10001026,
                    ], [3, 3])
            ]
        },
        "image.grayscale_to_rgb": Function { call in
            [try call.context.append(Tile(repeats: [1, 1, 1, 3]), image(call))]
        },
        "image.per_image_standardization": Function { call in
            let x = try call.floating(image(call))
            let count = try (1...3).map { try call.context.extent(x, $0) }.reduce(1, *)
            let mean = try call.context.append(ReduceMean(axes: [1, 2, 3]), x, as: "mean")
            let difference = try call.context.append(Sub(), x, mean, as: "centered")
            let square = try call.context.append(Mul(), difference, difference, as: "square")
            let variance = try call.context.append(
                ReduceMean(axes: [1, 2, 3]), square, as: "variance")
            let deviation = try call.context.append(Sqrt(), variance, as: "deviation")
            let least = try call.scalar(1 / Double(max(count, 1)).squareRoot(), like: x)
            let bounded = try call.context.append(Max(), deviation, least, as: "bounded")
            return [try call.context.append(Div(), difference, bounded)]
        },
        "image.adjust_contrast": Function(["contrast_factor"]) { call in
            let values = call.values()
            let x = try call.requireFloating(image(call))
            let factor = try values.required("contrast_factor", values.number("contrast_factor"))
            let mean = try call.context.append(ReduceMean(axes: [1, 2]), x, as: "mean")
            let difference = try call.context.append(Sub(), x, mean, as: "centered")
            let scaled = try call.context.append(
                Mul(), difference, call.scalar(factor, like: x), as: "scaled")
            return [try call.context.append(Add(), scaled, mean)]
        },
        "image.adjust_brightness": Function(["delta"]) { call in
            let values = call.values()
            let x = try call.requireFloating(image(call))
            let delta = try values.required("delta", values.number("delta"))
            return [try call.context.append(Add(), x, call.scalar(delta, like: x))]
        },
        "image.adjust_gamma": Function(["gamma", "gain"]) { call in
            let values = call.values()
            let x = try call.requireFloating(image(call))
            let power = try call.context.append(
                Pow(), x, call.scalar(values.number("gamma") ?? 1, like: x), as: "power")
            return [
                try call.context.append(
                    Mul(), power, call.scalar(values.number("gain") ?? 1, like: x))
            ]
        },
        "image.convert_image_dtype": Function(["dtype"]) { call in
            let values = call.values()
            let x = try call.tensor("image", 0)
            let source = try call.context.dataType(x)
            guard let type = try values.string("dtype").flatMap({ DataType(name: $0) }),
                type.isFloatingPoint, source.isInteger || source.isFloatingPoint
            else { throw values.unsupported("dtype", "this conversion is not supported") }
            guard source.isInteger else { return [try call.cast(x, type, as: nil)] }
            let numbers = try call.cast(x, type)
            let scale = try call.scalar(1 / source.integerRange.high, like: numbers)
            return [try call.context.append(Mul(), numbers, scale)]
        },
    ]

    private static let box: Set<String> = [
        "offset_height", "offset_width", "target_height", "target_width",
    ]

    private static func boxed(_ call: OperationCall) throws -> (offset: [Int], size: [Int]) {
        let values = call.values()
        let offset = try ["offset_height", "offset_width"].map {
            try values.required($0, values.int($0))
        }
        guard offset.allSatisfy({ (0...1 << 24).contains($0) }) else {
            throw values.error("offset_height", "expected places in the image, found \(offset)")
        }
        return (
            offset, try ["target_height", "target_width"].map { try values.requiredPositive($0) }
        )
    }

    /// The image that a function is called for.
    private static func image(_ call: OperationCall) throws -> Operand {
        let x = try call.tensor("images", 0)
        try call.context.requireRank(x, 4...4)
        return x
    }

    private static func flipped(_ call: OperationCall, axes: [Int]) throws -> Operand {
        try flipped(image(call), axes: axes, call)
    }

    private static func flipped(
        _ x: Operand, axes: [Int], _ call: OperationCall
    ) throws -> Operand {
        try call.context.append(
            SliceOf(
                starts: axes.map { _ in -1 }, ends: axes.map { _ in Int.min }, axes: axes,
                steps: axes.map { _ in -1 }), x)
    }

    /// The channels times a matrix.
    private static func mixed(
        _ call: OperationCall, _ weights: [Float], _ shape: [Int]
    ) throws -> Operand {
        let x = try call.requireFloating(image(call))
        let matrix = try call.context.fold(
            Cast(to: call.context.dataType(x)), [Tensor(weights, shape: shape)])
        return try call.context.append(MatMul(), x, call.context.constant(matrix, "weights"))
    }
}

// MARK: - Sizes

extension TensorFlowFunctions {
    /// Brings an image to another size.
    ///
    /// Version 2 takes the centres of pixels for their places; version 1 their corners.
    private static func resize(_ call: OperationCall, isVersion2: Bool) throws -> Operand {
        let values = call.values()
        let x = try image(call)
        var sizes = try values.required("size", values.tuple("size", count: 2))
        let extents = try? (1...2).map { try call.context.extent(x, $0) }
        if try values.bool("preserve_aspect_ratio", default: false) {
            guard let extents else {
                throw values.unsupported(
                    "preserve_aspect_ratio", "an image of unknown size is not supported")
            }
            sizes = fitting(extents, in: sizes)
        }
        if extents == sizes { return x }
        let interpolation = try method(values)
        guard isVersion2 else {
            return try sample(
                x, interpolation, to: sizes,
                alignsCorners: values.bool("align_corners", default: false),
                hasHalfPixels: false, call)
        }
        let isAntialiased = try values.bool("antialias", default: false)
        let source = interpolation == .nearest ? x : try call.context.floating(x)
        return try call.context.resized(
            source, interpolation, to: sizes, isAntialiased: isAntialiased, .channelsLast)
    }

    private static func method(_ values: ConfigReader) throws -> Interpolation {
        let numbered: [Interpolation] = [.bilinear, .nearest, .bicubic, .area]
        if let number = values.value("method")?.int, numbered.indices.contains(number) {
            return numbered[number]
        }
        return try values.word("method", default: .bilinear)
    }

    /// The greatest size with the proportions of an image that fits in another.
    private static func fitting(_ extents: [Int], in sizes: [Int]) -> [Int] {
        let factor = zip(sizes, extents).map { Float($0) / Float($1) }.min() ?? 1
        return extents.map { Int((factor * Float($0)).rounded(.toNearestOrEven)) }
    }

    /// One of the functions of version 1 for one interpolation.
    private static func sampled(_ interpolation: Interpolation) -> Function {
        Function(["size", "align_corners", "half_pixel_centers"]) { call in
            let values = call.values()
            return [
                try sample(
                    image(call), interpolation,
                    to: values.required("size", values.tuple("size", count: 2)),
                    alignsCorners: values.bool("align_corners", default: false),
                    hasHalfPixels: values.bool("half_pixel_centers", default: false), call)
            ]
        }
    }

    private static func sample(
        _ x: Operand, _ interpolation: Interpolation, to sizes: [Int], alignsCorners: Bool,
        hasHalfPixels: Bool, _ call: OperationCall
    ) throws -> Operand {
        let context = call.context
        let source = interpolation == .nearest ? x : try context.floating(x)
        guard interpolation.kernel == nil else {
            guard !alignsCorners else {
                throw HingeError(.unsupported, "aligned corners of areas are not supported")
            }
            return try context.resized(source, interpolation, to: sizes, .channelsLast)
        }
        var resize = context.resize(interpolation, to: sizes)
        if alignsCorners {
            resize.coordinates = .alignCorners
            if interpolation == .nearest { resize.rounding = .preferCeil }
        } else if !hasHalfPixels {
            resize.coordinates = .asymmetric
            if interpolation == .nearest { resize.rounding = .floor }
        }
        if interpolation == .bicubic, !hasHalfPixels {
            // The older kernel, which repeats the borders.
            resize.cubicCoefficient = -0.75
            resize.excludesOutside = false
        }
        return try context.append(context.laidOut(resize, .channelsLast), source)
    }

    private static let resizeWithPad: KerasOperations.Build = { call in
        let values = call.values()
        let x = try call.context.floating(image(call))
        let size = [
            try values.requiredPositive("target_height"),
            try values.requiredPositive("target_width"),
        ]
        let extents = try (1...2).map { try call.context.extent(x, $0) }
        let ratio = max(
            Double(extents[1]) / Double(size[1]), Double(extents[0]) / Double(size[0]))
        let inner = extents.map { Int((Double($0) / ratio).rounded(.down)) }
        guard inner.allSatisfy({ $0 > 0 }) else {
            throw HingeError(.mismatch, "expected an image of other proportions, found \(extents)")
        }
        let resized =
            inner == extents
            ? x
            : try call.context.resized(
                x, method(values), to: inner,
                isAntialiased: values.bool("antialias", default: false), .channelsLast)
        let before = zip(size, extents).map { size, extent in
            max(0, Int(((Double(size) - Double(extent) / ratio) / 2).rounded(.down)))
        }
        let after = (0..<2).map { (axis: Int) -> Int in size[axis] - inner[axis] - before[axis] }
        guard after.allSatisfy({ $0 >= 0 }) else {
            throw HingeError(.mismatch, "expected an image that fits \(size), found \(extents)")
        }
        return [try call.context.append(Pad(pads: [0] + before + [0, 0] + after + [0]), resized)]
    }

    /// The middle of an image, with zeros around it where it is smaller.
    private static func centered(
        _ x: Operand, _ size: [Int], _ call: OperationCall
    ) throws -> Operand {
        let extents = try (1...2).map { try call.context.extent(x, $0) }
        let start = zip(extents, size).map { extent, size in max((extent - size) / 2, 0) }
        let kept = zip(extents, size).map { min($0, $1) }
        let cropped =
            kept == extents
            ? x
            : try call.context.append(
                SliceOf(starts: start, ends: zip(start, kept).map { $0 + $1 }, axes: [1, 2]), x,
                as: "cropped")
        let before = zip(size, kept).map { ($0 - $1) / 2 }
        let after = (0..<2).map { (axis: Int) -> Int in size[axis] - kept[axis] - before[axis] }
        guard (before + after).contains(where: { $0 > 0 }) else { return cropped }
        return try call.context.append(Pad(pads: [0] + before + [0, 0] + after + [0]), cropped)
    }
}

extension OperationCall {
    /// A value that must be one of floating-point numbers.
    func requireFloating(_ x: Operand) throws -> Operand {
        guard try context.dataType(x).isFloatingPoint else {
            throw HingeError(.unsupported, "images of integers are not supported here")
        }
        return x
    }
}
