import HingeGraph

/// What an operator needs of the elements of a value, beyond their type, to compute something that tells right from
/// wrong: indices that are in range, arguments that a function is defined for, numbers on both sides of a bound.
///
/// Operators state it of their inputs (``Operator/inputNeeds(_:_:)``); whoever makes up inputs follows it back to the
/// inputs of the model.
public struct ElementNeeds: Sendable, Equatable {
    /// Where elements lie; infinite bounds mean none.
    public var range: ClosedRange<Double>?
    /// Where the elements of each position along the last axis lie, if not all in the same range.
    public var columns: [ClosedRange<Double>]?
    /// Whether no element is 0.
    public var avoidsZero = false
    /// Numbers near which some elements lie, below, above and at them.
    public var landmarks: [Double] = []
    /// All elements, where they depend on each other: a shape, a list of axes.
    public var values: [Double]?
    /// Strings that some elements are.
    public var words: [ByteString] = []

    /// The keys of a map, a vector.
    public var keys: Tensor?

    /// Creates needs: none.
    public init() {}

    /// The most landmarks, and words, that are kept.
    private static let memoryLimit = 64
}

public extension ElementNeeds {
    /// Elements from one number to another.
    static func within(_ low: Double, _ high: Double) -> ElementNeeds {
        var needs = ElementNeeds()
        needs.range = low...max(low, high)
        return needs
    }

    /// Whole numbers that count something, from one to the extent of a dimension, or to a few.
    static func count(upTo extent: Int?) -> ElementNeeds {
        within(1, Double(max(extent ?? 4, 1)))
    }

    /// Indices into a dimension; 0 and 1 where its extent is unknown.
    static func index(into extent: Int?) -> ElementNeeds {
        within(0, Double(max((extent ?? 2) - 1, 0)))
    }

    /// Elements clearly above 0.
    static let positive = within(0.05, .infinity)

    /// The scale of quantized numbers.
    static let scale = within(0.02, 0.1)

    /// Elements other than 0.
    static let notZero = {
        var needs = ElementNeeds()
        needs.avoidsZero = true
        return needs
    }()

    /// Elements near some numbers, below and above; those that are not of a usual size are left out, since everything
    /// else would disappear beside them.
    static func near(_ landmarks: [Double]) -> ElementNeeds {
        var needs = ElementNeeds()
        needs.addLandmarks(landmarks)
        return needs
    }

    /// Strings, some of which are the given ones.
    static func among(_ words: [ByteString]) -> ElementNeeds {
        var needs = ElementNeeds()
        needs.words = Array(words.prefix(memoryLimit))
        return needs
    }

    /// A map with some keys, the first of a vector.
    static func map(with keys: Tensor) -> ElementNeeds {
        var needs = ElementNeeds()
        if let words = keys.strings {
            let some = Array(words.prefix(memoryLimit))
            needs.keys = try? Tensor(strings: some, shape: [some.count])
        } else {
            needs.keys = (try? keys.integers()).map {
                Tensor($0.prefix(memoryLimit).map { Int64($0) })
            }
        }
        return needs
    }

    /// These very elements.
    static func exactly(_ values: [Int]) -> ElementNeeds {
        var needs = ElementNeeds()
        needs.values = values.map { Double($0) }
        return needs
    }

    /// Some of the elements of a constant that values are compared with: numbers to be near, or strings to be among.
    static func comparedWith(_ constant: Tensor?) -> ElementNeeds? {
        guard let constant else { return nil }
        if let words = constant.strings { return .among(words) }
        guard constant.count <= 1 << 16, let numbers = try? constant.doubles() else { return nil }
        return .near(Array(Set(numbers.prefix(1024))).sorted())
    }
}

public extension ElementNeeds {
    /// Whether elements may be of any size.
    var isOpen: Bool { range == nil && columns == nil && values == nil }

    /// What both ask for; where they contradict each other, what this asks for.
    func merged(with other: ElementNeeds) -> ElementNeeds {
        var result = self
        result.range = ElementNeeds.both(range, other.range)
        if let columns, let others = other.columns, columns.count == others.count {
            result.columns = zip(columns, others).map { ElementNeeds.both($0, $1) ?? $0 }
        } else {
            result.columns = columns ?? other.columns
        }
        result.avoidsZero = avoidsZero || other.avoidsZero
        result.addLandmarks(other.landmarks)
        result.values = values ?? other.values
        result.keys = keys ?? other.keys
        for word in other.words
        where !result.words.contains(word) && result.words.count < ElementNeeds.memoryLimit {
            result.words.append(word)
        }
        return result
    }

    /// What holds wherever an element moves to: for operators that reorder, pick or repeat elements.
    var anywhere: ElementNeeds {
        var result = self
        for column in columns ?? [] { result.range = ElementNeeds.both(result.range, column) }
        result.columns = nil
        if let values, let low = values.min(), let high = values.max() {
            result.range = ElementNeeds.both(result.range, low...high)
            result.values = nil
        }
        return result
    }

    /// What holds of elements in the same order in another shape.
    var reshaped: ElementNeeds {
        guard columns != nil else { return self }
        var result = anywhere
        result.values = values
        return result
    }

    /// What is needed of `x` where this is needed of `x · factor + offset`.
    func undoing(factor: Double, offset: Double) -> ElementNeeds {
        guard factor != 0, factor.isFinite, offset.isFinite else { return ElementNeeds() }
        func undo(_ value: Double) -> Double { (value - offset) / factor }
        func undo(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
            let ends = [undo(range.lowerBound), undo(range.upperBound)].sorted()
            return ends[0]...ends[1]
        }
        var result = ElementNeeds()
        result.range = range.map(undo)
        result.columns = columns?.map(undo)
        result.avoidsZero = avoidsZero && offset == 0
        result.addLandmarks(landmarks.map(undo))
        result.values = values?.map(undo)
        return result
    }

    /// Adds numbers to be near, of a size at which other elements don't disappear beside them.
    internal mutating func addLandmarks(_ numbers: [Double]) {
        for number in numbers
        where abs(number) <= 1e4 && !landmarks.contains(number)
            && landmarks.count < ElementNeeds.memoryLimit
        {
            landmarks.append(number)
        }
    }

    private static func both(
        _ a: ClosedRange<Double>?, _ b: ClosedRange<Double>?
    ) -> ClosedRange<Double>? {
        guard let a, let b else { return a ?? b }
        return a.overlaps(b) ? a.clamped(to: b) : a
    }
}

extension Operator {
    /// What is needed of the inputs at the given positions where an operator moves their elements to output 0.
    func moving(_ positions: Int..., of outputs: [ElementNeeds?]) -> [Int: ElementNeeds] {
        moving(positions, of: outputs)
    }

    /// What is needed of the inputs at the given positions where an operator moves their elements to output 0.
    func moving(_ positions: [Int], of outputs: [ElementNeeds?]) -> [Int: ElementNeeds] {
        guard let need = outputs.first ?? nil else { return [:] }
        return Dictionary(
            positions.map { ($0, need.anywhere) }, uniquingKeysWith: { first, _ in first })
    }
}

extension InferenceContext {
    /// The extent of a dimension of the input at `index`, if it is known; negative axes count from the last.
    func extent(_ index: Int, _ axis: Int) -> Int? {
        guard let shape = shape(index) else { return nil }
        let place = axis < 0 ? axis + shape.rank : axis
        return (0..<shape.rank).contains(place) ? shape[place].extent : nil
    }

    /// The one element of the constant input at `index`, or the only one of all its elements.
    func uniformConstant(_ index: Int) -> Double? {
        guard let constant = constant(index), constant.count > 0, constant.count <= 1 << 16,
            let numbers = try? constant.doubles(), numbers.allSatisfy({ $0 == numbers[0] })
        else { return nil }
        return numbers[0]
    }

    /// What vectors of indices, the last dimension of the input at `index`, need to lie in the input at `data`, from its
    /// dimension `first` on.
    func indexVectors(_ index: Int, into data: Int, from first: Int = 0) -> ElementNeeds {
        var needs = ElementNeeds()
        let depth = min(extent(index, -1) ?? 0, shape(data)?.rank ?? 0)
        needs.columns = (0..<depth).map { column in
            0...Double(max((extent(data, first + column) ?? 2) - 1, 0))
        }
        return needs
    }

    /// What two inputs need where one of them is a constant that the other is compared with.
    var comparisonNeeds: [Int: ElementNeeds] {
        guard inputs.count == 2 else { return [:] }
        var needs: [Int: ElementNeeds] = [:]
        needs[0] = .comparedWith(constant(1))
        needs[1] = .comparedWith(constant(0))
        return needs
    }

    /// What two inputs need where the output is the one times a factor, plus an offset, that a constant gives.
    func linearNeeds(
        _ outputs: [ElementNeeds?], _ form: (Double) -> (factor: Double, offset: Double)
    ) -> [Int: ElementNeeds] {
        guard let need = outputs.first ?? nil else { return [:] }
        var needs: [Int: ElementNeeds] = [:]
        for index in 0...1 {
            guard let constant = uniformConstant(1 - index) else { continue }
            let (factor, offset) = form(constant)
            needs[index] = need.undoing(factor: factor, offset: offset)
        }
        return needs
    }
}
