import HingeGraph

/// A tensor of random numbers, evenly distributed between two bounds, of the shape of input 0.
///
/// Source: ONNX RandomUniformLike 1, 22.
public struct RandomUniformLike: RandomLikeGenerator {
    /// The element type; that of the input if `nil`.
    public var dataType: DataType?
    /// The lower bound.
    public var low: Float
    /// The upper bound, which rounding may reach.
    public var high: Float
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    public var seed: Float?

    /// Creates the operator.
    public init(
        dataType: DataType? = nil, low: Float = 0, high: Float = 1,
        seed: Float? = nil
    ) {
        self.dataType = dataType
        self.low = low
        self.high = high
        self.seed = seed
    }
}

public extension RandomUniformLike {
    static let type = "RandomUniformLike"

    init(_ node: NodeReader) throws {
        dataType = try node.outputType("dtype")
        seed = try node.float("seed")
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

extension RandomUniformLike: UndifferentiatedOperator {
    /// Its output is drawn at random, whatever the inputs are.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output is drawn at random, whatever the inputs are")
    }
}
