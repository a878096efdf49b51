import HingeGraph

/// The p-norm of the elements under each position of a window: `(Σ |x|ᵖ)^(1/p)`.
///
/// `x`: `[N, C, spatial…]`; the result: `[N, C, spatial…]`.
///
/// Source: ONNX LpPool 1, 2, 11, 18, 22.
public struct LpPool: SpatialOperator, PreparedOperator {
    /// The window.
    public var window: SpatialWindow
    /// The order of the norm; only version 1 allows one that is not an integer.
    public var p: Float

    /// Creates the operator around a window.
    public init(window: SpatialWindow, p: Float = 2) {
        self.window = window
        self.p = p
    }

    /// Creates the operator.
    public init(
        kernel: [Int], strides: [Int] = [], padding: Padding = .none, dilations: [Int] = [],
        roundsUp: Bool = false, p: Float = 2
    ) {
        self.init(
            window: SpatialWindow(
                kernel: kernel, strides: strides, dilations: dilations, padding: padding,
                roundsUp: roundsUp),
            p: p)
    }
}

public extension LpPool {
    static let type = "LpPool"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        p = try node.norm()
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 18, window.isDilated || window.roundsUp {
            return try spellAsSums(&speller)
        }
        speller.emit(Self.type, window.attributes + [try speller.norm(p)])
    }

    /// Before version 18, powers are summed up where the window has gaps, or the last one stands out.
    private func spellAsSums(_ speller: inout Speller) throws {
        guard speller.opset >= 7 else { throw speller.needs(18, "LpPool with this window") }
        let x = speller.inputs[0]
        let powers: String
        switch p {
        case 1: powers = speller.step("Abs", [x])
        case 2: powers = speller.step("Mul", [x, x])
        default:
            let order = try speller.scalar(Double(p), like: 0)
            powers = speller.step("Pow", [speller.step("Abs", [x]), order])
        }
        let (sums, _) = try spellWindowSums(of: powers, needing: 18, &speller)
        switch p {
        case 1: speller.emit("Identity", inputs: [sums], outputs: speller.outputs)
        case 2: speller.emit("Sqrt", inputs: [sums], outputs: speller.outputs)
        default:
            let root = try speller.scalar(1 / Double(p), like: 0)
            speller.emit("Pow", inputs: [sums, root], outputs: speller.outputs)
        }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(context.dataType(0), try window.poolShape(context.shape(0)))]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.inRealType(
            float: { try kernel(context, Float.self) }, double: { try kernel(context, Double.self) }
        )
    }

    private func kernel<T: RealMatrixElement>(
        _ context: PreparationContext, _ type: T.Type
    ) throws -> Kernel {
        let pooling = try Pooling(self, context.input(0).shape)
        let power = T.Sum(p)
        return { context in
            let x = try context.input(0)
            let y = try context.output(0, x.dataType, pooling.result)
            let input = try x.reals(T.self)
            try y.withReals(T.self) { result in
                try input.withUnsafeElements(of: T.self) { input in
                    func reduce(_ add: (inout T.Sum, T) -> Void) {
                        pooling.reduce(input, to: result, from: 0, add) { sum, _ in
                            T(sum.root(p))
                        }
                    }
                    switch p {
                    case 1: reduce { $0 += $1.magnitude.term }
                    case 2: reduce { $0 += $1.term * $1.term }
                    default: reduce { $0 += T.Sum.pow($1.magnitude.term, power) }
                    }
                }
            }
        }
    }
}

extension LpPool: SteppedOperator {
    /// A convolution of powers with ones, and its root; where that is 0, the derivative is 0.
    public func appendSteps(_ steps: inout Composition) throws {
        let powers = try steps.powers(of: steps.input(0), Double(p))
        steps.give(try steps.root(of: window.sums(powers, self, &steps), Double(p)))
    }
}
