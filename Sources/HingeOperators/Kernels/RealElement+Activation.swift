extension RealElement {
    /// `1 / (1 + e⁻ˣ)`, without overflow, and precise where it is near 0.
    @inline(__always)
    static func sigmoid(_ x: Self) -> Self {
        let small = exp(-x.magnitude)
        let large = 1 / (1 + small)
        return x < 0 ? small * large : large
    }

    /// `ln(1 + eˣ)`, without overflow, and precise where it is near 0.
    @inline(__always)
    static func softplus(_ x: Self) -> Self {
        let tail = log1p(exp(-x.magnitude))
        return x > 0 ? x + tail : tail
    }
}
