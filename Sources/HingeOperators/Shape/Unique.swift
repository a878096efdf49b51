import HingeGraph

/// The distinct elements of a tensor, or with an axis its distinct slices along that: output 0.
///
/// Further outputs, all `int64[n]`: where each one occurs first, which one each element of the input is, and how
/// often each one occurs.
///
/// Source: ONNX Unique 11, 28; NumPy's `unique`. NaNs are equal to each other and come last.
public struct Unique: Operator {
    /// The dimension whose slices are compared; `nil` compares single elements.
    public var axis: Int?
    /// Whether the result is in ascending order; otherwise it is in order of first occurrence.
    public var isSorted: Bool

    /// Creates the operator.
    public init(axis: Int? = nil, isSorted: Bool = true) {
        self.axis = axis
        self.isSorted = isSorted
    }
}

public extension Unique {
    static let type = "Unique"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis")
        isSorted = try node.flag("sorted", default: true)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type, (axis.map { [.int("axis", $0)] } ?? []) + [.int("sorted", isSorted ? 1 : 0)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var shape = context.shape(0)
        var inverse = shape.map { Shape.Dimension.product($0.dimensions) } ?? .unknown
        var place = 0
        if let axis {
            if let shape {
                place = try InferenceContext.axis(axis, rank: shape.rank)
                inverse = shape[place]
            }
        } else {
            shape = [.unknown]
        }
        // What is alone is unique.
        let count: Shape.Dimension = inverse == 1 ? 1 : .unknown
        shape?[place] = count
        let all: [Inferred] = [
            .tensor(context.dataType(0), shape), .tensor(.int64, [count]),
            .tensor(.int64, [inverse]), .tensor(.int64, [count]),
        ]
        return Array(all.prefix(context.outputCount))
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        var x = try context.input(0)
        if axis == nil { x = try x.reshaped(to: [x.count]) }
        let axis = try InferenceContext.axis(axis ?? 0, rank: x.rank)
        let extent = x.shape[axis]
        let length = x.shape[(axis + 1)...].reduce(1, *)
        let rows = x.shape[..<axis].reduce(1, *)
        guard x.count > 0 else { return try setEmpty(x, axis, &context) }
        let keys = try x.ordinals()
        try MemoryLimit.checkArray(of: Int.self, count: 2 * x.count)
        // The elements of each slice, in row-major order.
        let slices = (0..<extent).map { index in
            (0..<rows).flatMap { row -> ArraySlice<Int> in
                let start = (row * extent + index) * length
                return keys[start..<start + length]
            }
        }
        var numbers: [[Int]: Int] = [:]
        var first: [Int] = []
        var inverse: [Int] = []
        var counts: [Int] = []
        for (index, slice) in slices.enumerated() {
            let number = numbers[slice] ?? first.count
            if number == first.count {
                numbers[slice] = number
                first.append(index)
                counts.append(0)
            }
            counts[number] += 1
            inverse.append(number)
        }
        if isSorted {
            let order = first.indices.sorted {
                slices[first[$0]].lexicographicallyPrecedes(slices[first[$1]])
            }
            var places = [Int](repeating: 0, count: order.count)
            for (place, number) in order.enumerated() { places[number] = place }
            first = order.map { first[$0] }
            counts = order.map { counts[$0] }
            inverse = inverse.map { places[$0] }
        }
        var offsets: [Int] = []
        for row in 0..<rows {
            for index in first { offsets.append((row * extent + index) * length) }
        }
        var shape = x.shape
        shape[axis] = first.count
        try context.move(x, shape, by: BlockGather(offsets: offsets, length: length))
        for (index, values) in [first, inverse, counts].enumerated() {
            context.set(index + 1, Tensor(values.map { Int64($0) }))
        }
    }

    /// Sets the outputs for a tensor without elements: its slices, if there are any, are all the same.
    private func setEmpty(_ x: Tensor, _ axis: Int, _ context: inout EvaluationContext) throws {
        let extent = x.shape[axis]
        var shape = x.shape
        shape[axis] = min(extent, 1)
        try context.move(x, shape, by: BlockGather(offsets: [], length: 0))
        let first = [Int64](repeating: 0, count: shape[axis])
        context.set(1, Tensor(first))
        context.set(2, try Tensor(zeros: .int64, shape: [extent]))
        context.set(3, Tensor(first.map { _ in Int64(extent) }))
    }
}

extension Unique: UndifferentiatedOperator {
    /// Which of equal elements a result is of is open.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("which of equal elements a result is of is open")
    }
}
