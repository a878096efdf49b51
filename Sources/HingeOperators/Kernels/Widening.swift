import HingeGraph

/// How elements of a narrow type are computed as those of a wide one: converted there and back, a few at a time.
///
/// So the code of a function is compiled for the wide type alone.
struct Widening: Sendable {
    /// The size of a narrow element in bytes.
    let size: Int
    /// The size of a wide element in bytes.
    let wideSize: Int
    /// Converts narrow elements to wide ones.
    let load: RawLoop
    /// Converts wide elements to narrow ones.
    let store: RawLoop

    init<Load: ElementFunction, Store: ElementFunction>(_ load: Load, _ store: Store)
    where Load.In == Store.Out, Load.Out == Store.In {
        size = MemoryLayout<Load.In>.stride
        wideSize = MemoryLayout<Load.Out>.stride
        self.load = load.code.fill
        self.store = store.code.fill
    }

    /// Integers as wider ones, whose lower bits are the result.
    private init<
        Narrow: NumberElement & FixedWidthInteger, Wide: NumberElement & FixedWidthInteger
    >(
        _ narrow: Narrow.Type, _ wide: Wide.Type
    ) {
        self.init(Wrapped<Narrow, Wide>(), Wrapped<Wide, Narrow>())
    }

    static let float16 = Widening(Rounded<Float16, Float>(), Rounded<Float, Float16>())
    static let bfloat16 = Widening(Rounded<BFloat16, Float>(), Rounded<Float, BFloat16>())
    static let int8 = Widening(Int8.self, Int32.self)
    static let int16 = Widening(Int16.self, Int32.self)
    static let uint8 = Widening(UInt8.self, UInt32.self)
    static let uint16 = Widening(UInt16.self, UInt32.self)
    static let int8AsInt64 = Widening(Int8.self, Int64.self)
    static let int32AsInt64 = Widening(Int32.self, Int64.self)
    static let uint8AsUInt64 = Widening(UInt8.self, UInt64.self)
    static let uint32AsUInt64 = Widening(UInt32.self, UInt64.self)
    /// Truth values, bytes of which every one but 0 is true, as 0 and 1.
    static let boolAsUInt64 = Widening(IsNotZero<UInt8, UInt64>(), IsNotZero<UInt64, UInt8>())

    /// Integers as real numbers, whose integer part, or the nearest bound of the type, is the result.
    static func real<T: NumberElement & FixedWidthInteger>(_ type: T.Type) -> Widening {
        Widening(RoundedOnce<T, Double>(), Saturated<T>())
    }

    /// The size of each buffer that parts are converted in.
    static let byteCount = 1024

    /// What is done for a part of a count: where the part starts, its count, and three buffers for as many wide elements.
    typealias Part = (
        Int, Int, UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer
    ) -> Void

    /// Calls `body` for parts of a count.
    func forEachPart(_ count: Int, _ body: Part) {
        let size = Widening.byteCount
        withTemporaryMemory(byteCount: 3 * size) { first in
            let most = size / wideSize
            for start in stride(from: 0, to: count, by: most) {
                body(start, min(count - start, most), first, first + size, first + 2 * size)
            }
        }
    }

    /// Calls `body` for parts of a count, with where the results go in place of the first buffer.
    ///
    /// - Parameters:
    ///   - y: Where all results go.
    ///   - size: The size of a result there; `nil` of narrow results, which `body` leaves wide.
    func forEachPart(_ count: Int, to y: UnsafeMutableRawPointer, _ size: Int?, _ body: Part) {
        forEachPart(count) { start, count, results, first, second in
            if let size { return body(start, count, y + start * size, first, second) }
            body(start, count, results, first, second)
            store(y + start * self.size, results, count)
        }
    }
}

/// A number as an integer, cut off, or the bound of its type that is nearest to it.
private struct Saturated<Out: TensorElement & FixedWidthInteger>: ElementFunction {
    @inline(__always)
    func callAsFunction(_ x: Double) -> Out { Out(saturating: x) }
}
