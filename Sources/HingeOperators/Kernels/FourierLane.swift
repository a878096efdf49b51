/// What a Fourier transform computes in: one line of numbers, or several next to each other.
protocol FourierLane: Sendable, BitwiseCopyable {
    /// The number of lines.
    static var width: Int { get }
    static var zero: Self { get }
    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Double) -> Self
    /// The number of one line.
    subscript(line: Int) -> Double { get set }
}

extension Double: FourierLane {
    static var width: Int { 1 }
    @inline(__always)
    subscript(line: Int) -> Double {
        get { self }
        set { self = newValue }
    }
}

extension SIMD4<Double>: FourierLane {
    static var width: Int { 4 }
}

/// Complex numbers in memory, real and imaginary parts apart.
struct SplitComplex<Lane: FourierLane> {
    var real: UnsafeMutablePointer<Lane>
    var imaginary: UnsafeMutablePointer<Lane>

    /// The numbers with real and imaginary parts exchanged: what turns a transform into its inverse.
    var exchanged: SplitComplex { SplitComplex(real: imaginary, imaginary: real) }

    @inline(__always)
    subscript(index: Int) -> ComplexLane<Lane> {
        get { ComplexLane(real[index], imaginary[index]) }
        nonmutating set {
            real[index] = newValue.real
            imaginary[index] = newValue.imaginary
        }
    }
}

/// A complex number of each line.
struct ComplexLane<Lane: FourierLane> {
    var real: Lane
    var imaginary: Lane

    @inline(__always)
    init(_ real: Lane, _ imaginary: Lane) {
        self.real = real
        self.imaginary = imaginary
    }

    @inline(__always)
    static func + (left: Self, right: Self) -> Self {
        Self(left.real + right.real, left.imaginary + right.imaginary)
    }

    @inline(__always)
    static func - (left: Self, right: Self) -> Self {
        Self(left.real - right.real, left.imaginary - right.imaginary)
    }

    @inline(__always)
    static func * (left: Self, right: Double) -> Self {
        Self(left.real * right, left.imaginary * right)
    }

    @inline(__always)
    static func * (left: Self, right: ComplexFactor) -> Self {
        Self(
            left.real * right.real - left.imaginary * right.imaginary,
            left.imaginary * right.real + left.real * right.imaginary)
    }

    /// The number times −i.
    @inline(__always)
    var turnedBack: Self { Self(imaginary, Lane.zero - real) }

    /// The number with the other sign of its imaginary part.
    @inline(__always)
    var conjugate: Self { Self(real, Lane.zero - imaginary) }
}

/// A complex number that all lines are multiplied by.
struct ComplexFactor: Sendable, BitwiseCopyable {
    var real: Double
    var imaginary: Double

    init(real: Double, imaginary: Double) {
        self.real = real
        self.imaginary = imaginary
    }

    /// `e^(−2πi · turns / count)`, for `turns` from 0 to below `count`; each part is as good as a `Double` can be.
    init(turns: Int, of count: Int) {
        // The angle is taken in eighths of a turn: of the eighth's ends, the one that is near.
        let (eighth, rest) = (8 * turns).quotientAndRemainder(dividingBy: count)
        let isNearEnd = eighth % 2 == 1
        let part = Double(isNearEnd ? count - rest : rest) / Double(count)
        let angle = part * (.pi / 4)
        let (near, far) = (RealMath.cos(angle), RealMath.sin(angle))
        // Counted from the end of an odd eighth, cosine and sine of the quarter's remainder change places.
        let (cosine, sine) = isNearEnd ? (far, near) : (near, far)
        switch eighth / 2 {
        case 0: (real, imaginary) = (cosine, -sine)
        case 1: (real, imaginary) = (-sine, -cosine)
        case 2: (real, imaginary) = (-cosine, sine)
        default: (real, imaginary) = (sine, cosine)
        }
    }
}
