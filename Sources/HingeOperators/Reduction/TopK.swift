import HingeGraph

/// The `k` largest or smallest elements along an axis, and where they are, `int64`.
///
/// `k` is input 1, `int64[1]`. Of equal elements, the one with the lower index comes first. NaN counts as larger
/// than any number.
///
/// Source: ONNX TopK 1, 10, 11, 24; before 10 `k` was an attribute.
public struct TopK: Operator {
    /// The number of elements to find, where it is a constant of the operator; otherwise it is input 1.
    public var k: Int?
    /// The axis; negative values count from the last.
    public var axis: Int
    /// Whether to find the largest elements; otherwise the smallest.
    public var isLargest: Bool
    /// Whether the elements found must be in order.
    public var isSorted: Bool

    /// Creates the operator; without `k`, that is input 1.
    public init(k: Int? = nil, axis: Int = -1, isLargest: Bool = true, isSorted: Bool = true) {
        self.k = k
        self.axis = axis
        self.isLargest = isLargest
        self.isSorted = isSorted
    }
}

public extension TopK {
    static let type = "TopK"

    init(_ node: NodeReader) throws {
        k = node.opset < 10 ? try node.required("k", node.int("k")) : nil
        axis = try node.int("axis", default: -1)
        isLargest = try node.flag("largest", default: true)
        isSorted = try node.flag("sorted", default: true)
    }

    var operandValues: [Int: Tensor] { k.map { [1: Tensor([Int64($0)])] } ?? [:] }

    func spell(_ speller: inout Speller) throws {
        let axis = Attribute.int("axis", axis)
        if speller.opset >= 11 {
            return speller.emit(
                Self.type,
                [axis, .int("largest", isLargest ? 1 : 0), .int("sorted", isSorted ? 1 : 0)])
        }
        if !isLargest { throw speller.needs(11, "TopK of the smallest elements") }
        if speller.opset >= 10 { return speller.emit(Self.type, [axis]) }
        let k = try speller.constantInput(1, named: "TopK with a number", needing: 10).integers()
        guard let k = k.first else {
            throw HingeError(.mismatch, "expected a number as input 1, found none")
        }
        speller.emit(
            Self.type, [axis, .int("k", k)], inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard var shape = context.shape(0) else {
            return [.tensor(context.dataType(0), nil), .tensor(.int64, nil)]
        }
        let index = try InferenceContext.axis(axis, rank: shape.rank)
        let k = context.elements(1)?.first ?? .unknown
        if let k = k.extent, let extent = shape[index].extent {
            try context.require(
                (0...extent).contains(k), "expected at most \(extent) elements, found k = \(k)")
        }
        shape[index] = k
        return [.tensor(context.dataType(0), shape), .tensor(.int64, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .count(upTo: context.extent(0, axis))
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let index = try InferenceContext.axis(axis, rank: x.rank)
        let span = try AxisSpan(x.shape, axis: axis)
        guard let k = try context.input(1).integers().first, (0...span.count).contains(k) else {
            throw HingeError(
                .mismatch,
                "expected at most \(span.count) elements, found k = \(try context.input(1).integers())"
            )
        }
        var shape = x.shape
        shape[index] = k
        let values = try context.output(0, x.dataType, shape)
        let indices = try context.output(1, .int64, shape)
        var finder = Finder(
            x: x, values: values, places: indices.elements(of: Int64.self), span: span, k: k,
            isLargest: isLargest)
        guard x.dataType != .bool, try x.dataType.visit(&finder) != nil else {
            throw x.notSupported()
        }
    }

    /// Finds elements by their order keys, whatever their type.
    private struct Finder: NumberVisitor {
        let x: Tensor
        let values: OutputTensor
        let places: UnsafeMutableBufferPointer<Int64>
        let span: AxisSpan
        let k: Int
        let isLargest: Bool

        func visit<T: NumberElement>(_ type: T.Type) throws {
            guard k > 0 else { return }
            let values = values.elements(of: T.self)
            try x.withUnsafeElements(of: T.self) { x in
                parallelFor(span.outer * span.inner, cost: 16 * span.count) { lines in
                    var best = BestEntries(capacity: k)
                    for line in lines {
                        let (outer, inner) = line.quotientAndRemainder(dividingBy: span.inner)
                        let start = outer * span.count * span.inner + inner
                        let target = outer * k * span.inner + inner
                        best.removeAll()
                        for step in 0..<span.count {
                            let key = x[start + step * span.inner].computed.orderKey
                            best.offer(isLargest ? key : ~key, step)
                        }
                        for (rank, step) in best.sorted().enumerated() {
                            places[target + rank * span.inner] = Int64(step)
                            values[target + rank * span.inner] = x[start + step * span.inner]
                        }
                    }
                }
            }
        }
    }

    /// The entries with the largest keys so far, of equal ones those with the lowest index: a heap with the worst on
    /// top.
    private struct BestEntries {
        private struct Entry {
            var key: UInt64
            var index: Int

            func precedes(_ other: Entry) -> Bool {
                key == other.key ? index < other.index : key > other.key
            }
        }

        private let capacity: Int
        private var heap: [Entry] = []

        init(capacity: Int) {
            self.capacity = capacity
            heap.reserveCapacity(capacity)
        }

        mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

        mutating func offer(_ key: UInt64, _ index: Int) {
            let entry = Entry(key: key, index: index)
            if heap.count < capacity {
                heap.append(entry)
                rise(heap.count - 1)
            } else if entry.precedes(heap[0]) {
                heap[0] = entry
                sink(0)
            }
        }

        private mutating func rise(_ start: Int) {
            var index = start
            while index > 0, heap[(index - 1) / 2].precedes(heap[index]) {
                heap.swapAt(index, (index - 1) / 2)
                index = (index - 1) / 2
            }
        }

        private mutating func sink(_ start: Int) {
            var index = start
            while true {
                var worst = index
                for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                    if heap[worst].precedes(heap[child]) { worst = child }
                }
                if worst == index { return }
                heap.swapAt(index, worst)
                index = worst
            }
        }

        func sorted() -> [Int] { heap.sorted { $0.precedes($1) }.map(\.index) }
    }
}

extension TopK: DifferentiableOperator {
    /// `g`, put where the elements were found; of equal elements, at the one that was.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let zeros = try derivative.filled(0, like: derivative.input(0))
        let scatter = ScatterElements(axis: axis)
        derivative.give(try derivative.append(scatter, zeros, derivative.output(1), g), for: 0)
    }

    /// The indices.
    public var outputsForDerivative: [Int] { [1] }
}
