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
        let indices = try context.output(1, .int64, shape).elements(of: Int64.self)
        var visitor = Visitor(
            x: x, values: values, indices: indices, span: span, k: k, isLargest: isLargest)
        guard x.dataType != .bool, try x.dataType.visit(&visitor) != nil else {
            throw x.notSupported()
        }
    }

    private struct Visitor: NumberVisitor {
        let x: Tensor
        let values: OutputTensor
        let indices: UnsafeMutableBufferPointer<Int64>
        let span: AxisSpan
        let k: Int
        let isLargest: Bool

        func visit<T: NumberElement>(_ type: T.Type) {
            guard k > 0 else { return }
            let values = values.elements(of: T.self)
            x.withUnsafeElements(of: T.self) { x in
                for outer in 0..<span.outer {
                    for inner in 0..<span.inner {
                        let start = outer * span.count * span.inner + inner
                        var selection = Selection<T.Computed>(k: k, isLargest: isLargest)
                        for step in 0..<span.count {
                            selection.offer(x[start + step * span.inner].computed, step)
                        }
                        let target = outer * k * span.inner + inner
                        for (rank, entry) in selection.sorted().enumerated() {
                            values[target + rank * span.inner] =
                                x[start + entry.index * span.inner]
                            indices[target + rank * span.inner] = Int64(entry.index)
                        }
                    }
                }
            }
        }
    }

    /// The best `k` entries so far: a heap with the worst on top.
    private struct Selection<Number: ComputedNumber> {
        struct Entry {
            var value: Number
            var index: Int
        }

        let k: Int
        let isLargest: Bool
        private var heap: [Entry] = []

        init(k: Int, isLargest: Bool) {
            self.k = k
            self.isLargest = isLargest
            heap.reserveCapacity(k)
        }

        /// Whether `a` comes before `b` in the result.
        private func precedes(_ a: Entry, _ b: Entry) -> Bool {
            if a.value.isNotANumber || b.value.isNotANumber {
                if a.value.isNotANumber && b.value.isNotANumber { return a.index < b.index }
                return a.value.isNotANumber == isLargest
            }
            if a.value == b.value { return a.index < b.index }
            return (a.value > b.value) == isLargest
        }

        mutating func offer(_ value: Number, _ index: Int) {
            let entry = Entry(value: value, index: index)
            if heap.count < k {
                heap.append(entry)
                rise(heap.count - 1)
            } else if precedes(entry, heap[0]) {
                heap[0] = entry
                sink(0)
            }
        }

        private mutating func rise(_ start: Int) {
            var index = start
            while index > 0, precedes(heap[(index - 1) / 2], heap[index]) {
                heap.swapAt(index, (index - 1) / 2)
                index = (index - 1) / 2
            }
        }

        private mutating func sink(_ start: Int) {
            var index = start
            while true {
                var worst = index
                for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                    if precedes(heap[worst], heap[child]) { worst = child }
                }
                if worst == index { return }
                heap.swapAt(index, worst)
                index = worst
            }
        }

        func sorted() -> [Entry] { heap.sorted { precedes($0, $1) } }
    }
}
