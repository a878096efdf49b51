import HingeGraph
import HingeOperators

/// Makes up one value.
struct ValueMaker {
    private var generator: SeededGenerator
    private let needs: ElementNeeds
    /// The extents of named dimensions.
    private let named: [String: Int]

    /// The most elements that are made up for one input.
    private static let countLimit = 1 << 30
    /// The number of elements in a sequence or map.
    private static let itemCount = 2

    init(generator: SeededGenerator, needs: ElementNeeds, named: [String: Int] = [:]) {
        self.generator = generator
        self.needs = needs
        self.named = named
    }

    /// A value of a type.
    ///
    /// - Parameter extents: The shape of a tensor; `nil` for one that the type states, unknown extents being 2.
    /// - Throws: ``HingeError`` when the type says too little, or can't be made up.
    mutating func value(_ type: ValueType?, extents: [Int]? = nil) throws -> Value {
        switch type {
        case .tensor(let dataType?, let shape):
            return .tensor(try tensor(dataType, try extents ?? known(shape)))
        case .sparseTensor(let dataType?, let shape):
            let shape = try extents ?? known(shape)
            let count = try Tensor.count(of: shape)
            let places = Array(stride(from: 0, to: Int64(count), by: 3))
            return .sparseTensor(
                SparseTensor(
                    values: try tensor(dataType, [places.count]), indices: Tensor(places),
                    shape: shape))
        case .sequence(let element):
            return .sequence(try (0..<Self.itemCount).map { _ in try item(element) })
        case .optional(let element): return .optional(try item(element))
        case .map(let key?, let element):
            let keys = needs.keys ?? Tensor((0..<Self.itemCount).map { Int64($0) })
            var type = element
            if case .tensor(let dataType, nil) = type { type = .tensor(dataType, []) }
            return .map(
                keys: try keys.converted(to: key),
                values: try (0..<keys.count).map { _ in try value(type) })
        default:
            throw HingeError(
                .unsupported,
                "cannot make up a value of type \(type?.description ?? "unknown"); give it")
        }
    }

    /// What a sequence or an optional value holds; a tensor of unknown rank is a vector.
    private mutating func item(_ type: ValueType?) throws -> Value {
        guard case .tensor(let dataType, nil) = type else { return try value(type) }
        return try value(.tensor(dataType, [.unknown]))
    }

    private func known(_ shape: Shape?) throws -> [Int] {
        guard let shape else {
            throw HingeError(.usage, "the input has no known rank; give its shape, or the input")
        }
        return shape.dimensions.map { dimension in
            if case .symbolic(let name) = dimension, let extent = named[name] { return extent }
            return dimension.extent ?? 2
        }
    }

    private mutating func tensor(_ type: DataType, _ shape: [Int]) throws -> Tensor {
        try MemoryLimit.check(type, shape)
        let count = try Tensor.count(of: shape)
        guard count <= Self.countLimit else {
            throw HingeError(.limit, "an input of shape \(shape) is too large to make up")
        }
        switch type {
        case .string: return try Tensor(strings: words(count), shape: shape)
        case .bool:
            let chosen = needs.values.flatMap { $0.count == count ? $0.map { $0 != 0 } : nil }
            return Tensor(
                chosen ?? (0..<count).map { _ in generator.next() & 1 == 1 }, shape: shape)
        case .float64: return Tensor(numbers(count, shape), shape: shape)
        case .complex64:
            let parts = numbers(2 * count, shape).map { Float($0) }
            return try Tensor.copying(parts, type, shape)
        case .complex128: return try Tensor.copying(numbers(2 * count, shape), type, shape)
        default:
            if type.isInteger {
                let elements = integers(count, shape, type).map {
                    Int64(min(max($0, -0x1p53), 0x1p53))
                }
                return try Tensor(elements, shape: shape).converted(to: type)
            }
            return try Tensor(numbers(count, shape).map { Float($0) }, shape: shape)
                .converted(to: type)
        }
    }

    private mutating func words(_ count: Int) -> [ByteString] {
        let vocabulary = needs.words + ["hinge", "1", "-2.5", "Größe", ""]
        return (0..<count).map { _ in
            vocabulary[Int(generator.next() % UInt64(vocabulary.count))]
        }
    }

    /// The ranges of the elements, which take turns.
    private func ranges(_ shape: [Int]) -> [ClosedRange<Double>?] {
        guard let columns = needs.columns, !columns.isEmpty else { return [needs.range] }
        return columns.count == shape.last ? columns : [needs.anywhere.range]
    }

    // MARK: - Real numbers

    private mutating func numbers(_ count: Int, _ shape: [Int]) -> [Double] {
        if let values = needs.values, values.count == count { return values }
        let ranges = ranges(shape)
        let (landmarks, avoidsZero) = (needs.landmarks, needs.avoidsZero)
        return (0..<count).map { index in
            let range = ranges[index % ranges.count]
            var number = number(range)
            if let landmark = landmarks.near(index) {
                let spread = max(abs(landmark) / 4, 0.5)
                let distance = spread * abs(generator.normal())
                let shifted = landmark + (index / 2 % 2 == 0 ? distance : -distance)
                if range?.contains(shifted) ?? true { number = shifted }
            }
            if avoidsZero, abs(number) < 0.25 { number += number < 0 ? -0.5 : 0.5 }
            return number
        }
    }

    private mutating func number(_ range: ClosedRange<Double>?) -> Double {
        guard let range else { return generator.normal() }
        let (low, high) = (range.lowerBound, range.upperBound)
        switch (low.isFinite, high.isFinite) {
        case (true, true): return low + (high - low) * generator.uniform()
        case (true, false): return low + abs(generator.normal())
        case (false, true): return high - abs(generator.normal())
        case (false, false): return generator.normal()
        }
    }

    // MARK: - Integers

    private mutating func integers(_ count: Int, _ shape: [Int], _ type: DataType) -> [Double] {
        if let values = needs.values, values.count == count { return values }
        let limits = type.integerRange
        let spans = ranges(shape).map { IntegerSpan($0, limits) }
        let (landmarks, avoidsZero, range) = (needs.landmarks, needs.avoidsZero, needs.range)
        return (0..<count).map { index in
            let span = spans[index % spans.count]
            var number = span.first
            if span.count > 0 { number += Double(generator.next() % span.count) }
            if let landmark = landmarks.near(index) {
                let near = landmark.rounded(.down) + Double(generator.next() % 3) - 1
                if range?.contains(near) ?? true, limits.contains(near) { number = near }
            }
            if avoidsZero, number == 0 { number = span.last >= 1 ? 1 : -1 }
            return number
        }
    }
}

/// The integers of a range that a type holds.
private struct IntegerSpan {
    let first: Double
    let last: Double
    /// How many there are to choose from; 0 where there is no choice.
    let count: UInt64

    init(_ stated: ClosedRange<Double>?, _ limits: ClosedRange<Double>) {
        var range = stated ?? -.infinity ... .infinity
        // Without a range, small numbers that index and count as they happen to.
        if range == -.infinity ... .infinity { range = 0...9 }
        let low = range.lowerBound.isFinite ? range.lowerBound : range.upperBound - 9
        let high = range.upperBound.isFinite ? range.upperBound : low + 9
        first = min(max(low.rounded(.up), limits.lowerBound), limits.upperBound)
        last = min(high.rounded(.down), limits.upperBound)
        count = last > first ? UInt64(min(last - first + 1, 0x1p52)) : 0
    }
}

extension [Double] {
    /// The landmark that the element at `index` is to be near: one element in two is near one of them.
    fileprivate func near(_ index: Int) -> Double? {
        isEmpty || index % 2 != 0 ? nil : self[index / 4 % count]
    }
}

extension DataType {
    /// The numbers of an integer type that `Double` holds exactly.
    fileprivate var integerRange: ClosedRange<Double> {
        let isSigned: Bool =
            switch self {
            case .int8, .int16, .int32, .int64, .int4, .int2: true
            default: false
            }
        let bits = Double(min(bitWidth, 53)) - (isSigned ? 1 : 0)
        let size = (0..<Int(bits)).reduce(1.0) { size, _ in size * 2 }
        return (isSigned ? -size : 0)...(size - 1)
    }
}

extension Tensor {
    /// A tensor whose memory holds the given numbers.
    fileprivate static func copying<Element: BitwiseCopyable>(
        _ numbers: [Element], _ type: DataType, _ shape: [Int]
    ) throws -> Tensor {
        var tensor = try Tensor(zeros: type, shape: shape)
        try tensor.withUnsafeMutableBytes { bytes in
            numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
        }
        return tensor
    }
}
