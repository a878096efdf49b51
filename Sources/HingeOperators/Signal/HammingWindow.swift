import HingeGraph

/// The window of Hamming: `a − (1 − a) · cos(2π · t)` with `a = 25 / 46`, where `t` goes from 0 to 1 along the window,
/// `[size]`; input 0 is the size.
///
/// Source: ONNX HammingWindow 17; Harris, "On the use of windows for harmonic analysis", 1978.
public struct HammingWindow: WindowOperator {
    /// Whether the window is one period of a periodic function; otherwise it is symmetric.
    public var isPeriodic: Bool
    /// The element type.
    public var dataType: DataType

    /// Creates the operator.
    public init(isPeriodic: Bool = true, dataType: DataType = .float32) {
        self.isPeriodic = isPeriodic
        self.dataType = dataType
    }
}

public extension HammingWindow {
    static let type = "HammingWindow"

    static func value(at part: Double) -> Double {
        cosineFactors[0] + cosineFactors[1] * RealMath.cos(2 * .pi * part)
    }

    static var cosineFactors: [Double] { [25.0 / 46, -21.0 / 46] }
}

extension HammingWindow: UndifferentiatedOperator {
    /// Its input is a length.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is a length") }
}
