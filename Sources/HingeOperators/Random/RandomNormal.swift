import HingeGraph

/// A tensor of random numbers, normally distributed, of a given shape.
///
/// Source: ONNX RandomNormal 1, 22.
public struct RandomNormal: RandomGenerator {
    /// The shape.
    public var shape: [Int]
    /// The element type.
    public var dataType: DataType
    /// The mean.
    public var mean: Float
    /// The standard deviation.
    public var deviation: Float
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    public var seed: Float?

    /// Creates the operator.
    public init(
        shape: [Int], dataType: DataType = .float32, mean: Float = 0, deviation: Float = 1,
        seed: Float? = nil
    ) {
        self.shape = shape
        self.dataType = dataType
        self.mean = mean
        self.deviation = deviation
        self.seed = seed
    }
}

public extension RandomNormal {
    static let type = "RandomNormal"

    init(_ node: NodeReader) throws {
        (shape, dataType, seed) = try Self.read(node)
        mean = try node.float("mean", default: 0)
        deviation = try node.float("scale", default: 1)
    }

    var distribution: [Attribute] {
        [.float("mean", mean), .float("scale", deviation)]
    }

    func draw(_ generator: inout SeededGenerator) -> Double {
        Double(mean) + Double(deviation) * generator.normal()
    }
}

extension RandomNormal: UndifferentiatedOperator {
    /// Its output is drawn at random, whatever the inputs are.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output is drawn at random, whatever the inputs are")
    }
}
