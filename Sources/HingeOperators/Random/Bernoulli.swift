import HingeGraph

/// Random numbers that are 1, each with the probability that input 0 has at its place, and else 0.
///
/// Source: ONNX Bernoulli 15, 22; `bfloat16` probabilities since 22.
public struct Bernoulli: PreparedOperator {
    /// The element type; that of the input if `nil`.
    public var dataType: DataType?
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    public var seed: Float?

    /// Creates the operator.
    public init(dataType: DataType? = nil, seed: Float? = nil) {
        self.dataType = dataType
        self.seed = seed
    }
}

public extension Bernoulli {
    static let type = "Bernoulli"

    init(_ node: NodeReader) throws {
        dataType = try node.outputType("dtype")
        seed = try node.float("seed")
    }

    /// Before version 15 it is whether uniform numbers are below the probabilities.
    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= 15 else { return try spellAsComparison(&speller) }
        speller.emit(
            Self.type,
            (dataType.map { [.dataType("dtype", $0)] } ?? [])
                + (seed.map { [.float("seed", $0)] } ?? []))
    }

    private func spellAsComparison(_ speller: inout Speller) throws {
        let type = try speller.elementType(0)
        let wide = speller.statisticsType(type, stash: .float32)
        let chances =
            type == wide ? speller.inputs[0] : speller.cast(speller.inputs[0], to: wide)
        let numbers = speller.step(
            RandomUniformLike.type, [speller.inputs[0]],
            [.dataType("dtype", wide)] + (seed.map { [.float("seed", $0)] } ?? []))
        let isOne = speller.step("Less", [numbers, chances])
        try speller.append(
            Cast(to: dataType ?? type), [isOne], outputs: speller.outputs,
            known: [.tensor(.bool, nil)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [.tensor(dataType ?? context.dataType(0), context.shape(0))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .within(0, 1)]
    }

    var isDeterministic: Bool { false }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        guard x.dataType.isFloatingPoint else { throw x.notSupported() }
        return { context in
            let chances = try context.input(0).doubles()
            if let wrong = chances.first(where: { !(0...1).contains($0) }) {
                throw HingeError(
                    .mismatch, "expected probabilities from 0 to 1, found \(wrong)")
            }
            try context.fillRandomly(
                dataType ?? x.dataType, x.shape, seed: seed, drawCount: 1
            ) { generator, index in
                generator.uniform() < chances[index] ? 1 : 0
            }
        }
    }
}

extension Bernoulli: UndifferentiatedOperator {
    /// Its outputs are drawn, and whole numbers.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its outputs are drawn, and whole numbers")
    }
}
