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

/// What `same` padding adds before the first element; the rest is added after the last.
enum SamePadding: Sendable {
    /// Half of what is needed, rounded down.
    case centered
    /// As Theano's convolutions: half of the window, rounded down.
    case halfWindow
    /// As Keras has it for Theano's poolings: the window less 1, less 2 if that is even.
    case theanoPooling

    /// What is added before the first element for a window that spans `span` elements; `nil` when
    /// that depends on the input.
    func begin(span: Int) -> Int? {
        switch self {
        case .centered: nil
        case .halfWindow: span / 2
        case .theanoPooling: span > 2 && span % 2 == 1 ? span - 2 : span - 1
        }
    }
}

extension WindowSettings {
    /// The operator's window for an input of the given shape.
    ///
    /// - Throws: ``HingeError`` when the padding depends on an extent that isn't known.
    func window(
        for shape: Shape, _ semantics: KerasSemantics, isPooling: Bool = false
    ) throws -> SpatialWindow {
        let same: SamePadding =
            semantics.isTheano ? isPooling ? .theanoPooling : .halfWindow : .centered
        return SpatialWindow(
            kernel: size, strides: strides.allSatisfy { $0 == 1 } ? [] : strides,
            dilations: dilation.allSatisfy { $0 == 1 } ? [] : dilation,
            padding: try padding(for: shape, same))
    }

    /// The sizes of an input's spatial axes; unknown where its rank is another than that of the window's inputs.
    func spatial(_ shape: Shape) -> [Shape.Dimension] {
        guard shape.rank == rank + 2 else {
            return [Shape.Dimension](repeating: .unknown, count: rank)
        }
        return dataFormat == .channelsLast
            ? Array(shape.dimensions[1..<shape.rank - 1]) : Array(shape.dimensions[2...])
    }

    private func padding(for shape: Shape, _ same: SamePadding) throws -> Padding {
        var begin = [Int](repeating: 0, count: rank)
        var end = begin
        for axis in 0..<rank {
            switch padding {
            case .valid: break
            case .causal: begin[axis] = spans[axis] - 1
            case .same:
                let total = sameTotal(axis, spatial(shape)[axis])
                if let first = same.begin(span: spans[axis]) {
                    begin[axis] = first
                    if let total {
                        end[axis] = max(total - first, 0)
                    } else if 2 * first == spans[axis] - 1 {
                        end[axis] = first
                    } else {
                        throw HingeError(
                            .unsupported, "this padding needs a known size, found \(shape)",
                            at: [.field("padding")])
                    }
                } else if let total {
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
    private func sameTotal(_ axis: Int, _ extent: Shape.Dimension) -> Int? {
        if strides[axis] == 1 { return spans[axis] - 1 }
        guard let extent = extent.extent else { return nil }
        let windows = extent / strides[axis] + (extent % strides[axis] == 0 ? 0 : 1)
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
                SliceOf(
                    starts: axes.map { _ in -1 }, ends: axes.map { _ in Int.min }, axes: axes,
                    steps: axes.map { _ in -1 }), [kernel])
        }
        return try fold(
            Transpose([spatialRank + 1, spatialRank] + Array(0..<spatialRank)), [kernel])
    }
}
