import HingeGraph

/// The p-norm of each channel: `[N, C, spatial…]` becomes `[N, C, 1, …]`.
///
/// N is the batch, C the channels.
///
/// Source: ONNX GlobalLpPool 1, 2, 22.
public struct GlobalLpPool: PreparedOperator {
    /// The order of the norm; only version 1 allows one that is not an integer.
    public var p: Float

    /// Creates the operator.
    public init(p: Float = 2) {
        self.p = p
    }
}

public extension GlobalLpPool {
    static let type = "GlobalLpPool"

    init(_ node: NodeReader) throws { p = try node.norm() }

    func spell(_ speller: inout Speller) throws {
        speller.emit(Self.type, [try speller.norm(p)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferGlobalPool()
    }

    var isSpatial: Bool { true }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.inRealType(
            float: { try kernel(context, Float.self) }, double: { try kernel(context, Double.self) }
        )
    }

    private func kernel<T: RealMatrixElement>(
        _ context: PreparationContext, _ type: T.Type
    ) throws -> Kernel {
        let power = T.Sum(p)
        return try context.reducePlanes(T.self) { plane in
            let sum = T.reduce(plane) { value in
                switch p {
                case 1: value.magnitude
                case 2: value * value
                default: T.Sum.pow(value.magnitude, power)
                }
            }
            return T(sum.root(p))
        }
    }
}

extension GlobalLpPool: SteppedOperator {
    /// The root of a sum of powers; where that is 0, the derivative is 0.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let axes = Array(2..<(try steps.knownShape(x).rank))
        let powers = try steps.powers(of: x, Double(p))
        steps.give(try steps.root(of: steps.sum(powers, along: axes), Double(p)))
    }
}
