import HingeGraph

/// An operator that draws numbers for the shape of input 0.
///
/// Source: ONNX RandomNormalLike and RandomUniformLike 1, 22; `bfloat16` since 22.
public protocol RandomLikeGenerator: PreparedOperator {
    /// The element type; that of the input if `nil`.
    var dataType: DataType? { get }
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    var seed: Float? { get }
    /// The attributes of the distribution.
    var distribution: [Attribute] { get }
    /// Draws a number.
    func draw(_ generator: inout SeededGenerator) -> Double
}

public extension RandomLikeGenerator {
    func spell(_ speller: inout Speller) throws {
        if let type = dataType ?? speller.dataType(0) {
            try speller.requireOutput(type, of: Self.type)
        }
        speller.emit(
            Self.type,
            distribution + (dataType.map { [.dataType("dtype", $0)] } ?? [])
                + (seed.map { [.float("seed", $0)] } ?? []))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if dataType == nil, let type = context.dataType(0) { try check(type) }
        return [.tensor(dataType ?? context.dataType(0), context.shape(0))]
    }

    var isDeterministic: Bool { false }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        let type = dataType ?? x.dataType
        try check(type)
        return { context in
            try context.fillRandomly(type, x.shape, seed: seed, drawCount: 2) { generator, _ in
                draw(&generator)
            }
        }
    }
}

extension RandomLikeGenerator {
    fileprivate func check(_ type: DataType) throws {
        switch type {
        case .float16, .bfloat16, .float32, .float64: break
        default: throw type.notSupported()
        }
    }
}
