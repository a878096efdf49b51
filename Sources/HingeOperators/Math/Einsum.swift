import HingeGraph

/// Sums of products of the inputs' elements, as an equation in Einstein's notation says: `ij,jk->ik`.
///
/// Floating-point numbers are computed in `Double`. Integers wrap around.
///
/// Source: ONNX Einsum 12, 28.
public struct Einsum: PreparedOperator {
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
        var extents: [EinsumEquation.Label: Shape.Dimension] = [:]
        for (labels, shape) in zip(operands, shapes) {
            for (label, dimension) in zip(labels, shape?.dimensions ?? []) {
                let known = Shape([extents[label] ?? 1])
                extents[label] = try Shape.broadcast(known, Shape([dimension]))[0]
            }
        }
        let labels = equation.outputLabels(operands)
        return [.tensor(type, Shape(labels.map { extents[$0] ?? 1 }))]
    }

    /// Those of all operands at once, in pairs.
    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        let shapes = context.inputs.indices.compactMap { context.countedExtents($0) }
        guard shapes.count == context.inputs.count,
            let equation = try? EinsumEquation(equation),
            let labels = try? equation.labels(ranks: shapes.map(\.count))
        else { return 0 }
        var extents: [EinsumEquation.Label: Int] = [:]
        for (label, extent) in zip(labels.joined(), shapes.joined()) {
            extents[label] = max(extents[label] ?? 1, extent)
        }
        return Extent.product(of: [shapes.count - 1] + extents.values)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let operands = try context.inputs.indices.map { try context.input($0) }
        guard let type = operands.first?.dataType, type.isInteger || type.isFloatingPoint else {
            throw HingeError(.mismatch, "expected numbers to sum, found \(operands.count)")
        }
        for operand in operands { try Tensor.requireSameType(operands[0], operand) }
        let equation = try EinsumEquation(equation)
        let labels = try equation.labels(ranks: operands.map(\.rank))
        let contraction = try Contraction(
            operands.map(\.shape), labels, equation.outputLabels(labels))
        return { context in
            let sums =
                type.isInteger
                ? try contraction.run(context, .int64, Int64.self)
                : try contraction.run(context, .float64, Double.self)
            context.inputs = [.tensor(sums)]
            try context.convert(to: type, ConversionRules())
        }
    }
}

extension Einsum: DifferentiableOperator {
    /// The sum of the products of `g` with the other operands, for each place of an operand: an equation that has the operand's
    /// term on its right.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let equation = try EinsumEquation(equation)
        let operands = try derivative.inputs.map { try derivative.input($0) }
        let labels = try equation.labels(
            ranks: operands.map { try derivative.composition.knownShape($0).rank })
        let result = equation.outputLabels(labels)
        var letters = EinsumLetters()
        for index in derivative.inputs where derivative.wants(index) {
            var terms = [try letters.term(result)]
            var factors = [g]
            for other in derivative.inputs where other != index {
                terms.append(try letters.term(labels[other]))
                factors.append(operands[other])
            }
            var target = ""
            var seen: Set<EinsumEquation.Label> = []
            for (axis, label) in labels[index].enumerated() {
                let letter = try letters.letter(label)
                let extent = try derivative.extent(of: operands[index], axis)
                if seen.insert(label).inserted {
                    target.append(letter)
                    guard !result.contains(label) else { continue }
                    // What is summed over alone repeats the gradient.
                    terms.append(String(letter))
                    factors.append(
                        try derivative.append(
                            ConstantOfShape(derivative.one(like: g)), extent))
                } else {
                    // A letter that stands twice takes the diagonal.
                    let place = try letters.fresh()
                    target.append(place)
                    terms.append(String([letter, place]))
                    let square = try derivative.append(Concat(axis: 0), extent, extent)
                    factors.append(
                        try derivative.append(
                            EyeLike(),
                            derivative.append(
                                ConstantOfShape(derivative.one(like: g)), square)))
                }
            }
            let product = Einsum(equation: terms.joined(separator: ",") + "->" + target)
            let sum = try derivative.append(product, factors, outputCount: 1)[0]
            try derivative.giveSum(sum, for: index)
        }
    }
}
