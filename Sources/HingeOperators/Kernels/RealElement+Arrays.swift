internal import CVectorMath

extension Float {
    static func exp(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        hinge_exp(x, y, count)
    }

    static func wideExp(
        _ x: UnsafePointer<Double>, minus shift: Double, to y: UnsafeMutablePointer<Double>,
        count: Int
    ) {
        hinge_exp_wide(x, shift, y, count)
    }

    static func erf(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        hinge_erf(x, y, count)
    }
}

extension Double {
    static func exp(_ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int) {
        for index in 0..<count { y[index] = exp(x[index]) }
    }

    static func wideExp(
        _ x: UnsafePointer<Double>, minus shift: Double, to y: UnsafeMutablePointer<Double>,
        count: Int
    ) {
        for index in 0..<count { y[index] = exp(x[index] - shift) }
    }

    static func erf(_ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int) {
        for index in 0..<count { y[index] = erf(x[index]) }
    }
}

extension RealElement {
    /// The largest of `count` numbers, at least one; a NaN among them may count or not.
    static func largest(_ x: UnsafePointer<Self>, count: Int) -> Self {
        @inline(__always) func larger(_ a: Self, _ b: Self) -> Self { b > a ? b : a }
        var m0 = x[0]
        var index = 0
        if count >= 8 {
            var (m1, m2, m3) = (m0, m0, m0)
            var (m4, m5, m6, m7) = (m0, m0, m0, m0)
            while index &+ 8 <= count {
                let x = x + index
                (m0, m1, m2, m3) = (
                    larger(m0, x[0]), larger(m1, x[1]), larger(m2, x[2]), larger(m3, x[3])
                )
                (m4, m5, m6, m7) = (
                    larger(m4, x[4]), larger(m5, x[5]), larger(m6, x[6]), larger(m7, x[7])
                )
                index &+= 8
            }
            (m0, m1, m2, m3) = (larger(m0, m4), larger(m1, m5), larger(m2, m6), larger(m3, m7))
            m0 = larger(larger(m0, m1), larger(m2, m3))
        }
        while index < count {
            m0 = larger(m0, x[index])
            index &+= 1
        }
        return m0
    }
}
