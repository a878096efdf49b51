import HingeGraph

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A floating-point type that evaluation computes in: `Float` or `Double`.
///
/// The 16-bit types are computed in `Float` and rounded once.
protocol RealElement: TensorElement, BinaryFloatingPoint {
    static func exp(_ x: Self) -> Self
    static func expm1(_ x: Self) -> Self
    static func log(_ x: Self) -> Self
    static func log1p(_ x: Self) -> Self
    static func tanh(_ x: Self) -> Self
    static func erf(_ x: Self) -> Self
    static func erfc(_ x: Self) -> Self
    static func pow(_ x: Self, _ y: Self) -> Self
    static func sin(_ x: Self) -> Self
    static func cos(_ x: Self) -> Self
    static func tan(_ x: Self) -> Self
    static func asin(_ x: Self) -> Self
    static func acos(_ x: Self) -> Self
    static func atan(_ x: Self) -> Self
    static func sinh(_ x: Self) -> Self
    static func cosh(_ x: Self) -> Self
    static func asinh(_ x: Self) -> Self
    static func acosh(_ x: Self) -> Self
    static func atanh(_ x: Self) -> Self
    static func fmod(_ x: Self, _ y: Self) -> Self
    /// `1 / (1 + e⁻ˣ)`, without overflow, and precise where it is near 0.
    static func sigmoid(_ x: Self) -> Self

    /// Writes `eˣ` of `count` numbers; `x` and `y` may be the same memory.
    static func exp(_ x: UnsafePointer<Self>, to y: UnsafeMutablePointer<Self>, count: Int)
    /// Writes the error function of `count` numbers; `x` and `y` may be the same memory.
    static func erf(_ x: UnsafePointer<Self>, to y: UnsafeMutablePointer<Self>, count: Int)
}

/// The C library's functions under names that don't hide behind those of ``RealElement``.
enum RealMath {
    /// The work of one call, as `parallelFor` counts it.
    static let cost = 32
    /// The work of one number of many in vector code.
    static let arrayCost = 4

    @inline(__always) static func exp(_ x: Float) -> Float { cExp(x) }
    @inline(__always) static func exp(_ x: Double) -> Double { cExp(x) }
    @inline(__always) static func expm1(_ x: Float) -> Float { cExpm1(x) }
    @inline(__always) static func expm1(_ x: Double) -> Double { cExpm1(x) }
    @inline(__always) static func log(_ x: Float) -> Float { cLog(x) }
    @inline(__always) static func log(_ x: Double) -> Double { cLog(x) }
    @inline(__always) static func log1p(_ x: Float) -> Float { cLog1p(x) }
    @inline(__always) static func log1p(_ x: Double) -> Double { cLog1p(x) }
    @inline(__always) static func tanh(_ x: Float) -> Float { cTanh(x) }
    @inline(__always) static func tanh(_ x: Double) -> Double { cTanh(x) }
    @inline(__always) static func erf(_ x: Float) -> Float { cErf(x) }
    @inline(__always) static func erf(_ x: Double) -> Double { cErf(x) }
    @inline(__always) static func erfc(_ x: Float) -> Float { cErfc(x) }
    @inline(__always) static func erfc(_ x: Double) -> Double { cErfc(x) }
    @inline(__always) static func sin(_ x: Float) -> Float { cSin(x) }
    @inline(__always) static func sin(_ x: Double) -> Double { cSin(x) }
    @inline(__always) static func cos(_ x: Float) -> Float { cCos(x) }
    @inline(__always) static func cos(_ x: Double) -> Double { cCos(x) }
    @inline(__always) static func tan(_ x: Float) -> Float { cTan(x) }
    @inline(__always) static func tan(_ x: Double) -> Double { cTan(x) }
    @inline(__always) static func asin(_ x: Float) -> Float { cAsin(x) }
    @inline(__always) static func asin(_ x: Double) -> Double { cAsin(x) }
    @inline(__always) static func acos(_ x: Float) -> Float { cAcos(x) }
    @inline(__always) static func acos(_ x: Double) -> Double { cAcos(x) }
    @inline(__always) static func atan(_ x: Float) -> Float { cAtan(x) }
    @inline(__always) static func atan(_ x: Double) -> Double { cAtan(x) }
    @inline(__always) static func sinh(_ x: Float) -> Float { cSinh(x) }
    @inline(__always) static func sinh(_ x: Double) -> Double { cSinh(x) }
    @inline(__always) static func cosh(_ x: Float) -> Float { cCosh(x) }
    @inline(__always) static func cosh(_ x: Double) -> Double { cCosh(x) }
    @inline(__always) static func asinh(_ x: Float) -> Float { cAsinh(x) }
    @inline(__always) static func asinh(_ x: Double) -> Double { cAsinh(x) }
    @inline(__always) static func acosh(_ x: Float) -> Float { cAcosh(x) }
    @inline(__always) static func acosh(_ x: Double) -> Double { cAcosh(x) }
    @inline(__always) static func atanh(_ x: Float) -> Float { cAtanh(x) }
    @inline(__always) static func atanh(_ x: Double) -> Double { cAtanh(x) }
    @inline(__always) static func pow(_ x: Float, _ y: Float) -> Float { cPow(x, y) }
    @inline(__always) static func pow(_ x: Double, _ y: Double) -> Double { cPow(x, y) }
    @inline(__always) static func fmod(_ x: Float, _ y: Float) -> Float { cFmod(x, y) }
    @inline(__always) static func fmod(_ x: Double, _ y: Double) -> Double { cFmod(x, y) }
}

@inline(__always) private func cExp(_ x: Float) -> Float { expf(x) }
@inline(__always) private func cExp(_ x: Double) -> Double { exp(x) }
@inline(__always) private func cExpm1(_ x: Float) -> Float { expm1f(x) }
@inline(__always) private func cExpm1(_ x: Double) -> Double { expm1(x) }
@inline(__always) private func cLog(_ x: Float) -> Float { logf(x) }
@inline(__always) private func cLog(_ x: Double) -> Double { log(x) }
@inline(__always) private func cLog1p(_ x: Float) -> Float { log1pf(x) }
@inline(__always) private func cLog1p(_ x: Double) -> Double { log1p(x) }
@inline(__always) private func cTanh(_ x: Float) -> Float { tanhf(x) }
@inline(__always) private func cTanh(_ x: Double) -> Double { tanh(x) }
@inline(__always) private func cErf(_ x: Float) -> Float { erff(x) }
@inline(__always) private func cErf(_ x: Double) -> Double { erf(x) }
@inline(__always) private func cErfc(_ x: Float) -> Float { erfcf(x) }
@inline(__always) private func cErfc(_ x: Double) -> Double { erfc(x) }
@inline(__always) private func cSin(_ x: Float) -> Float { sinf(x) }
@inline(__always) private func cSin(_ x: Double) -> Double { sin(x) }
@inline(__always) private func cCos(_ x: Float) -> Float { cosf(x) }
@inline(__always) private func cCos(_ x: Double) -> Double { cos(x) }
@inline(__always) private func cTan(_ x: Float) -> Float { tanf(x) }
@inline(__always) private func cTan(_ x: Double) -> Double { tan(x) }
@inline(__always) private func cAsin(_ x: Float) -> Float { asinf(x) }
@inline(__always) private func cAsin(_ x: Double) -> Double { asin(x) }
@inline(__always) private func cAcos(_ x: Float) -> Float { acosf(x) }
@inline(__always) private func cAcos(_ x: Double) -> Double { acos(x) }
@inline(__always) private func cAtan(_ x: Float) -> Float { atanf(x) }
@inline(__always) private func cAtan(_ x: Double) -> Double { atan(x) }
@inline(__always) private func cSinh(_ x: Float) -> Float { sinhf(x) }
@inline(__always) private func cSinh(_ x: Double) -> Double { sinh(x) }
@inline(__always) private func cCosh(_ x: Float) -> Float { coshf(x) }
@inline(__always) private func cCosh(_ x: Double) -> Double { cosh(x) }
@inline(__always) private func cAsinh(_ x: Float) -> Float { asinhf(x) }
@inline(__always) private func cAsinh(_ x: Double) -> Double { asinh(x) }
@inline(__always) private func cAcosh(_ x: Float) -> Float { acoshf(x) }
@inline(__always) private func cAcosh(_ x: Double) -> Double { acosh(x) }
@inline(__always) private func cAtanh(_ x: Float) -> Float { atanhf(x) }
@inline(__always) private func cAtanh(_ x: Double) -> Double { atanh(x) }
@inline(__always) private func cPow(_ x: Float, _ y: Float) -> Float { powf(x, y) }
@inline(__always) private func cPow(_ x: Double, _ y: Double) -> Double { pow(x, y) }
@inline(__always) private func cFmod(_ x: Float, _ y: Float) -> Float { fmodf(x, y) }
@inline(__always) private func cFmod(_ x: Double, _ y: Double) -> Double { fmod(x, y) }

extension Float: RealElement {
    static func exp(_ x: Float) -> Float { RealMath.exp(x) }
    static func expm1(_ x: Float) -> Float { RealMath.expm1(x) }
    static func log(_ x: Float) -> Float { RealMath.log(x) }
    static func log1p(_ x: Float) -> Float { RealMath.log1p(x) }
    static func tanh(_ x: Float) -> Float { RealMath.tanh(x) }
    static func erf(_ x: Float) -> Float { RealMath.erf(x) }
    static func erfc(_ x: Float) -> Float { RealMath.erfc(x) }
    static func sin(_ x: Float) -> Float { RealMath.sin(x) }
    static func cos(_ x: Float) -> Float { RealMath.cos(x) }
    static func tan(_ x: Float) -> Float { RealMath.tan(x) }
    static func asin(_ x: Float) -> Float { RealMath.asin(x) }
    static func acos(_ x: Float) -> Float { RealMath.acos(x) }
    static func atan(_ x: Float) -> Float { RealMath.atan(x) }
    static func sinh(_ x: Float) -> Float { RealMath.sinh(x) }
    static func cosh(_ x: Float) -> Float { RealMath.cosh(x) }
    static func asinh(_ x: Float) -> Float { RealMath.asinh(x) }
    static func acosh(_ x: Float) -> Float { RealMath.acosh(x) }
    static func atanh(_ x: Float) -> Float { RealMath.atanh(x) }
    static func pow(_ x: Float, _ y: Float) -> Float { RealMath.pow(x, y) }
    static func fmod(_ x: Float, _ y: Float) -> Float { RealMath.fmod(x, y) }
}

extension Double: RealElement {
    static func exp(_ x: Double) -> Double { RealMath.exp(x) }
    static func expm1(_ x: Double) -> Double { RealMath.expm1(x) }
    static func log(_ x: Double) -> Double { RealMath.log(x) }
    static func log1p(_ x: Double) -> Double { RealMath.log1p(x) }
    static func tanh(_ x: Double) -> Double { RealMath.tanh(x) }
    static func erf(_ x: Double) -> Double { RealMath.erf(x) }
    static func erfc(_ x: Double) -> Double { RealMath.erfc(x) }
    static func sin(_ x: Double) -> Double { RealMath.sin(x) }
    static func cos(_ x: Double) -> Double { RealMath.cos(x) }
    static func tan(_ x: Double) -> Double { RealMath.tan(x) }
    static func asin(_ x: Double) -> Double { RealMath.asin(x) }
    static func acos(_ x: Double) -> Double { RealMath.acos(x) }
    static func atan(_ x: Double) -> Double { RealMath.atan(x) }
    static func sinh(_ x: Double) -> Double { RealMath.sinh(x) }
    static func cosh(_ x: Double) -> Double { RealMath.cosh(x) }
    static func asinh(_ x: Double) -> Double { RealMath.asinh(x) }
    static func acosh(_ x: Double) -> Double { RealMath.acosh(x) }
    static func atanh(_ x: Double) -> Double { RealMath.atanh(x) }
    static func pow(_ x: Double, _ y: Double) -> Double { RealMath.pow(x, y) }
    static func fmod(_ x: Double, _ y: Double) -> Double { RealMath.fmod(x, y) }
}
