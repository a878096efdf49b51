import HingeGraph

/// Brings dimensions to given extents, input 1: elements are cut off, or zeros added, on both sides alike.
///
/// An odd element is cut off, or added, at the end.
///
/// Source: ONNX CenterCropPad 18. Before 18 it is written as ``Pad``.
public struct CenterCropPad: PreparedOperator {
    /// The dimensions that the extents are for; all if `nil`.
    public var axes: [Int]?

    /// Creates the operator.
    public init(axes: [Int]? = nil) {
        self.axes = axes
    }
}

public extension CenterCropPad {
    static let type = "CenterCropPad"

    init(_ node: NodeReader) throws {
        axes = try node.ints("axes")
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 18 else {
            return speller.emit(Self.type, axes.map { [.ints("axes", $0)] } ?? [])
        }
        let known = Array(speller.known.prefix(1))
        if let shape = speller.shape(0),
            let extents = try speller.constantInput(1)?.integers().map({
                Shape.Dimension.known($0)
            }), let pads = try pads(shape, extents)
        {
            return try speller.append(
                Pad(pads: pads), [speller.inputs[0]], outputs: speller.outputs, known: known)
        }
        guard speller.opset >= 11 else {
            throw speller.needs(11, "CenterCropPad to a shape that is computed")
        }
        // Quotients are cut off: the odd element is at the end.
        var shape = speller.step("Shape", [speller.inputs[0]])
        let axes = axes.map { Tensor($0.map { Int64($0) }) }
        let places = axes.map { speller.constant($0) }
        if let places { shape = speller.step("Gather", [shape, places]) }
        let wanted = speller.cast(speller.inputs[1], to: .int64)
        let more = speller.step("Sub", [wanted, shape])
        let two = speller.constant(Tensor([2 as Int64]))
        let before = speller.step("Div", [more, two])
        let after = speller.step("Sub", [more, before])
        let pads = speller.step("Concat", [before, after], [.int("axis", 0)])
        try speller.append(
            Pad(), [speller.inputs[0], pads, "", places ?? ""], outputs: speller.outputs,
            known: known + [nil, nil, axes.map { Inferred(constant: $0) }])
    }

    /// The elements to add before each dimension, then after each; `nil` where an extent isn't known.
    private func pads(_ shape: Shape, _ extents: [Shape.Dimension]) throws -> [Int]? {
        var before = [Int](repeating: 0, count: shape.rank)
        var after = before
        for (axis, extent) in zip(try checkedAxes(shape, extents), extents) {
            if shape[axis] == extent, extent != .unknown { continue }
            guard let old = shape[axis].extent, let new = extent.extent else { return nil }
            let more = (Extent(new) - Extent(old)).value
            before[axis] = more / 2
            after[axis] = more - more / 2
        }
        return before + after
    }

    /// The dimensions that the extents are for.
    private func checkedAxes(_ shape: Shape, _ extents: [Shape.Dimension]) throws -> [Int] {
        let axes =
            try axes.map { try InferenceContext.axes($0, rank: shape.rank) }
            ?? Array(0..<shape.rank)
        guard axes.count == extents.count else {
            throw HingeError(
                .mismatch,
                "expected \(axes.count) extents for \(shape), found \(extents.count)")
        }
        return axes
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard var shape = context.shape(0) else { return [.tensor(type, nil)] }
        guard let extents = context.elements(1) else {
            let axes = try axes.map { try InferenceContext.axes($0, rank: shape.rank) }
            for axis in axes ?? Array(0..<shape.rank) { shape[axis] = .unknown }
            return [.tensor(type, shape)]
        }
        for (axis, extent) in zip(try checkedAxes(shape, extents), extents) {
            shape[axis] = extent
        }
        return [.tensor(type, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        guard let shape = context.shape(0) else { return needs }
        let axes = axes ?? Array(0..<shape.rank)
        // One element less, or more, in turn.
        needs[1] = .exactly(
            axes.enumerated().map { index, axis in
                max(1, (context.extent(0, axis) ?? 3) + (index % 2 == 0 ? -1 : 1))
            })
        return needs
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<2) { operands in
            let extents = try operands.input(1).integers()
            guard extents.allSatisfy({ $0 >= 0 }) else {
                throw HingeError(.mismatch, "expected extents of 0 or more, found \(extents)")
            }
            let pads = try pads(Shape(x.shape), extents.map { .known($0) }) ?? []
            let inputs: [PreparationContext.Input] = [
                .tensor(x), .tensor(KnownTensor(Tensor(pads.map { Int64($0) }))),
            ]
            guard let kernel = try Pad().prepare(PreparationContext(inputs: inputs)) else {
                throw HingeError(.internalError, "Pad can't be prepared")
            }
            return { context in
                context.inputs = [context.inputs[0]]
                try kernel(&context)
            }
        }
    }
}

extension CenterCropPad: RespelledOperator {
    static var derivativeVersion: Int { 17 }
}
