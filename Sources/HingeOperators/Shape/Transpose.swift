import HingeGraph

/// Reorders dimensions: dimension `i` of the output is dimension `permutation[i]` of the input.
///
/// Source: ONNX Transpose 1, 13, 21, 23, 24, 25.
public struct Transpose: PreparedOperator {
    /// Which dimension of the input each dimension of the output is; `nil` reverses them.
    public var permutation: [Int]?

    /// Creates the operator.
    public init(_ permutation: [Int]? = nil) {
        self.permutation = permutation
    }
}

public extension Transpose {
    static let type = "Transpose"

    init(_ node: NodeReader) throws {
        permutation = try node.ints("perm")
        if let permutation, permutation.sorted() != Array(permutation.indices) {
            throw node.error("perm", "expected each dimension once, found \(permutation)")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, permutation.map { [.ints("perm", $0)] } ?? [])
    }

    /// The permutation for the given rank.
    ///
    /// - Throws: ``HingeError`` when the rank is another.
    package func order(rank: Int) throws -> [Int] {
        guard let permutation else { return (0..<rank).reversed() }
        guard permutation.count == rank else {
            throw HingeError(
                .mismatch, "expected \(permutation.count) dimensions, found \(rank)",
                at: [.attribute("perm")])
        }
        return permutation
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let shape = context.shape(0) else {
            return [.tensor(context.dataType(0), permutation.map { .unknown(rank: $0.count) })]
        }
        let order = try order(rank: shape.rank)
        var result = Inferred.tensor(context.dataType(0), Shape(order.map { shape[$0] }))
        result.elements = shape.rank <= 1 ? context.elements(0) : nil
        return [result]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        permutation.map { $0 == Array($0.indices) } ?? false
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        let order = try order(rank: x.rank)
        let strides = StridedCopy.strides(of: x.shape)
        let shape = order.map { x.shape[$0] }
        let copy = StridedCopy(shape, from: order.map { strides[$0] })
        return SingleCopy(copy: copy).kernel(shape)
    }
}

extension Transpose: DifferentiableOperator {
    /// `g`, with the dimensions back in order.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let rank = try derivative.composition.knownShape(derivative.input(0)).rank
        let order = permutation ?? (0..<rank).reversed()
        var inverse = [Int](repeating: 0, count: order.count)
        for (place, source) in order.enumerated() where inverse.indices.contains(source) {
            inverse[source] = place
        }
        derivative.give(try derivative.append(Transpose(inverse), g), for: 0)
    }
}
