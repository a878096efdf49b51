import HingeGraph

/// How a number is converted to a type that can't hold it.
///
/// Source: ONNX Cast 19 and 24, attributes `saturate` and `round_mode`.
public struct ConversionRules: Sendable, Hashable {
    /// How a number becomes a power of two, the only numbers of `float8e8m0`.
    public enum PowerRounding: String, Sendable, CaseIterable {
        /// To the next larger one.
        case up
        /// To the next smaller one.
        case down
        /// To the nearest one; from the middle to the larger.
        case nearest
    }

    /// Whether numbers beyond the largest of an 8-bit floating-point type become that; otherwise they become
    /// infinite, or NaN where the type has no infinity.
    public var isSaturating: Bool
    /// How a number becomes a `float8e8m0`.
    public var powerRounding: PowerRounding

    /// Creates rules; those that the standard has as defaults.
    public init(isSaturating: Bool = true, powerRounding: PowerRounding = .up) {
        self.isSaturating = isSaturating
        self.powerRounding = powerRounding
    }

    /// Reads the attributes of a node.
    init(_ node: NodeReader) throws {
        isSaturating = try node.flag("saturate", default: true)
        powerRounding = try node.word("round_mode", default: .up)
    }

    /// The attributes, where they aren't the defaults.
    var attributes: [Attribute] {
        (powerRounding == .up ? [] : [.string("round_mode", powerRounding.rawValue)])
            + (isSaturating ? [] : [.int("saturate", 0)])
    }
}
