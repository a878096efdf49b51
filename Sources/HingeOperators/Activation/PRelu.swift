import HingeGraph

/// `y = x` where `x ≥ 0`, `slope · x` elsewhere; elementwise, with the slopes as input 1.
///
/// The slopes broadcast to the shape of `x`, never the other way. Before version 7 they were one number, or one for
/// each channel (dimension 1), whatever the rank of `x`.
///
/// Source: ONNX PRelu 1, 6, 7, 9, 16; Keras `PReLU(shared_axes)`; He, Zhang, Ren and Sun, "Delving deep into
/// rectifiers", 2015.
public struct PRelu: AlignedOperator {
    /// Whether slopes `[C]` belong to dimension 1 of `x`, `[N, C, …]`, as versions before 7 mean.
    public var hasChannelSlopes: Bool

    /// Creates the operator.
    public init() {
        hasChannelSlopes = false
    }
}

public extension PRelu {
    static let type = "PRelu"

    init(_ node: NodeReader) {
        hasChannelSlopes = node.opset < 7
    }

    func spell(_ speller: inout Speller) throws {
        let isOld = speller.opset < 7
        guard isOld != hasChannelSlopes else { return speller.emit(Self.type) }
        guard let rank = speller.shape(0)?.rank else {
            throw HingeError(
                .unsupported, "the rank of x must be known to write this for opset \(speller.opset)"
            )
        }
        guard let slope = speller.shape(1)?.extents else {
            throw HingeError(
                .unsupported,
                "the shape of the slopes must be known to write this for opset \(speller.opset)")
        }
        let shape =
            isOld
            ? try channelShape(slope, rank: rank, speller)
            : alignedSlopes(slope, rank: rank)
        let slopes: String
        if let constant = speller.constantInput(1) {
            slopes = speller.constant(try constant.reshaped(to: shape))
        } else {
            slopes = try speller.append(Reshape(shape: shape), [speller.inputs[1]])
        }
        speller.emit(Self.type, inputs: [speller.inputs[0], slopes], outputs: speller.outputs)
    }

    /// The shape `[C]` or `[1]` of slopes that vary along dimension 1 only.
    private func channelShape(_ slope: [Int], rank: Int, _ speller: Speller) throws -> [Int] {
        let aligned = [Int](repeating: 1, count: max(0, rank - slope.count)) + slope
        let others = aligned.indices.filter { $0 != 1 && aligned[$0] != 1 }
        guard others.isEmpty else {
            throw speller.needs(7, "PRelu with slopes of shape \(slope)")
        }
        return [slope.reduce(1, *)]
    }

    /// The shape in which slopes broadcast to `x`: those of channels move to dimension 1.
    package func alignedSlopes(_ slope: [Int], rank: Int) -> [Int] {
        guard hasChannelSlopes, slope.count == 1, rank > 1 else { return slope }
        return slope + [Int](repeating: 1, count: rank - 2)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0), let slope = context.shape(1)?.extents {
            let aligned = Shape(alignedSlopes(slope, rank: x.rank))
            let result = try Shape.broadcast(x, aligned)
            try context.require(
                result.agrees(with: x), "slopes of shape \(slope) do not broadcast to \(x)")
        }
        return context.same()
    }

    var inPlaceInputs: [Int] { [0] }

    /// The operator by the rule of version 7, and the dimensions of extent 1 that the slopes get for it.
    func aligned(
        _ context: InferenceContext
    ) -> (operation: any Operator, dimensions: [Int])? {
        guard hasChannelSlopes, let rank = context.shape(0)?.rank,
            let own = context.shape(1)?.rank
        else { return nil }
        return (PRelu(), own == 1 && rank > 1 ? Array(1..<rank - 1) : [])
    }

    var locality: Locality { hasChannelSlopes ? .whole : .broadcasting }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        let slope = try context.input(1)
        let shape = alignedSlopes(slope.shape, rank: x.rank)
        guard try Broadcast.shape(x.shape, shape) == x.shape else {
            throw HingeError(
                .mismatch, "slopes of shape \(slope.shape) do not broadcast to \(x.shape)")
        }
        var aligned = context
        aligned.inputs[1] = .tensor(KnownTensor(slope.dataType, shape))
        return try aligned.map(Function(), Function())
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T, _ slope: T) -> T { x < 0 ? slope * x : x }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T, _ slope: T) -> T {
            x < 0 ? slope &* x : x
        }
    }
}

extension PRelu: DifferentiableOperator {
    /// For `x`, g where x > 0 and slope · g elsewhere; for the slope, 0 and x · g, summed over what it is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let (x, slope) = (try derivative.input(0), try derivative.input(1))
        let isPositive = try derivative.isGreater(x, than: 0)
        if derivative.wants(0) {
            derivative.give(
                try derivative.select(isPositive, g, derivative.multiply(g, slope)), for: 0)
        }
        if derivative.wants(1) {
            let isNegative = try derivative.append(Not(), isPositive)
            try derivative.giveSum(
                derivative.keep(derivative.multiply(g, x), where: isNegative), for: 1)
        }
    }
}
