import HingeGraph

/// A tensor of random numbers, normally distributed, of the shape of input 0.
///
/// Source: ONNX RandomNormalLike 1, 22.
public struct RandomNormalLike: RandomLikeGenerator {
    /// The element type; that of the input if `nil`.
    public var dataType: DataType?
    /// The mean.
    public var mean: Float
    /// The standard deviation.
    public var deviation: Float
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    public var seed: Float?

    /// Creates the operator.
    public init(
        dataType: DataType? = nil, mean: Float = 0, deviation: Float = 1,
        seed: Float? = nil
    ) {
        self.dataType = dataType
        self.mean = mean
        self.deviation = deviation
        self.seed = seed
    }
}

public extension RandomNormalLike {
    static let type = "RandomNormalLike"

    init(_ node: NodeReader) throws {
        dataType = try node.outputType("dtype")
        seed = try node.float("seed")
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

extension RandomNormalLike: UndifferentiatedOperator {
    /// Its output is drawn at random, whatever the inputs are.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output is drawn at random, whatever the inputs are")
    }
}
