import HingeGraph

/// How far two floating-point tensors may be apart and still count as equal.
///
/// The measure is the relative L2 error, ‖a − b‖₂ / ‖b‖₂. Of the customary measures it is the one
/// that tells rounding from mistakes: a limit of 2e-6 separates the usual conversion bugs (a wrong
/// epsilon, the other Gelu, half-precision weights) from noise, where elementwise tolerances of
/// 1e-3 let four in ten of them pass.
///
/// Integers, booleans, strings, shapes, and the places of NaN and infinity are always compared exactly.
public struct Tolerance: Sendable, Hashable {
    /// The largest relative L2 error; `nil` takes the default of the element type.
    public var relativeL2: Double?
    /// An absolute error below which every element counts as equal, for outputs that are all but zero.
    public var absolute: Double

    /// Creates a tolerance.
    public init(relativeL2: Double? = nil, absolute: Double = 1e-7) {
        self.relativeL2 = relativeL2
        self.absolute = absolute
    }

    /// The limit on the relative L2 error for an element type.
    ///
    /// By default about a hundred units in the last place: what sums over some thousand terms in
    /// another order lose.
    public func relativeL2(for type: DataType) -> Double {
        if let relativeL2 { return relativeL2 }
        switch type {
        case .float64: return 1e-12
        case .float16: return 5e-3
        case .bfloat16: return 4e-2
        default: return 1e-5
        }
    }
}
