import HingeGraph

/// How an input is padded along its spatial dimensions before a window slides over it.
public enum Padding: Sendable, Hashable {
    /// By given numbers of elements: those before each dimension, then those after each; empty means none.
    case explicit([Int])
    /// Not at all, and no window may stand out.
    case valid
    /// So that the output's extent is the input's divided by the stride, rounded up; an odd element
    /// goes to the end.
    case sameUpper
    /// Like ``sameUpper``, but an odd element goes to the beginning.
    case sameLower

    /// No padding.
    public static let none = Padding.explicit([])

    /// Whether the amount depends on the extent of the input.
    public var isSame: Bool { self == .sameUpper || self == .sameLower }
}

/// The window of a convolution or pooling: its extents and how it slides over the spatial dimensions.
///
/// Each list has one number for each spatial dimension.
///
/// Source: ONNX Conv and MaxPool, attributes `kernel_shape`, `strides`, `dilations`, `pads`, `auto_pad` and `ceil_mode`.
public struct SpatialWindow: Sendable, Hashable {
    /// The extents of the window; empty where the weights state them.
    public var kernel: [Int]
    /// The distance between neighbouring windows; empty means 1 everywhere.
    public var strides: [Int]
    /// The distance between neighbouring elements of a window; empty means 1 everywhere.
    public var dilations: [Int]
    /// How the input is padded.
    public var padding: Padding
    /// Whether a last window that stands out at the end counts, as long as it begins inside.
    public var roundsUp: Bool

    /// Creates a window.
    public init(
        kernel: [Int] = [], strides: [Int] = [], dilations: [Int] = [], padding: Padding = .none,
        roundsUp: Bool = false
    ) {
        self.kernel = kernel
        self.strides = strides
        self.dilations = dilations
        self.padding = padding
        self.roundsUp = roundsUp
    }
}

extension SpatialWindow {
    init(_ node: NodeReader) throws {
        kernel = try node.ints("kernel_shape") ?? []
        strides = try node.ints("strides") ?? []
        dilations = try node.ints("dilations") ?? []
        roundsUp = try node.flag("ceil_mode", default: false)
        let pads = try node.ints("pads") ?? []
        let mode = try node.string("auto_pad") ?? "NOTSET"
        switch mode {
        case "NOTSET", "": padding = .explicit(pads)
        case "VALID": padding = .valid
        case "SAME_UPPER": padding = .sameUpper
        case "SAME_LOWER": padding = .sameLower
        default:
            throw node.error(
                "auto_pad",
                "expected one of 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER', found '\(mode)'")
        }
    }

    /// The attributes that spell the window; those that say nothing are left out.
    var attributes: [Attribute] {
        var attributes: [Attribute] = []
        switch padding {
        case .explicit: break
        case .valid: attributes.append(.string("auto_pad", "VALID"))
        case .sameUpper: attributes.append(.string("auto_pad", "SAME_UPPER"))
        case .sameLower: attributes.append(.string("auto_pad", "SAME_LOWER"))
        }
        if roundsUp { attributes.append(.int("ceil_mode", 1)) }
        if dilations.contains(where: { $0 != 1 }) {
            attributes.append(.ints("dilations", dilations))
        }
        if !kernel.isEmpty { attributes.append(.ints("kernel_shape", kernel)) }
        if case .explicit(let pads) = padding, pads.contains(where: { $0 != 0 }) {
            attributes.append(.ints("pads", pads))
        }
        if !strides.isEmpty { attributes.append(.ints("strides", strides)) }
        return attributes
    }
}

/// An operator that slides a window over the spatial dimensions of input 0, `[N, C, spatial…]`.
///
/// N is the batch, C the channels.
public protocol SpatialOperator: Operator {
    /// The window.
    var window: SpatialWindow { get set }

    /// How the operator runs on an input of the given spatial extents.
    ///
    /// - Parameters:
    ///   - input: The input's spatial extents.
    ///   - kernel: The weights' spatial extents, for operators that have weights.
    /// - Throws: ``HingeError`` when the window doesn't fit.
    func geometry(input: [Int], kernel: [Int]?) throws -> SpatialGeometry
}

public extension SpatialOperator {
    var isSpatial: Bool { true }

    /// The extents of the window; empty where the weights state them.
    var kernel: [Int] { window.kernel }
    /// The distance between neighbouring windows; empty means 1 everywhere.
    var strides: [Int] { window.strides }
    /// The distance between neighbouring elements of a window; empty means 1 everywhere.
    var dilations: [Int] { window.dilations }
    /// How the input is padded.
    var padding: Padding { window.padding }

    /// How the operator runs on an input of the given spatial extents.
    ///
    /// - Throws: ``HingeError`` when the window doesn't fit.
    func geometry(input: [Int], kernel: [Int]?) throws -> SpatialGeometry {
        try window.geometry(input: input, kernel: kernel)
    }

    /// The elements of padding before and after each spatial dimension.
    ///
    /// - Parameters:
    ///   - input: The input's spatial extents.
    ///   - kernel: The weights' spatial extents, for operators that have weights.
    /// - Throws: ``HingeError`` when the window doesn't fit.
    func resolvedPads(input: [Int], kernel: [Int]? = nil) throws -> (begin: [Int], end: [Int]) {
        let geometry = try geometry(input: input, kernel: kernel)
        return (geometry.padsBegin, geometry.padsEnd)
    }
}
