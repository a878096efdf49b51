import HingeGraph
import HingeOperators

/// A window of ONNX as Keras can have it: padded like `valid` or `same`, behind borders that are added or removed first.
struct KerasWindow {
    /// The window with Keras's padding.
    var settings: WindowSettings
    /// What is added before the window slides, for each spatial axis; negative numbers remove.
    var borders: [(begin: Int, end: Int)]

    /// Whether borders are added or removed.
    var hasBorders: Bool { borders.contains { $0.begin != 0 || $0.end != 0 } }

    /// Finds the form of a window for an input `[N, spatial…, C]`.
    ///
    /// - Parameters:
    ///   - window: The window.
    ///   - kernel: Its extents.
    ///   - input: The input's shape.
    ///   - allowsSame: Whether Keras's own padding may be used.
    /// - Throws: ``HingeError`` when the padding depends on an extent that isn't known, or there are too many axes.
    init(
        _ window: SpatialWindow, kernel: [Int], input: Shape, allowsSame: Bool = true
    ) throws {
        let rank = kernel.count
        let spatial = Array(input.dimensions.dropFirst().dropLast())
        guard (1...3).contains(rank), spatial.count == rank else {
            throw HingeError(
                .unsupported, "Keras has no windows over \(spatial.count) spatial dimensions")
        }
        settings = WindowSettings(
            size: kernel, strides: window.strides.isEmpty ? nil : window.strides,
            dilation: window.dilations.isEmpty ? nil : window.dilations)
        borders = []
        for axis in 0..<rank {
            borders.append(
                try KerasWindow.border(window, axis, spatial[axis], settings, allowsSame))
        }
        let same = (0..<rank).map { axis in
            KerasWindow.same(spatial[axis], axis, settings, atEnd: true)
        }
        let isSame = zip(same, borders).allSatisfy { same, border in
            same.map { $0 == border } ?? false
        }
        if allowsSame, window.padding == .sameUpper || isSame && hasBorders {
            settings.padding = .same
            borders = borders.map { _ in (0, 0) }
        }
    }

    /// The elements that are added at both ends of an axis.
    private static func border(
        _ window: SpatialWindow, _ axis: Int, _ extent: Shape.Dimension, _ settings: WindowSettings,
        _ allowsSame: Bool
    ) throws -> (begin: Int, end: Int) {
        var border = (begin: 0, end: 0)
        switch window.padding {
        case .valid: break
        case .explicit(let pads):
            if !pads.isEmpty { border = (pads[axis], pads[axis + settings.rank]) }
        case .sameUpper, .sameLower:
            let isUpper = window.padding == .sameUpper
            if let found = same(extent, axis, settings, atEnd: isUpper) {
                border = found
            } else if !isUpper || !allowsSame {
                throw HingeError(
                    .unsupported, "this kind of padding needs extents that are known")
            }
        }
        guard window.roundsUp else { return border }
        // The last window may stand out: what it lacks is added.
        let (span, stride) = (settings.spans[axis], settings.strides[axis])
        if stride == 1 { return border }
        guard let extent = extent.extent else {
            throw HingeError(
                .unsupported, "rounding up the number of windows needs extents that are known")
        }
        let room = extent + border.begin + border.end - span
        guard room >= 0 else { return border }
        var last = (room + stride - 1) / stride
        if last * stride >= extent + border.begin { last -= 1 }
        border.end = max(last * stride + span - extent - border.begin, border.end)
        return border
    }

    /// What `same` padding adds at both ends of an axis, if that can be told; an odd element at the end or not.
    private static func same(
        _ extent: Shape.Dimension, _ axis: Int, _ settings: WindowSettings, atEnd: Bool
    ) -> (begin: Int, end: Int)? {
        let (span, stride) = (settings.spans[axis], settings.strides[axis])
        var total = span - 1
        if stride != 1 {
            guard let extent = extent.extent else { return nil }
            let windows = (extent + stride - 1) / stride
            total = max((windows - 1) * stride + span - extent, 0)
        }
        let half = total / 2
        return atEnd ? (half, total - half) : (total - half, half)
    }
}

extension NodeWriting {
    /// Adds zeros around a tensor `[N, spatial…, C]`, or removes its borders where numbers are negative.
    func bordered(
        _ x: KerasTensor, _ borders: [(begin: Int, end: Int)], as role: String? = "padding"
    ) throws -> KerasTensor {
        var x = x
        let added = borders.map { (begin: max($0.begin, 0), end: max($0.end, 0)) }
        let removed = borders.map { (begin: max(-$0.begin, 0), end: max(-$0.end, 0)) }
        let isAdding = added.contains { $0.begin != 0 || $0.end != 0 }
        if removed.contains(where: { $0.begin != 0 || $0.end != 0 }) {
            x = try layer(
                NodeWriting.cropping(removed), x,
                giving: OutputType(
                    x.type, resized(x.shape, removed.map { -$0.begin - $0.end })),
                as: isAdding ? "cropping" : role)
        }
        if isAdding {
            let type = OutputType(x.type, resized(x.shape, added.map { $0.begin + $0.end }))
            x =
                target == .legacy && added.count == 1
                ? try paddedAsImage(x, added[0], type, as: role)
                : try layer(NodeWriting.padding(added), x, giving: type, as: role)
        }
        return x
    }

    /// Zeros around a sequence `[N, T, C]` as around an image of width 1: Keras 2 doesn't let a layer state the layout of
    /// sequences, and Keras 3 takes one from its settings that isn't stated.
    private func paddedAsImage(
        _ x: KerasTensor, _ border: (begin: Int, end: Int), _ type: OutputType, as role: String?
    ) throws -> KerasTensor {
        let (steps, channels) = (type.shape[1], type.shape[2])
        guard let extent = channels.extent else {
            throw unsupported("Keras needs the number of channels to be known")
        }
        let image = try layer(
            ReshapeLayer(targetShape: [-1, 1, extent]), x,
            giving: OutputType(x.type, [x.shape[0], x.shape[1], 1, channels]), as: "image")
        let padded = try layer(
            NodeWriting.padding([border, (0, 0)]), image,
            giving: OutputType(x.type, [x.shape[0], steps, 1, channels]), as: "image_padding")
        return try layer(ReshapeLayer(targetShape: [-1, extent]), padded, giving: type, as: role)
    }

    /// A shape `[N, spatial…, C]` with other spatial extents.
    func resized(_ shape: Shape, _ changes: [Int]) -> Shape {
        var shape = shape
        for (axis, change) in changes.enumerated() where change != 0 {
            shape[axis + 1] = shape[axis + 1].extent.map { .known($0 + change) } ?? .unknown
        }
        return shape
    }

    private static func padding(_ borders: [(begin: Int, end: Int)]) -> any KerasLayer {
        switch borders.count {
        case 1: ZeroPadding1DLayer(borders: borders, dataFormat: .channelsLast)
        case 2: ZeroPadding2DLayer(borders: borders, dataFormat: .channelsLast)
        default: ZeroPadding3DLayer(borders: borders, dataFormat: .channelsLast)
        }
    }

    private static func cropping(_ borders: [(begin: Int, end: Int)]) -> any KerasLayer {
        switch borders.count {
        case 1: Cropping1DLayer(borders: borders, dataFormat: .channelsLast)
        case 2: Cropping2DLayer(borders: borders, dataFormat: .channelsLast)
        default: Cropping3DLayer(borders: borders, dataFormat: .channelsLast)
        }
    }
}
