import HingeGraph

extension DataType {
    /// The loop that converts elements of this type to another one by themselves, for the pairs that models are full
    /// of; `nil` for the others.
    ///
    /// It gives what passing through 64 bits or `Double` gives.
    func directConversion(to target: DataType) -> ElementLoop? {
        switch self {
        case .float32: narrowing(to: target) ?? realConversion(Float.self, to: target)
        case .float64: realConversion(Double.self, to: target)
        case .float16: target == .float32 ? Rounded<Float16, Float>().loop : nil
        case .bfloat16: target == .float32 ? Rounded<BFloat16, Float>().loop : nil
        case .int32: wholeConversion(Int32.self, to: target)
        case .int64: wholeConversion(Int64.self, to: target)
        case .uint8: target == .float32 ? Wrapped<UInt8, Float>().loop : nil
        case .int8: target == .float32 ? Wrapped<Int8, Float>().loop : nil
        case .bool:
            switch target {
            case .float32: Flag<Float>().loop
            case .int32: Flag<Int32>().loop
            case .int64: Flag<Int64>().loop
            default: nil
            }
        default: nil
        }
    }
}

/// The loop from `Float` to the types that are computed in it.
private func narrowing(to target: DataType) -> ElementLoop? {
    switch target {
    case .float16: Rounded<Float, Float16>().loop
    case .bfloat16: Rounded<Float, BFloat16>().loop
    default: nil
    }
}

private func realConversion<Source: NumberElement>(
    _ type: Source.Type, to target: DataType
) -> ElementLoop? where Source.Computed: BinaryFloatingPoint {
    switch target {
    case .float32: RoundedOnce<Source, Float>().loop
    case .float64: RoundedOnce<Source, Double>().loop
    case .int32: RoundedOnce<Source, Int32>().loop
    case .int64: RoundedOnce<Source, Int64>().loop
    case .uint8: RoundedOnce<Source, UInt8>().loop
    case .int8: RoundedOnce<Source, Int8>().loop
    case .bool: IsNotZero<Source, UInt8>().loop
    default: nil
    }
}

private func wholeConversion<Source: NumberElement>(
    _ type: Source.Type, to target: DataType
) -> ElementLoop? where Source.Computed: FixedWidthInteger {
    switch target {
    case .float32: Wrapped<Source, Float>().loop
    case .float64: Wrapped<Source, Double>().loop
    case .int32: Wrapped<Source, Int32>().loop
    case .int64: Wrapped<Source, Int64>().loop
    case .bool: IsNotZero<Source, UInt8>().loop
    default: nil
    }
}

/// A number that both types are computed in, rounded.
struct Rounded<In: NumberElement, Out: NumberElement>: ElementFunction
where In.Computed == Out.Computed {
    @inline(__always)
    func callAsFunction(_ x: In) -> Out { Out(computed: x.computed) }
}

/// A real number as another type, rounded once; cut off as an integer.
struct RoundedOnce<In: NumberElement, Out: NumberElement>: ElementFunction {
    @inline(__always)
    func callAsFunction(_ x: In) -> Out { Out(rounding: x.computed.double) }
}

/// A whole number as another type; its lower bits as a narrower integer.
struct Wrapped<In: NumberElement, Out: NumberElement>: ElementFunction {
    @inline(__always)
    func callAsFunction(_ x: In) -> Out {
        Out(computed: Out.Computed(wrapping: x.computed.integer))
    }
}

/// Whether a number is another one than 0, as 0 or 1.
struct IsNotZero<In: NumberElement, Out: NumberElement>: ElementFunction {
    @inline(__always)
    func callAsFunction(_ x: In) -> Out { Out(computed: x.computed == .zero ? .zero : .one) }
}

/// A truth value, a byte of which every one but 0 is true, as 0 or 1.
private struct Flag<Out: NumberElement>: ElementFunction {
    @inline(__always)
    func callAsFunction(_ x: UInt8) -> Out { Out(computed: x == 0 ? .zero : .one) }
}
