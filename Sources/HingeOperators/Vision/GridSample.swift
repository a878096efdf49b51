import HingeGraph

/// Elements of images at given places, between their elements.
///
/// Inputs: `x` `[N, C, spatial…]` and the places, `[N, positions…, R]`, each of R coordinates that go from −1 to 1, the one
/// along the last dimension of `x` first. The result: `[N, C, positions…]`. N is the batch, C the channels, R the number of spatial dimensions. A
/// place that is NaN gives NaN, or 0 where elements aren't mixed.
///
/// Numbers are mixed in `Double`; integers are cut off, booleans are true unless the mixture is 0, and strings can't be mixed.
///
/// Source: ONNX GridSample 16, 20, 22; `torch.nn.functional.grid_sample`. Before 20 there were two spatial dimensions, and
/// linear and cubic were called bilinear and bicubic.
public struct GridSample: PreparedOperator {
    /// How elements are made of their neighbours.
    public var mode: Mode
    /// What is outside the images.
    public var outside: Outside
    /// Whether −1 and 1 are the centers of the first and last element; otherwise they are the edges of the image.
    public var alignsCorners: Bool

    /// How elements are made of their neighbours.
    public enum Mode: String, Sendable, CaseIterable {
        /// The nearest one; of two that are equally near, the one with the even index.
        case nearest
        /// The two around, in each dimension, weighted by their distance.
        case linear
        /// The four around, in each dimension.
        case cubic
    }

    /// What is outside the images.
    public enum Outside: String, Sendable, CaseIterable {
        /// Zeros, or empty strings.
        case zeros
        /// The elements at the border.
        case border
        /// The image reflected at its border, again and again.
        case reflection
    }

    /// Creates the operator.
    public init(
        _ mode: Mode = .linear, outside: Outside = .zeros, alignsCorners: Bool = false
    ) {
        self.mode = mode
        self.outside = outside
        self.alignsCorners = alignsCorners
    }
}

public extension GridSample {
    static let type = "GridSample"

    /// The modes as they were called for two dimensions.
    private enum OlderMode: String, CaseIterable {
        case nearest
        case linear = "bilinear"
        case cubic = "bicubic"

        init(_ mode: Mode) {
            switch mode {
            case .nearest: self = .nearest
            case .linear: self = .linear
            case .cubic: self = .cubic
            }
        }

        var mode: Mode {
            switch self {
            case .nearest: .nearest
            case .linear: .linear
            case .cubic: .cubic
            }
        }
    }

    init(_ node: NodeReader) throws {
        mode =
            node.opset < 20
            ? try node.word("mode", default: OlderMode.linear).mode
            : try node.word("mode", default: .linear)
        outside = try node.word("padding_mode", default: .zeros)
        alignsCorners = try node.flag("align_corners", default: false)
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 16 || speller.opset < 20 && speller.shape(0)?.rank ?? 4 != 4 {
            var steps = try GridSampleSteps(self, speller)
            return try steps.write()
        }
        speller.emit(
            Self.type,
            [
                .int("align_corners", alignsCorners ? 1 : 0),
                .string("mode", speller.opset < 20 ? OlderMode(mode).rawValue : mode.rawValue),
                .string("padding_mode", outside.rawValue),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let (type, x, grid) = (context.dataType(0), context.shape(0), context.shape(1))
        guard let rank = x?.rank ?? grid?.rank else { return [.tensor(type, nil)] }
        try context.require(
            rank >= 3 && grid.map { $0.rank == rank } ?? true,
            "expected images and places of one rank, 3 or more, found \(x?.description ?? "?") and \(grid?.description ?? "?")"
        )
        if let count = grid?[rank - 1].extent {
            try context.require(
                count == rank - 2,
                "expected places of \(rank - 2) coordinates, found \(count)")
        }
        let positions =
            grid.map { Array($0.dimensions[1..<rank - 1]) }
            ?? [Shape.Dimension](repeating: .unknown, count: rank - 2)
        let batches = [x?[0], grid?[0]].compactMap { $0 }
        let batch = batches.first { $0.extent != nil } ?? batches.first ?? .unknown
        return [.tensor(type, Shape([batch, x?[1] ?? .unknown] + positions))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        // A little beyond the border, too.
        var needs = moving(0, of: outputs)
        needs[1] = .within(-1.2, 1.2)
        return needs
    }

    var isSpatial: Bool { true }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (x, grid) = (try context.input(0), try context.input(1))
        guard x.rank >= 3, grid.rank == x.rank, grid.shape[0] == x.shape[0],
            grid.shape[x.rank - 1] == x.rank - 2
        else {
            throw HingeError(
                .mismatch, "places of shape \(grid.shape) do not fit images \(x.shape)")
        }
        let shape = Array(x.shape.prefix(2)) + grid.shape[1..<x.rank - 1]
        try MemoryLimit.check(x.dataType, shape)
        guard shape.contains(0) || !x.shape.contains(0) || outside == .zeros else {
            throw HingeError(.mismatch, "cannot sample images of shape \(x.shape)")
        }
        let sampling = try GridSampling(self, x.shape, shape)
        // Which element is the nearest jumps, and so does what is left of a sum that is cut off to a whole number: those are
        // found in the type of the places.
        let jumps = mode == .nearest || x.dataType.isInteger || x.dataType == .bool
        let isDouble = !jumps || grid.dataType == .float64
        @Sendable func places(_ grid: Tensor) throws -> Tensor {
            isDouble
                ? try sampling.places(grid, Double.self) : try sampling.places(grid, Float.self)
        }
        if mode == .nearest {
            let zero = try Tensor(zeros: x.dataType, shape: [1])
            return { context in
                let movement = try sampling.nearest(places(context.input(1)))
                try context.move(context.input(0), zero, shape, by: movement)
            }
        }
        var maker = GridSampling.Maker(sampling: sampling, dataType: x.dataType)
        let mix: (@Sendable (inout EvaluationContext, Tensor) throws -> Void)? =
            switch x.dataType {
            case .complex64: try maker.mix(Float.self, parts: 2)
            case .complex128: try maker.mix(Double.self, parts: 2)
            default: try x.dataType.visit(&maker)
            }
        guard let mix else { throw x.notSupported() }
        return { context in
            try mix(&context, places(context.input(1)))
        }
    }
}
