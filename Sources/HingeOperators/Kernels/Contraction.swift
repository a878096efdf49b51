import HingeGraph

/// A sum of products of tensors' elements, worked out once for the shapes of the tensors.
///
/// The operands are multiplied one after the other, as stacks of matrices, and each label is summed over as soon as no
/// later operand has it.
struct Contraction: Sendable {
    typealias Label = EinsumEquation.Label

    /// How the first operand becomes the first factor.
    private let first: Summation
    /// How each further operand is multiplied with what came before.
    private let products: [Product]
    /// How the last product becomes the result.
    private let last: Summation
    /// The shape of the result.
    private let shape: [Int]

    /// A product of what came before with an operand.
    private struct Product: Sendable {
        let left: Summation
        let right: Summation
        let kind: Kind

        enum Kind: Sendable {
            /// Of matrices, in stacks.
            case matrices(MatMulShape)
            /// Of elements, where the matrices are small.
            case elements(Summation)
        }
    }

    /// A tensor, or what a product gives, while it is planned.
    fileprivate struct Factor {
        var labels: [Label]
        /// The step of each label.
        var steps: [Label: Int]
    }

    /// - Parameters:
    ///   - shapes: The shapes of the operands.
    ///   - operands: The labels of each operand's dimensions.
    ///   - output: The labels of the result's dimensions.
    /// - Throws: ``HingeError`` when a label has different extents, or the result is too large.
    init(_ shapes: [[Int]], _ operands: [[Label]], _ output: [Label]) throws {
        let extents = try Self.extents(shapes, operands)
        let factors = zip(shapes, operands).map { Self.factor($0, $1, extents) }
        func needed(after index: Int) -> Set<Label> {
            factors[(index + 1)...].reduce(into: Set(output)) { $0.formUnion($1.labels) }
        }
        var (value, needs) = (factors[0], needed(after: 0))
        first = Summation(value, to: value.labels.filter { needs.contains($0) }, extents)
        value = Self.packed(value.labels.filter { needs.contains($0) }, extents)
        var products: [Product] = []
        for index in factors.indices.dropFirst() {
            needs = needed(after: index)
            let right = factors[index]
            let (a, b) = (Set(value.labels), Set(right.labels))
            let batch = value.labels.filter { b.contains($0) && needs.contains($0) }
            let depth = value.labels.filter { b.contains($0) && !needs.contains($0) }
            let rows = value.labels.filter { !b.contains($0) && needs.contains($0) }
            let columns = right.labels.filter { !a.contains($0) && needs.contains($0) }
            let (left, other) = (batch + rows + depth, batch + depth + columns)
            func count(_ labels: [Label]) throws -> Int {
                try Tensor.count(of: labels.map { extents[$0] ?? 1 })
            }
            let kind: Product.Kind
            let kept = batch + rows + columns
            if try count(rows + columns + depth) < Self.leastMatrixWork {
                kind = .elements(
                    Summation(
                        Self.packed(left, extents), Self.packed(other, extents), to: kept, extents))
            } else {
                let stack = try count(batch)
                kind = .matrices(
                    try MatMulShape(
                        [stack, count(rows), count(depth)], [stack, count(depth), count(columns)]))
            }
            products.append(
                Product(
                    left: Summation(value, to: left, extents),
                    right: Summation(right, to: other, extents), kind: kind))
            value = Self.packed(kept, extents)
        }
        self.products = products
        last = Summation(value, to: output, extents)
        shape = output.map { extents[$0] ?? 1 }
        try MemoryLimit.check(.float64, shape)
    }

    /// The number of products of elements from which on matrices are worth their packing.
    private static let leastMatrixWork = 64

    private static func extents(
        _ shapes: [[Int]], _ operands: [[Label]]
    ) throws -> [Label: Int] {
        var extents: [Label: Int] = [:]
        for (shape, labels) in zip(shapes, operands) {
            for (extent, label) in zip(shape, labels) {
                let known = extents[label] ?? 1
                guard known == extent || known == 1 || extent == 1 else {
                    throw HingeError(
                        .mismatch,
                        "expected one extent for a letter, found \(known) and \(extent)")
                }
                extents[label] = known == 1 ? extent : known
            }
        }
        return extents
    }

    /// An operand; one label twice is its diagonal, and a label that it repeats is none of its own.
    private static func factor(
        _ shape: [Int], _ labels: [Label], _ extents: [Label: Int]
    ) -> Factor {
        var factor = Factor(labels: [], steps: [:])
        for (position, step) in StridedCopy.strides(of: shape).enumerated()
        where shape[position] != 1 {
            let label = labels[position]
            if factor.steps[label] == nil { factor.labels.append(label) }
            factor.steps[label, default: 0] += step
        }
        return factor
    }

    /// What stands in memory in the order of its labels.
    private static func packed(_ labels: [Label], _ extents: [Label: Int]) -> Factor {
        let steps = StridedCopy.strides(of: labels.map { extents[$0] ?? 1 })
        return Factor(
            labels: labels, steps: Dictionary(uniqueKeysWithValues: zip(labels, steps)))
    }
}

extension Contraction {
    /// The result for the inputs of an evaluation, computed as `T`.
    func run<T: MatrixElement>(
        _ context: EvaluationContext, _ type: DataType, _ element: T.Type
    ) throws -> Tensor {
        let one = Tensor([1 as T], shape: [])
        var value = try first.run(context.input(0).converted(to: type), one, T.self)
        for (index, product) in products.enumerated() {
            let operand = try context.input(index + 1).converted(to: type)
            let left = try product.left.run(value, one, T.self)
            let right = try product.right.run(operand, one, T.self)
            switch product.kind {
            case .elements(let sum): value = try sum.run(left, right, T.self)
            case .matrices(let shape):
                var result = try Tensor(allocating: T.dataType, shape: shape.result)
                try left.withUnsafeElements(of: T.self) { left in
                    try right.withUnsafeElements(of: T.self) { right in
                        try result.withUnsafeMutableElements(of: T.self) {
                            shape.multiply(left, right, to: $0)
                        }
                    }
                }
                value = result
            }
        }
        return try last.run(value, one, T.self).reshaped(to: shape)
    }
}

/// Products of two factors' elements, summed over some labels.
private struct Summation: Sendable {
    /// The number of results.
    private let count: Int
    /// The walk of left and right factor and result over the labels that stay.
    private let kept: StridedRuns
    /// The walk of left and right factor over the labels that are summed over.
    private let summed: StridedRuns
    /// Whether the result is the left factor as it stands.
    private let isIdentity: Bool

    /// - Parameters:
    ///   - left: A factor.
    ///   - right: Another one; the number 1 if `nil`.
    ///   - labels: The labels of the result, in order.
    init(
        _ left: Contraction.Factor, _ right: Contraction.Factor? = nil,
        to labels: [Contraction.Label], _ extents: [Contraction.Label: Int]
    ) {
        let extent = { (label: Contraction.Label) in extents[label] ?? 1 }
        let shape = labels.map(extent)
        let steps = StridedCopy.strides(of: shape)
        let others = Set(left.labels).union(right?.labels ?? []).subtracting(labels).sorted()
        func walk(_ factor: Contraction.Factor?, _ labels: [Contraction.Label]) -> [Int] {
            labels.map { factor?.steps[$0] ?? 0 }
        }
        let own = walk(left, labels)
        kept = StridedRuns(shape, steps: [own, walk(right, labels), steps])
        summed = StridedRuns(
            others.map(extent), steps: [walk(left, others), walk(right, others)])
        count = kept.count
        isIdentity =
            right == nil && others.isEmpty
            && zip(labels, zip(own, steps)).allSatisfy { extent($0) == 1 || $1.0 == $1.1 }
    }

    func run<T: MatrixElement>(
        _ left: Tensor, _ right: Tensor, _ type: T.Type
    ) throws -> Tensor {
        if isIdentity { return left }
        var result = try Tensor(zeros: T.dataType, shape: [count])
        try left.withUnsafeElements(of: T.self) { left in
            try right.withUnsafeElements(of: T.self) { right in
                try result.withUnsafeMutableElements(of: T.self) { result in
                    guard let left = left.baseAddress, let right = right.baseAddress,
                        let result = result.baseAddress, summed.count > 0
                    else { return }
                    // The longer runs are walked innermost.
                    let isByResult = summed.length > kept.length
                    parallelFor(count, cost: Extent.product(of: [4, summed.count])) { range in
                        if isByResult {
                            sumResults(left, right, result, range)
                        } else {
                            let sums = UnsafeMutablePointer<T.Sum>.allocate(capacity: range.count)
                            defer { sums.deallocate() }
                            sums.initialize(repeating: 0, count: range.count)
                            addRows(left, right, sums - range.lowerBound, range)
                            for index in range {
                                result[index] = T(sums[index - range.lowerBound])
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Sums each result of a range by itself.
    private func sumResults<T: MatrixElement>(
        _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>,
        _ range: Range<Int>
    ) {
        kept.forEachBlock(in: range) { block in
            for row in 0..<block.rows {
                for index in 0..<block.count {
                    func offset(_ tensor: Int) -> Int {
                        block.offsets[tensor] + row * block.rowSteps[tensor]
                            + index * kept.step(tensor)
                    }
                    let (a, b) = (a + offset(0), b + offset(1))
                    var sum: T.Sum = 0
                    summed.forEachBlock(in: 0..<summed.count) { inner in
                        sum = Self.sum(sum, a, b, inner, summed)
                    }
                    y[offset(2)] = T(sum)
                }
            }
        }
    }

    private static func sum<T: MatrixElement>(
        _ start: T.Sum, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ block: StridedRuns.Block,
        _ runs: StridedRuns
    ) -> T.Sum {
        let (aStep, bStep) = (runs.step(0), runs.step(1))
        var sum = start
        for row in 0..<block.rows {
            let a = a + (block.offsets[0] + row * block.rowSteps[0])
            let b = b + (block.offsets[1] + row * block.rowSteps[1])
            for index in 0..<block.count {
                sum = T.Sum.multiplyAdd(sum, a[index * aStep].term, b[index * bStep].term)
            }
        }
        return sum
    }

    /// Adds to all results of a range at once, which are 0 at first.
    private func addRows<T: MatrixElement>(
        _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T.Sum>,
        _ range: Range<Int>
    ) {
        summed.forEachBlock(in: 0..<summed.count) { outer in
            for row in 0..<outer.rows {
                for index in 0..<outer.count {
                    func offset(_ tensor: Int) -> Int {
                        outer.offsets[tensor] + row * outer.rowSteps[tensor]
                            + index * summed.step(tensor)
                    }
                    let (a, b) = (a + offset(0), b + offset(1))
                    kept.forEachBlock(in: range) { Self.add(a, b, y, $0, kept) }
                }
            }
        }
    }

    private static func add<T: MatrixElement>(
        _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T.Sum>,
        _ block: StridedRuns.Block, _ runs: StridedRuns
    ) {
        let (aStep, bStep) = (runs.step(0), runs.step(1))
        for row in 0..<block.rows {
            let a = a + (block.offsets[0] + row * block.rowSteps[0])
            let b = b + (block.offsets[1] + row * block.rowSteps[1])
            let y = y + (block.offsets[2] + row * block.rowSteps[2])
            for index in 0..<block.count {
                y[index] = T.Sum.multiplyAdd(
                    y[index], a[index * aStep].term, b[index * bStep].term)
            }
        }
    }
}
