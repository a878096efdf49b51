import HingeGraph

/// An operator that relates the elements along one axis to each other: `Softmax`, `LogSoftmax`, `Hardmax`.
///
/// Source: ONNX Softmax, LogSoftmax and Hardmax 1, 11, 13. Before 13 the axis was the first of several: all
/// dimensions from it on were taken as one, and its default was 1, not −1.
public protocol AxisActivation: PreparedOperator {
    /// The axis; negative values count from the last.
    var axis: Int { get set }
    /// Whether all dimensions from the axis on are taken as one.
    var isFlattened: Bool { get set }

    /// Creates the operator.
    init(axis: Int)
}

public extension AxisActivation {
    init(_ node: NodeReader) throws {
        let isOld = node.opset < 13
        self.init(axis: try node.int("axis", default: isOld ? 1 : -1))
        guard isOld else { return }
        isFlattened = true
        if let shape = node.inputTypes.first??.shape { isFlattened = !isAlone(in: shape) }
    }

    /// Whether no dimension after the axis has more than one element.
    private func isAlone(in shape: Shape) -> Bool {
        let index = axis < 0 ? axis + shape.rank : axis
        return (0..<shape.rank).contains(index)
            && shape.dimensions[(index + 1)...].allSatisfy { $0 == 1 }
    }

    func spell(_ speller: inout Speller) throws {
        let isOld = speller.opset < 13
        guard isOld != isFlattened else {
            return speller.emit(Self.type, [.int("axis", try spelledAxis(axis, speller))])
        }
        if isFlattened {
            return try spellThroughFlatten(&speller)
        }
        if let shape = speller.shape(0) {
            if isAlone(in: shape) {
                return speller.emit(Self.type, [.int("axis", try spelledAxis(axis, speller))])
            }
            return try spellThroughTranspose(&speller, rank: shape.rank)
        }
        guard axis == -1 else {
            throw HingeError(
                .unsupported, "the rank of x must be known to write this for opset \(speller.opset)"
            )
        }
        speller.emit(Self.type, [.int("axis", try spelledAxis(axis, speller))])
    }

    /// The axis, not negative where the version doesn't allow that.
    private func spelledAxis(_ axis: Int, _ speller: Speller) throws -> Int {
        guard speller.opset < 11, axis < 0 else { return axis }
        guard let rank = speller.shape(0)?.rank else {
            throw HingeError(
                .unsupported, "the rank of x must be known to write this for opset \(speller.opset)"
            )
        }
        return axis + rank
    }

    /// Writes the old form for version 13 or newer.
    private func spellThroughFlatten(_ speller: inout Speller) throws {
        let x = speller.inputs[0]
        let flat = speller.step("Flatten", [x], [.int("axis", axis)])
        let y = speller.step(Self.type, [flat], [.int("axis", -1)])
        let shape =
            if let extents = speller.shape(0)?.extents {
                speller.constant(Tensor(extents.map { Int64($0) }))
            } else {
                speller.step("Shape", [x])
            }
        speller.emit("Reshape", inputs: [y, shape], outputs: speller.outputs)
    }

    /// Writes an axis that isn't the last for versions before 13: moves it there and back.
    private func spellThroughTranspose(_ speller: inout Speller, rank: Int) throws {
        let index = try InferenceContext.axis(axis, rank: rank)
        var order = Array(0..<rank)
        order.swapAt(index, rank - 1)
        let moved = speller.step("Transpose", speller.inputs, [.ints("perm", order)])
        let y = speller.step(Self.type, [moved], [.int("axis", rank - 1)])
        speller.emit(
            "Transpose", [.ints("perm", order)], inputs: [y], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let rank = context.shape(0)?.rank, !(isFlattened && axis == rank) {
            _ = try InferenceContext.axis(axis, rank: rank)
        }
        return context.same()
    }

    var inPlaceInputs: [Int] { [0] }

    /// Along the axis where it was before.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        guard !isFlattened, let source = permutation.sources(of: [axis])?.first else { return nil }
        var moved = self
        moved.axis = source
        return TransposedForm(moved, output: permutation)
    }
}

extension AxisActivation {
    /// The input's elements as the operator takes them together.
    func span(of shape: [Int]) throws -> AxisSpan {
        guard isFlattened else { return try AxisSpan(shape, axis: axis) }
        let index =
            axis == shape.count ? axis : try InferenceContext.axis(axis, rank: shape.count)
        return AxisSpan(shape, index..<shape.count)
    }
}

extension AxisActivation {
    /// The dimensions that are taken together, not negative.
    func normalizedAxes(_ derivative: Derivative) throws -> [Int] {
        let rank = try derivative.composition.knownShape(derivative.input(0)).rank
        if isFlattened, axis == rank { return [] }
        let first = try InferenceContext.axis(axis, rank: rank)
        return isFlattened ? Array(first..<rank) : [first]
    }
}
