import HingeGraph

/// An operator that draws numbers for a shape of its own, an attribute.
///
/// Source: ONNX RandomNormal and RandomUniform 1, 22; `bfloat16` since 22.
public protocol RandomGenerator: PreparedOperator {
    /// The shape, which may have no dimensions.
    var shape: [Int] { get }
    /// The element type.
    var dataType: DataType { get }
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    var seed: Float? { get }
    /// The attributes of the distribution.
    var distribution: [Attribute] { get }
    /// Draws a number.
    func draw(_ generator: inout SeededGenerator) -> Double
}

extension RandomGenerator {
    /// Reads the shape, element type and seed.
    static func read(_ node: NodeReader) throws -> (
        shape: [Int], dataType: DataType, seed: Float?
    ) {
        let shape = try node.required("shape", node.ints("shape"))
        guard shape.allSatisfy({ $0 >= 0 }) else {
            throw node.error("shape", "expected a shape, found \(shape)")
        }
        return (shape, try node.outputType("dtype") ?? .float32, try node.float("seed"))
    }
}

public extension RandomGenerator {
    func spell(_ speller: inout Speller) throws {
        try speller.requireOutput(dataType, of: Self.type)
        speller.emit(
            Self.type,
            distribution + [.dataType("dtype", dataType), .ints("shape", shape)]
                + (seed.map { [.float("seed", $0)] } ?? []))
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [.tensor(dataType, Shape(shape))]
    }

    var isDeterministic: Bool { false }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try MemoryLimit.check(dataType, shape)
        return { context in
            try context.fillRandomly(dataType, shape, seed: seed, drawCount: 2) { generator, _ in
                draw(&generator)
            }
        }
    }
}
