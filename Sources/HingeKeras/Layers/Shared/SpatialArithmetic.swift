import HingeGraph
import HingeOperators

/// How a layer pads its input before a window slides over it.
enum KerasPadding: String, CaseIterable, Sendable {
    /// Not at all.
    case valid
    /// So that the result has the input's extents divided by the strides, rounded up.
    case same
    /// At the beginning only, so that no result depends on a later step.
    case causal
}

extension ConfigReader {
    /// The padding; `causal` only where the layer allows it.
    func padding(allowsCausal: Bool = false) throws -> KerasPadding {
        let padding: KerasPadding = try word("padding", default: .valid)
        if padding == .causal, !allowsCausal {
            throw error("padding", "expected one of \"valid\", \"same\", found \"causal\"")
        }
        return padding
    }
}

/// What a layer needs to know of a window: its extents, and how it slides over the spatial axes.
struct WindowSettings: Sendable {
    /// The extents.
    var size: [Int]
    /// The distance between neighbouring windows.
    var strides: [Int]
    /// The padding.
    var padding = KerasPadding.valid
    /// The distance between neighbouring elements of a window.
    var dilation: [Int]
    /// Where the channels are.
    var dataFormat = DataFormat.channelsLast

    /// Creates a window that slides by `strides`; without dilation.
    init(
        size: [Int], strides: [Int]? = nil, padding: KerasPadding = .valid, dilation: [Int]? = nil,
        dataFormat: DataFormat = .channelsLast
    ) {
        self.size = size
        self.strides = strides ?? [Int](repeating: 1, count: size.count)
        self.padding = padding
        self.dilation = dilation ?? [Int](repeating: 1, count: size.count)
        self.dataFormat = dataFormat
    }

    /// The number of spatial axes.
    var rank: Int { size.count }

    /// The extents that a window spans, its holes included.
    var spans: [Int] { zip(size, dilation).map { ($0 - 1) * $1 + 1 } }
}

extension WindowSettings {
    /// The operator's window for an input of the given shape.
    func window(for shape: Shape, _ semantics: KerasSemantics) -> SpatialWindow {
        SpatialWindow(
            kernel: size, strides: strides.allSatisfy { $0 == 1 } ? [] : strides,
            dilations: dilation.allSatisfy { $0 == 1 } ? [] : dilation,
            padding: padding(for: shape, isSymmetric: semantics.isTheano))
    }

    /// The sizes of an input's spatial axes.
    func spatial(_ shape: Shape) -> [Dimension] {
        dataFormat == .channelsLast
            ? Array(shape.dimensions[1..<shape.rank - 1]) : Array(shape.dimensions[2...])
    }

    private func padding(for shape: Shape, isSymmetric: Bool) -> Padding {
        var begin = [Int](repeating: 0, count: rank)
        var end = begin
        for axis in 0..<rank {
            switch padding {
            case .valid: break
            case .causal: begin[axis] = spans[axis] - 1
            case .same:
                if isSymmetric {
                    begin[axis] = size[axis] / 2
                    end[axis] = size[axis] / 2
                } else if let total = sameTotal(axis, spatial(shape)[axis]) {
                    begin[axis] = total / 2
                    end[axis] = total - total / 2
                } else {
                    return .sameUpper
                }
            }
        }
        return (begin + end).allSatisfy { $0 == 0 } ? .none : .explicit(begin + end)
    }

    /// The elements that `same` padding adds along an axis, if that can be told.
    private func sameTotal(_ axis: Int, _ extent: Dimension) -> Int? {
        if strides[axis] == 1 { return spans[axis] - 1 }
        guard let extent = extent.extent else { return nil }
        let windows = (extent + strides[axis] - 1) / strides[axis]
        return max((windows - 1) * strides[axis] + spans[axis] - extent, 0)
    }
}

extension LayerContext {
    /// A spatial operator in the layout in which the layer has its channels.
    func laidOut(_ operator: any Operator, _ format: DataFormat) -> any Operator {
        format == .channelsLast ? ChannelsLast(`operator`) : `operator`
    }

    /// The number of channels of a value.
    func channels(_ x: Operand, _ format: DataFormat) throws -> Int {
        try extent(x, format == .channelsLast ? -1 : 1)
    }

    /// A convolution's kernel `[spatial…, in, out]` as operators have it: `[out, in, spatial…]`.
    ///
    /// Theano stores it mirrored.
    func operatorKernel(_ kernel: Tensor) throws -> Tensor {
        let spatialRank = kernel.rank - 2
        var kernel = kernel
        if semantics.isTheano {
            let axes = Array(0..<spatialRank)
            kernel = try fold(
                Slice(
                    starts: axes.map { _ in -1 }, ends: axes.map { _ in Int.min }, axes: axes,
                    steps: axes.map { _ in -1 }), [kernel])
        }
        return try fold(
            Transpose([spatialRank + 1, spatialRank] + Array(0..<spatialRank)), [kernel])
    }
}
