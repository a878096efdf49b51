import HingeGraph

/// How far two floating-point tensors may be apart and still count as equal.
///
/// With `t` the limit ``relativeL2(for:)``, `a` the elements found, `b` those expected and `r` the root of the mean of
/// their squares, four conditions must hold, of each output by itself:
///
/// 1. ‖a − b‖₂ ≤ t · ‖b‖₂. Of the customary measures, this relative L2 error tells rounding from mistakes best: the
///    usual conversion bugs (a wrong epsilon, the other Gelu, half-precision weights) make it 6e-6 and
///    more, where elementwise tolerances of 1e-3 let four in ten of them pass.
/// 2. |a − b| ≤ 16 t · max(|b|, r) for every element. One wrong element among a million disappears in the norm;
///    rounding errors are about normally distributed, and none of them is 16 times their norm.
/// 3. |a − b| ≤ 16 t · |b| for at least half of the elements. Where one element outweighs all others, as after a
///    softmax, the others disappear in the norm; rounding errors are small against their own element in nearly all.
///    Where b is 0, half a unit in the last place of the largest element is allowed, the noise of sums.
/// 4. Where the rows along the last axis are probability distributions, |ln a − ln b| ≤ 16 t · max(1, L) for every
///    element, L being the largest |ln b| of its row: what a softmax was given, which it hides.
///
/// Integers, booleans, strings, shapes, and the places of NaN and infinity are always compared exactly.
public struct Tolerance: Sendable, Hashable {
    /// The limit on the relative L2 error; `nil` takes the default of the element type.
    ///
    /// 0 asks for the same numbers.
    public var relativeL2: Double?
    /// Elements that are at most this far apart count as the same number, whatever their size.
    public var absolute: Double
    /// Whether the expected elements were computed by another program, whose rounding comes on top of ours.
    public var allowsOtherRounding: Bool

    /// How many times the limit an element may be off: every one by the larger of its own size and the root mean square,
    /// half of them by their own size, and probabilities by their logarithms.
    public static let elementFactor = 16.0

    /// Creates a tolerance.
    public init(
        relativeL2: Double? = nil, absolute: Double = 0, allowsOtherRounding: Bool = false
    ) {
        self.relativeL2 = relativeL2
        self.absolute = absolute
        self.allowsOtherRounding = allowsOtherRounding
    }

    /// The limit on the relative L2 error for an element type.
    ///
    /// By default 2e-6 for float32, what sums over some thousand terms in another order lose, and 1e-5 against
    /// another program's numbers; 1e-12 for float64, 5e-3 for float16, 4e-2 for bfloat16, and a quarter of the
    /// distance between neighbours for types of 8 bits or fewer.
    public func relativeL2(for type: DataType) -> Double {
        if let relativeL2 { return relativeL2 }
        switch type {
        case .float64, .complex128: return 1e-12
        case .float16: return 5e-3
        case .bfloat16: return 4e-2
        case .float8e4m3fn, .float8e4m3fnuz, .float6e2m3: return 0x1p-5
        case .float8e5m2, .float8e5m2fnuz, .float6e3m2, .float4e2m1, .float8e8m0: return 0x1p-4
        default: return allowsOtherRounding ? 1e-5 : 2e-6
        }
    }

    /// The difference below which two elements of a type are the same number.
    ///
    /// At least the smallest normal number of the type, since kernels may write 0 for what is smaller; of float16,
    /// whose smaller numbers are in common use, one step between them. Nothing if the limit is 0.
    func negligible(for type: DataType) -> Double {
        guard relativeL2 != 0 else { return absolute }
        let smallest =
            type == .float16
            ? Double(Float16.leastNonzeroMagnitude) : Tolerance.smallestNormal(of: type)
        return max(absolute, smallest)
    }

    /// The smallest number of a type that has its full precision.
    static func smallestNormal(of type: DataType) -> Double {
        switch type {
        case .float64, .complex128: Double.leastNormalMagnitude
        case .float16: Double(Float16.leastNormalMagnitude)
        default: Double(Float.leastNormalMagnitude)
        }
    }

    /// Half the distance from 1 to the next number of a type.
    static func unitRoundoff(of type: DataType) -> Double {
        switch type {
        case .float64, .complex128: 0x1p-53
        case .float16: 0x1p-11
        case .bfloat16: 0x1p-8
        case .float32, .complex64: 0x1p-24
        default: 0x1p-4
        }
    }
}
