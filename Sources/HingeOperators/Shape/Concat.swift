import HingeGraph

/// Joins tensors along one dimension.
///
/// Source: ONNX Concat 1, 4, 11, 13; the axis defaulted to 1 before 4 and was not negative before 11.
public struct Concat: PreparedOperator {
    /// The dimension along which the inputs follow each other.
    public var axis: Int

    /// Creates the operator.
    public init(axis: Int) {
        self.axis = axis
    }
}

public extension Concat {
    static let type = "Concat"

    init(_ node: NodeReader) throws {
        let axis = try node.int("axis")
        self.axis = node.opset < 4 ? axis ?? 1 : try node.required("axis", axis)
    }

    func spell(_ speller: inout Speller) throws {
        speller.emit(Self.type, [.int("axis", try speller.nonNegative([axis], before: 11)[0])])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.inputs.lazy.compactMap { $0?.type?.dataType }.first
        let shapes = context.inputs.indices.map { context.shape($0) }
        guard let first = shapes.lazy.compactMap({ $0 }).first else { return [.tensor(type, nil)] }
        let axis = try InferenceContext.axis(axis, rank: first.rank)
        var result = first
        for shape in shapes {
            guard let shape else {
                result[axis] = .unknown
                continue
            }
            try context.require(
                shape.rank == first.rank, "expected shapes of one rank, found \(first) and \(shape)"
            )
            for index in 0..<first.rank where index != axis {
                result[index] = try result[index].merged(with: shape[index])
            }
        }
        if !shapes.contains(where: { $0 == nil }) {
            result[axis] = .sum(shapes.compactMap { $0?[axis] })
        }
        var inferred = Inferred.tensor(type, result)
        if first.rank == 1, type == .int64 || type == .int32 {
            inferred.elements = elements(context)
        }
        return [inferred]
    }

    /// The elements of vectors that follow each other, unknown where an input's aren't known but its length is.
    private func elements(_ context: InferenceContext) -> [Shape.Dimension]? {
        var elements: [Shape.Dimension] = []
        for index in context.inputs.indices {
            if let known = context.elements(index) {
                elements += known
            } else if let count = context.length(index), count <= 1024 {
                elements += [Shape.Dimension](repeating: .unknown, count: count)
            } else {
                return nil
            }
        }
        return elements
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard let need = outputs.first ?? nil else { return [:] }
        var needs: [Int: ElementNeeds] = [:]
        var start = 0
        for index in context.inputs.indices {
            needs[index] = need.anywhere
            guard let shape = context.shape(index), let extent = context.extent(index, axis) else {
                start = Int(Int32.max)
                continue
            }
            let isLast = axis == -1 || axis == shape.rank - 1
            if isLast, let columns = need.columns, start + extent <= columns.count {
                needs[index]?.range = need.range
                needs[index]?.columns = Array(columns[start..<start + extent])
            }
            if shape.rank == 1, let values = need.values, start + extent <= values.count {
                needs[index]?.range = need.range
                needs[index]?.values = Array(values[start..<start + extent])
            }
            start = min(start + extent, Int(Int32.max))
        }
        return needs
    }

    /// Of one input.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.inputs.count == 1
    }

    /// Along the axis where it was before.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        guard let source = permutation.sources(of: [axis])?.first else { return nil }
        return TransposedForm(
            Concat(axis: source), transposed: Set(context.inputs.indices), output: permutation)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let inputs = try context.inputs.indices.map { try context.input($0) }
        guard let first = inputs.first else {
            throw HingeError(.mismatch, "expected at least one input, found none")
        }
        let axis = try InferenceContext.axis(axis, rank: first.rank)
        var shape = first.shape
        shape[axis] = 0
        for input in inputs {
            var other = input.shape
            if axis < other.count { other[axis] = first.shape[axis] }
            guard other == first.shape else {
                throw HingeError(
                    .mismatch,
                    "shapes \(first.shape) and \(input.shape) don't join in dimension \(axis)")
            }
            let (sum, overflow) = shape[axis].addingReportingOverflow(input.shape[axis])
            shape[axis] = overflow ? .max : sum
        }
        try MemoryLimit.check(first.dataType, shape)
        let rows = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        let counts = inputs.map { $0.shape[axis] * inner }
        let join = Join(rows: rows, counts: counts)
        return { [shape] context in
            try context.move(.inputs(context.inputs), shape, by: join)
        }
    }

    /// Writes rows that are made of a row of each source, one after the other.
    private struct Join: Movement {
        let rows: Int
        /// The elements of a row of each source.
        let counts: [Int]

        @inline(__always)
        func callAsFunction<Element>(
            _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
        ) {
            let length = counts.reduce(0, +)
            parallelFor(rows * length, cost: 1) { range in
                forEachPart(in: range, length) { source, from, to, count in
                    (result + to).update(from: sources[source] + from, count: count)
                }
            }
        }

        /// Calls `body` with the parts of the sources that a range of the result's elements is made of.
        @inline(never)
        private func forEachPart(
            in range: Range<Int>, _ length: Int,
            _ body: (_ source: Int, _ from: Int, _ to: Int, _ count: Int) -> Void
        ) {
            var (row, inside) = range.lowerBound.quotientAndRemainder(dividingBy: length)
            var position = range.lowerBound
            while position < range.upperBound {
                for (source, own) in counts.enumerated() where position < range.upperBound {
                    if inside >= own {
                        inside -= own
                        continue
                    }
                    let count = min(own - inside, range.upperBound - position)
                    body(source, row * own + inside, position, count)
                    position += count
                    inside = 0
                }
                row += 1
            }
        }
    }
}

extension Concat: DifferentiableOperator {
    /// The part of `g` that each input became.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let axis = try derivative.axis(axis, of: g)
        let sizes = try derivative.inputs.map { index in
            try derivative.extent(of: derivative.input(index), axis)
        }
        let all = try derivative.append(Concat(axis: 0), sizes, outputCount: 1)
        let parts = try derivative.append(
            Split(axis: axis), [g, all[0]], outputCount: derivative.inputs.count)
        for index in derivative.inputs where derivative.wants(index) {
            derivative.give(parts[index], for: index)
        }
    }
}
