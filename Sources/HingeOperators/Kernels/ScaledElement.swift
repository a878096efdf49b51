import HingeGraph

/// An element type of products that are scaled and summed: the types that Gemm computes in.
protocol ScaledElement: MatrixElement where Sum: ScaledElement {
    /// `factor · self + otherFactor · other`. Integers wrap around; where a factor isn't whole, the sum is rounded toward
    /// zero, and held in range.
    func scaled(by factor: Float, adding other: Self, times otherFactor: Float) -> Self
    /// A tensor's elements as this type.
    static func tensor(_ tensor: Tensor) throws -> Tensor
    /// Runs `body` on memory for an output's elements as this type.
    static func write(
        _ output: OutputTensor, _ body: (UnsafeMutableBufferPointer<Self>) throws -> Void
    ) throws
}

extension ScaledElement where Self: RealElement {
    @inline(__always)
    func scaled(by factor: Float, adding other: Self, times otherFactor: Float) -> Self {
        self * Self(factor) + other * Self(otherFactor)
    }
    static func tensor(_ tensor: Tensor) throws -> Tensor { try tensor.reals(Self.self) }
    static func write(
        _ output: OutputTensor, _ body: (UnsafeMutableBufferPointer<Self>) throws -> Void
    ) throws {
        try output.withReals(Self.self, body)
    }
}

extension ScaledElement where Self: FixedWidthInteger {
    func scaled(by factor: Float, adding other: Self, times otherFactor: Float) -> Self {
        if let a = Int64(exactly: factor), let b = Int64(exactly: otherFactor) {
            return Self(truncatingIfNeeded: a) &* self &+ Self(truncatingIfNeeded: b) &* other
        }
        let sum = Double(self) * Double(factor) + Double(other) * Double(otherFactor)
        let whole = sum.rounded(.towardZero)
        return Self(exactly: whole) ?? (whole > 0 ? .max : .min)
    }
    static func tensor(_ tensor: Tensor) throws -> Tensor { tensor }
    static func write(
        _ output: OutputTensor, _ body: (UnsafeMutableBufferPointer<Self>) throws -> Void
    ) throws {
        try body(output.elements(of: Self.self))
    }
}

extension Float: ScaledElement {}
extension Double: ScaledElement {}
extension Int32: ScaledElement {}
extension UInt32: ScaledElement {}
extension Int64: ScaledElement {}
extension UInt64: ScaledElement {}
