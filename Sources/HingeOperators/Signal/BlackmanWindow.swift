import HingeGraph

/// The window of Blackman: `0.42 − 0.5 · cos(2π · t) + 0.08 · cos(4π · t)`, where `t` goes from 0 to 1 along the window,
/// `[size]`; input 0 is the size.
///
/// Source: ONNX BlackmanWindow 17; Harris, "On the use of windows for harmonic analysis", 1978.
public struct BlackmanWindow: WindowOperator {
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

public extension BlackmanWindow {
    static let type = "BlackmanWindow"

    static func value(at part: Double) -> Double {
        let turn = 2 * Double.pi * part
        // In this order, it is 0 and 1 where it should be.
        return 0.08 * RealMath.cos(2 * turn) - 0.5 * RealMath.cos(turn) + 0.42
    }

    static var cosineFactors: [Double] { [0.42, -0.5, 0.08] }
}

extension BlackmanWindow: UndifferentiatedOperator {
    /// Its input is a length.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is a length") }
}
