import HingeGraph

/// A tensor of random numbers, evenly distributed between two bounds, of a given shape.
///
/// Source: ONNX RandomUniform 1, 22.
public struct RandomUniform: RandomGenerator {
    /// The shape.
    public var shape: [Int]
    /// The element type.
    public var dataType: DataType
    /// The lower bound.
    public var low: Float
    /// The upper bound, which rounding may reach.
    public var high: Float
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    public var seed: Float?

    /// Creates the operator.
    public init(
        shape: [Int], dataType: DataType = .float32, low: Float = 0, high: Float = 1,
        seed: Float? = nil
    ) {
        self.shape = shape
        self.dataType = dataType
        self.low = low
        self.high = high
        self.seed = seed
    }
}

public extension RandomUniform {
    static let type = "RandomUniform"

    init(_ node: NodeReader) throws {
        (shape, dataType, seed) = try Self.read(node)
        low = try node.float("low", default: 0)
        high = try node.float("high", default: 1)
    }

    var distribution: [Attribute] {
        [.float("low", low), .float("high", high)]
    }

    func draw(_ generator: inout SeededGenerator) -> Double {
        Double(low) + (Double(high) - Double(low)) * generator.uniform()
    }
}

extension RandomUniform: UndifferentiatedOperator {
    /// Its output is drawn at random, whatever the inputs are.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output is drawn at random, whatever the inputs are")
    }
}
