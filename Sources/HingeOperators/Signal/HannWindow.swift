import HingeGraph

/// The window of Hann: `sin²(π · t)`, where `t` goes from 0 to 1 along the window, `[size]`; input 0 is the size.
///
/// Source: ONNX HannWindow 17; Harris, "On the use of windows for harmonic analysis", 1978.
public struct HannWindow: WindowOperator {
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

public extension HannWindow {
    static let type = "HannWindow"

    static func value(at part: Double) -> Double {
        let root = RealMath.sin(.pi * part)
        return root * root
    }

    static var cosineFactors: [Double] { [0.5, -0.5] }
}

extension HannWindow: UndifferentiatedOperator {
    /// Its input is a length.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is a length") }
}
