import HingeGraph

/// The largest element under each position of a window, and, as output 1, where it is.
///
/// `x`: `[N, C, spatial…]`; the results: `[N, C, spatial…]`, the second of int64: indices into the
/// elements of `x` as a whole. Padding is never the largest; of equal elements, the first counts.
///
/// Source: ONNX MaxPool 1, 8, 10, 11, 12, 22; Keras `MaxPooling1D`, `MaxPooling2D`, `MaxPooling3D`.
public struct MaxPool: SpatialOperator {
    /// The window.
    public var window: SpatialWindow
    /// Whether indices count the spatial dimensions in column-major order.
    public var hasColumnMajorIndices: Bool

    /// Creates the operator around a window.
    public init(window: SpatialWindow, hasColumnMajorIndices: Bool = false) {
        self.window = window
        self.hasColumnMajorIndices = hasColumnMajorIndices
    }

    /// Creates the operator.
    public init(
        kernel: [Int], strides: [Int] = [], padding: Padding = .none, dilations: [Int] = [],
        roundsUp: Bool = false
    ) {
        self.init(
            window: SpatialWindow(
                kernel: kernel, strides: strides, dilations: dilations, padding: padding,
                roundsUp: roundsUp))
    }
}

public extension MaxPool {
    static let type = "MaxPool"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        hasColumnMajorIndices = try node.flag("storage_order", default: false)
    }

    func spell(_ speller: inout Speller) {
        let isOrdered = hasColumnMajorIndices && speller.hasOutput(1)
        speller.emit(
            Self.type, window.attributes + (isOrdered ? [.int("storage_order", 1)] : []))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let shape = try window.poolShape(context.shape(0))
        return [.tensor(context.dataType(0), shape), .tensor(.int64, shape)]
    }
}
