import HingeGraph

/// An element type of products that are scaled and summed: the types that Gemm computes in.
protocol ScaledElement: MatrixElement where Sum: ScaledElement {
    /// The product with a factor; integers round toward zero.
    func scaled(by factor: Float) -> Self
    /// The sum; integers wrap around.
    func adding(_ other: Self) -> Self
    /// A tensor's elements as this type.
    static func tensor(_ tensor: Tensor) throws -> Tensor
    /// Runs `body` on memory for an output's elements as this type.
    static func write(
        _ output: OutputTensor, _ body: (UnsafeMutableBufferPointer<Self>) throws -> Void
    ) throws
}

extension ScaledElement where Self: RealElement {
    @inline(__always)
    func scaled(by factor: Float) -> Self { self * Self(factor) }
    @inline(__always)
    func adding(_ other: Self) -> Self { self + other }
    static func tensor(_ tensor: Tensor) throws -> Tensor { try tensor.reals(Self.self) }
    static func write(
        _ output: OutputTensor, _ body: (UnsafeMutableBufferPointer<Self>) throws -> Void
    ) throws {
        try output.withReals(Self.self, body)
    }
}

extension ScaledElement where Self: FixedWidthInteger {
    func scaled(by factor: Float) -> Self {
        if factor == 1 { return self }
        let product = (Double(self) * Double(factor)).rounded(.towardZero)
        return Self(exactly: product) ?? (product > 0 ? .max : .min)
    }
    @inline(__always)
    func adding(_ other: Self) -> Self { self &+ other }
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
