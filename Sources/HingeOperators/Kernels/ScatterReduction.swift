import HingeGraph

/// How an element is combined with one that is written over it.
///
/// Of booleans, a sum and the larger are true where one of them is, a product and the smaller where both are. Complex numbers
/// are added and multiplied, but none is the larger. Strings are replaced only.
///
/// Source: ONNX ScatterElements and ScatterND, attribute `reduction`.
public enum ScatterReduction: String, Sendable, CaseIterable {
    /// It is replaced.
    case none
    /// They are added.
    case add
    /// They are multiplied.
    case mul
    /// The larger one remains.
    case max
    /// The smaller one remains.
    case min

    /// The first version that has it.
    var sinceVersion: Int {
        switch self {
        case .none: 11
        case .add, .mul: 16
        case .max, .min: 18
        }
    }

    /// The operator that combines two tensors so.
    var combination: any Operator {
        switch self {
        case .none: Identity()
        case .add: Add()
        case .mul: Mul()
        case .max: Max()
        case .min: Min()
        }
    }

    @inline(__always)
    fileprivate func combine<T: RealElement>(_ a: T, _ b: T) -> T {
        switch self {
        case .none: b
        case .add: a + b
        case .mul: a * b
        case .max: a.isNaN || a > b ? a : b
        case .min: a.isNaN || a < b ? a : b
        }
    }

    @inline(__always)
    fileprivate func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
        switch self {
        case .none: b
        case .add: a &+ b
        case .mul: a &* b
        case .max: Swift.max(a, b)
        case .min: Swift.min(a, b)
        }
    }
}

extension ScatterReduction {
    /// Booleans, as bytes that aren't 0 where they are true.
    fileprivate func combineFlags(_ a: UInt8, _ b: UInt8) -> UInt8 {
        switch self {
        case .none: b
        case .add, .max: a | b == 0 ? 0 : 1
        case .mul, .min: a == 0 || b == 0 ? 0 : 1
        }
    }

    /// Complex numbers, of which none is the larger.
    @inline(__always)
    fileprivate func combine<T: RealElement>(_ a: ComplexPair<T>, _ b: ComplexPair<T>)
        -> ComplexPair<T>
    {
        guard self == .mul else {
            return ComplexPair(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
        }
        return ComplexPair(
            real: a.real * b.real - a.imaginary * b.imaginary,
            imaginary: a.real * b.imaginary + a.imaginary * b.real)
    }
}

/// A complex number as tensors store it.
private struct ComplexPair<T: RealElement> {
    var real: T
    var imaginary: T
}

extension EvaluationContext {
    /// Writes a copy of `data` to output 0, in which blocks of `updates` are combined with those at `offsets`.
    ///
    /// - Precondition: the blocks lie inside the data, and `updates` has as many.
    mutating func scatter(
        _ data: Tensor, _ updates: Tensor, offsets: [Int], length: Int,
        _ reduction: ScatterReduction
    ) throws {
        try Tensor.requireSameType(data, updates)
        guard reduction != .none else {
            return try move(
                data, updates, data.shape,
                by: BlockScatter(count: data.count, offsets: offsets, length: length))
        }
        guard data.dataType != .string else {
            throw HingeError(
                .mismatch, "strings are replaced only, they have no '\(reduction.rawValue)'")
        }
        let y = try output(0, data.dataType, data.shape)
        func write<T>(
            _ source: UnsafeBufferPointer<T>, _ values: UnsafeBufferPointer<T>,
            _ results: UnsafeMutableBufferPointer<T>, _ combine: (T, T) -> T
        ) {
            if let from = source.baseAddress, let to = results.baseAddress {
                to.update(from: from, count: source.count)
            }
            for block in offsets.indices {
                for index in 0..<length {
                    let target = offsets[block] + index
                    results[target] = combine(results[target], values[block * length + index])
                }
            }
        }
        func apply<T: TensorElement>(_ type: T.Type, _ combine: (T, T) -> T) throws {
            let results = y.elements(of: T.self)
            try data.withUnsafeElements(of: T.self) { source in
                try updates.withUnsafeElements(of: T.self) { write(source, $0, results, combine) }
            }
        }
        func applyPairs<T: RealElement>(_ type: T.Type) throws {
            guard reduction == .add || reduction == .mul else {
                throw HingeError(
                    .mismatch,
                    "\(data.dataType) has no '\(reduction.rawValue)': its numbers have no order")
            }
            let (data, updates) = (try data.aligned(), try updates.aligned())
            data.withUnsafeBytes { source in
                updates.withUnsafeBytes { values in
                    write(
                        source.assumingMemoryBound(to: ComplexPair<T>.self),
                        values.assumingMemoryBound(to: ComplexPair<T>.self),
                        y.bytes.assumingMemoryBound(to: ComplexPair<T>.self)
                    ) { reduction.combine($0, $1) }
                }
            }
        }
        switch data.dataType {
        case .float32: try apply(Float.self) { reduction.combine($0, $1) }
        case .float64: try apply(Double.self) { reduction.combine($0, $1) }
        case .float16:
            try apply(Float16.self) { Float16(reduction.combine(Float($0), Float($1))) }
        case .bfloat16:
            try apply(BFloat16.self) { BFloat16(reduction.combine(Float($0), Float($1))) }
        case .int8: try apply(Int8.self) { reduction.combine($0, $1) }
        case .int16: try apply(Int16.self) { reduction.combine($0, $1) }
        case .int32: try apply(Int32.self) { reduction.combine($0, $1) }
        case .int64: try apply(Int64.self) { reduction.combine($0, $1) }
        case .uint8: try apply(UInt8.self) { reduction.combine($0, $1) }
        case .uint16: try apply(UInt16.self) { reduction.combine($0, $1) }
        case .uint32: try apply(UInt32.self) { reduction.combine($0, $1) }
        case .uint64: try apply(UInt64.self) { reduction.combine($0, $1) }
        case .bool: try apply(UInt8.self) { reduction.combineFlags($0, $1) }
        case .complex64: try applyPairs(Float.self)
        case .complex128: try applyPairs(Double.self)
        default: throw data.notSupported()
        }
    }
}
