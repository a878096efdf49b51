import HingeGraph

/// The p-norm of the elements under each position of a window: `(Σ |x|ᵖ)^(1/p)`.
///
/// `x`: `[N, C, spatial…]`; the result: `[N, C, spatial…]`.
///
/// Source: ONNX LpPool 1, 2, 11, 18, 22.
public struct LpPool: SpatialOperator {
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
        speller.emit(Self.type, window.attributes + [try speller.norm(p)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(context.dataType(0), try window.poolShape(context.shape(0)))]
    }
}
