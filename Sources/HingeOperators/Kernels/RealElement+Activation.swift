extension Double {
    @inline(__always)
    static func sigmoid(_ x: Double) -> Double {
        let small = exp(-x.magnitude)
        let large = 1 / (1 + small)
        return x < 0 ? small * large : large
    }
}

extension Float {
    @inline(__always)
    static func sigmoid(_ x: Float) -> Float { Float(Double.sigmoid(Double(x))) }
}

extension RealElement {
    /// `ln(1 + eˣ)`, without overflow, and precise where it is near 0.
    @inline(__always)
    static func softplus(_ x: Self) -> Self {
        let tail = log1p(exp(-x.magnitude))
        return x > 0 ? x + tail : tail
    }
}
