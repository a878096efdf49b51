import HingeGraph

/// Sums of products of the inputs' elements, as an equation in Einstein's notation says: `ij,jk->ik`.
///
/// Floating-point numbers are computed in `Double`. Integers wrap around.
///
/// Source: ONNX Einsum 12, 28.
public struct Einsum: Operator {
    /// The equation.
    public var equation: String

    /// Creates the operator.
    public init(equation: String) {
        self.equation = equation
    }
}

public extension Einsum {
    static let type = "Einsum"

    init(_ node: NodeReader) throws {
        equation = try node.required("equation", node.string("equation"))
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.string("equation", equation)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let equation = try EinsumEquation(equation)
        let shapes = context.inputs.map { $0?.type?.shape }
        let type = context.dataType(0)
        guard shapes.allSatisfy({ $0 != nil }) else { return [.tensor(type, nil)] }
        let operands = try equation.labels(ranks: shapes.map { $0?.rank ?? 0 })
        var extents: [EinsumEquation.Label: Dimension] = [:]
        for (labels, shape) in zip(operands, shapes) {
            for (label, dimension) in zip(labels, shape?.dimensions ?? []) {
                let known = Shape([extents[label] ?? 1])
                extents[label] = try Shape.broadcast(known, Shape([dimension]))[0]
            }
        }
        let labels = equation.outputLabels(operands)
        return [.tensor(type, Shape(labels.map { extents[$0] ?? 1 }))]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let tensors = try context.inputs.indices.map { try context.input($0) }
        guard let type = tensors.first?.dataType, type.isInteger || type.isFloatingPoint else {
            throw HingeError(.mismatch, "expected numbers to sum, found \(context.inputs.count)")
        }
        let equation = try EinsumEquation(equation)
        let labels = try equation.labels(ranks: tensors.map(\.rank))
        let output = equation.outputLabels(labels)
        if type.isInteger {
            let contraction = try Contraction(tensors, labels, output, as: .int64, Int64.self)
            context.inputs = [.tensor(contraction.result)]
        } else {
            let contraction = try Contraction(tensors, labels, output, as: .float64, Double.self)
            context.inputs = [.tensor(contraction.result)]
        }
        try context.convert(to: type, ConversionRules())
    }

    /// Multiplies the operands one after the other, and sums over each label as soon as no later operand has it.
    private struct Contraction<T: ComputedNumber & TensorElement> {
        typealias Label = EinsumEquation.Label

        private(set) var result: Tensor
        private var labels: [Label] = []
        private let extents: [Label: Int]

        init(
            _ tensors: [Tensor], _ operands: [[Label]], _ output: [Label], as type: DataType,
            _ element: T.Type
        ) throws {
            var extents: [Label: Int] = [:]
            for (tensor, labels) in zip(tensors, operands) {
                for (extent, label) in zip(tensor.shape, labels) {
                    let known = extents[label] ?? 1
                    guard known == extent || known == 1 || extent == 1 else {
                        throw HingeError(
                            .mismatch,
                            "expected one extent for a letter, found \(known) and \(extent)"
                        )
                    }
                    extents[label] = known == 1 ? extent : known
                }
            }
            self.extents = extents
            result = Tensor([T.one], shape: [])
            for (index, tensor) in tensors.enumerated() {
                try Tensor.requireSameType(tensors[0], tensor)
                let isLast = index == tensors.count - 1
                let later = Set(operands[(index + 1)...].joined()).union(output)
                let here = labels + operands[index].filter { !labels.contains($0) }
                var seen: Set<Label> = []
                let kept = here.filter { later.contains($0) && seen.insert($0).inserted }
                try multiply(
                    tensor.converted(to: type), operands[index], keeping: isLast ? output : kept)
            }
        }

        /// The step of an operand in each of the labels; one that occurs twice is walked along the diagonal.
        private func steps(_ shape: [Int], _ own: [Label], in walked: [Label]) -> [Int] {
            var steps: [Label: Int] = [:]
            var step = 1
            for (extent, label) in zip(shape, own).reversed() {
                if extent != 1 { steps[label, default: 0] += step }
                step *= extent
            }
            return walked.map { steps[$0] ?? 0 }
        }

        private mutating func multiply(
            _ operand: Tensor, _ own: [Label], keeping kept: [Label]
        ) throws {
            let (left, leftLabels) = try summed(result, labels, keeping: Set(kept).union(own))
            let (right, rightLabels) = try summed(operand, own, keeping: Set(kept).union(labels))
            result = try product(left, leftLabels, right, rightLabels, keeping: kept)
            labels = kept
        }

        /// A factor summed over the labels that nothing else has, so that the work of a product is no more than that of
        /// the labels that both factors and the result share.
        private func summed(
            _ tensor: Tensor, _ own: [Label], keeping others: Set<Label>
        ) throws -> (Tensor, [Label]) {
            guard own.contains(where: { !others.contains($0) }) else { return (tensor, own) }
            var seen: Set<Label> = []
            let kept = own.filter { others.contains($0) && seen.insert($0).inserted }
            let one = Tensor([T.one], shape: [])
            return (try product(tensor, own, one, [], keeping: kept), kept)
        }

        private func product(
            _ left: Tensor, _ leftLabels: [Label], _ right: Tensor, _ rightLabels: [Label],
            keeping kept: [Label]
        ) throws -> Tensor {
            let all = Set(leftLabels).union(rightLabels)
            let shape = kept.map { extents[$0] ?? 1 }
            // The innermost kept label is walked innermost, so that a row of results is written at once.
            let walked =
                Array(kept.dropLast()) + all.subtracting(kept).sorted() + kept.suffix(1)
            var sums = try Tensor(zeros: T.dataType, shape: shape)
            let runs = StridedRuns(
                walked.map { extents[$0] ?? 1 },
                steps: [
                    steps(left.shape, leftLabels, in: walked),
                    steps(right.shape, rightLabels, in: walked), steps(shape, kept, in: walked),
                ])
            try left.withUnsafeElements(of: T.self) { a in
                try right.withUnsafeElements(of: T.self) { b in
                    try sums.withUnsafeMutableElements(of: T.self) { y in
                        Contraction.run(a, b, y, runs)
                    }
                }
            }
            return sums
        }

        private static func run(
            _ a: UnsafeBufferPointer<T>, _ b: UnsafeBufferPointer<T>,
            _ y: UnsafeMutableBufferPointer<T>, _ runs: StridedRuns
        ) {
            guard let a = a.baseAddress, let b = b.baseAddress, let y = y.baseAddress else {
                return
            }
            let (aStep, bStep, yStep) = (runs.step(0), runs.step(1), runs.step(2))
            let length = runs.length
            while runs.next() {
                let (a, b, y) = (
                    a + runs.offset(0), b + runs.offset(1), y + runs.offset(2)
                )
                if aStep == 0 && bStep == 1 && yStep == 1 {
                    let factor = a[0]
                    for index in 0..<length {
                        y[index] = T.sum(y[index], T.product(factor, b[index]))
                    }
                } else {
                    for index in 0..<length {
                        y[index * yStep] = T.sum(
                            y[index * yStep], T.product(a[index * aStep], b[index * bStep]))
                    }
                }
            }
        }
    }
}
