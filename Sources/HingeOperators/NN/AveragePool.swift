import HingeGraph

/// The mean of the elements under each position of a window.
///
/// `x`: `[N, C, spatial…]`; the result: `[N, C, spatial…]`.
///
/// Source: ONNX AveragePool 1, 7, 10, 11, 19, 22; Keras `AveragePooling1D`, `AveragePooling2D`, `AveragePooling3D`.
public struct AveragePool: SpatialOperator, PreparedOperator {
    /// The window.
    public var window: SpatialWindow
    /// Whether padding counts as elements that are 0; otherwise it does not count.
    public var countsPadding: Bool

    /// Creates the operator around a window.
    public init(window: SpatialWindow, countsPadding: Bool = false) {
        self.window = window
        self.countsPadding = countsPadding
    }

    /// Creates the operator.
    public init(
        kernel: [Int], strides: [Int] = [], padding: Padding = .none, dilations: [Int] = [],
        roundsUp: Bool = false, countsPadding: Bool = false
    ) {
        self.init(
            window: SpatialWindow(
                kernel: kernel, strides: strides, dilations: dilations, padding: padding,
                roundsUp: roundsUp),
            countsPadding: countsPadding)
    }
}

public extension AveragePool {
    static let type = "AveragePool"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        countsPadding = try node.flag("count_include_pad", default: false)
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 19, window.isDilated { return try spellAsSums(&speller) }
        let counts = countsPadding && window.pads
        speller.emit(
            Self.type, window.attributes + (counts ? [.int("count_include_pad", 1)] : []))
    }

    /// Before version 19, a window with gaps is summed up and divided by the number of its elements.
    private func spellAsSums(_ speller: inout Speller) throws {
        guard speller.opset >= 7 else { throw speller.needs(19, "AveragePool with dilations") }
        let (sums, extents) = try spellWindowSums(
            of: speller.inputs[0], needing: 19, &speller)
        let pooling = try Pooling(self, [1, 1] + extents)
        try MemoryLimit.checkArray(of: Double.self, count: Extent.product(of: pooling.result))
        let counts = try Tensor(
            pooling.counts(countsPadding: countsPadding).map { Double($0) }, shape: pooling.result
        ).converted(to: speller.elementType(0))
        speller.emit("Div", inputs: [sums, speller.constant(counts)], outputs: speller.outputs)
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
        let counts = pooling.counts(countsPadding: countsPadding).map { T.Sum($0) }
        return { context in
            let x = try context.input(0)
            let y = try context.output(0, x.dataType, pooling.result)
            let input = try x.reals(T.self)
            try y.withReals(T.self) { result in
                try input.withUnsafeElements(of: T.self) { input in
                    pooling.reduce(input, to: result, from: T.Sum.zero) {
                        $0 += $1.term
                    } finish: {
                        T($0 / counts[$1])
                    }
                }
            }
        }
    }
}

extension AveragePool: SteppedOperator {
    /// A convolution with ones, divided by the number of elements that count.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let sum = try window.sums(x, self, &steps)
        let image = try steps.filled(1, like: x)
        let count = try window.sums(image, self, &steps, padding: countsPadding ? 1 : 0)
        steps.give(try steps.divide(sum, count))
    }
}
